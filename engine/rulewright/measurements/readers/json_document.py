"""JSON of any tool: `{json: PATH, select: EXPRESSION}`.

`select` is a key of the document or a JMESPath that gives a number or a list of numbers (`results[].latency_ms`);
without it the document itself is the number or the list. As a mapping `{bad|good, total}` it gives counts: numbers,
or lists whose items are counted (`results[?status == 'failed']`). `runs`, a JMESPath to a list, splits the document
into runs, in each of which `select` is looked up. Rates take booleans. Neither unit, time nor commit are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.measurements.readers.json_text import parse_json
from rulewright.measurements.readers.moments import read_time
from rulewright.measurements.readers.selection import describe_run, evaluate, measure_document
from rulewright.policy.json_types import as_text

if TYPE_CHECKING:
    from rulewright.measurements.sample import Run
    from rulewright.policy.json_types import Json


def read_json(data: bytes, selection: Selection) -> Reading:
    """What is selected in a JSON document. Raises UnusableSource."""
    document = parse_json(data)
    by_run = as_text(selection.arguments.get("runs"))
    if not by_run:
        run, warnings = measure_document(document, selection)
        return Reading(runs=(run,), warnings=warnings)
    items = evaluate(by_run, document)
    if not isinstance(items, list):
        raise UnusableSource("no_match", f"`runs: {by_run}` gives no list of runs")
    if not items:
        raise UnusableSource("empty", f"`runs: {by_run}` gives an empty list")
    measured = [_read_run(item, position, selection) for position, item in enumerate(items)]
    told = tuple(text for _, warnings in measured for text in warnings)
    return Reading(runs=tuple(run for run, _ in measured), warnings=told)


def _read_run(item: Json, position: int, selection: Selection) -> tuple[Run, tuple[str, ...]]:
    name, where = describe_run(item, position)
    if item is None:
        raise UnusableSource("not_finite", f"{where}it is missing")
    time, about_time = read_time(item.get("time") if isinstance(item, dict) else None)
    run, warnings = measure_document(item, selection, where)
    return run._replace(id=name, time=time), (*(where + text for text in about_time), *warnings)
