"""autocannon: the JSON of `autocannon --json` (checked with 9.0.0).

A summary: `select` is `latency` (the default; milliseconds, rounded to whole ones), `requests` or `throughput`
(requests and bytes of each second). autocannon computes no p95; p90, p97.5 and p99 are there. Rates are the share of
requests that failed: errors (timeouts among them), answers outside of 2xx, and unexpected bodies.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.measurements.readers.json_text import parse_json_object
from rulewright.measurements.readers.moments import read_time
from rulewright.measurements.readers.numbers import read_count, read_number
from rulewright.measurements.readers.series import (
    check_figure,
    check_order,
    choose_name,
    refuse_all_failed,
    refuse_expressions,
)
from rulewright.measurements.sample import Count, Run
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from rulewright.policy.json_types import JsonObject

_TOOL: Final = "autocannon"
_UNITS: Final = {"latency": "ms", "requests": "", "throughput": "B"}
_PERCENTILE: Final = re.compile(r"p([0-9]+)(?:_([0-9]+))?")
_STATUSES: Final = ("1xx", "2xx", "3xx", "4xx", "5xx")
_FAILURES: Final = ("errors", "non2xx", "mismatches")


def read_autocannon(data: bytes, selection: Selection) -> Reading:
    """The figures of one run, and how many of its requests failed. Raises UnusableSource."""
    refuse_expressions(selection, _TOOL)
    document = parse_json_object(data, _TOOL)
    requests = as_object(document.get("requests"))
    if requests is None or as_object(document.get("latency")) is None:
        raise UnusableSource(
            "unreadable", "it has no `latency` and `requests`, so autocannon did not write it"
        )
    counts = [read_count(document.get(name), name) for name in _FAILURES]
    answered = read_count(requests.get("total"), "requests.total")
    # What got no answer is not in `requests.total`; an unexpected body may come with any status.
    total = answered + counts[0]
    failed = min(sum(counts), total)
    if total == 0:
        raise UnusableSource("empty", "no request was sent")
    _check_statuses(document, answered)
    time, about_time = read_time(document.get("finish"))
    reading = Reading(runs=(), time=time, tool=_TOOL, warnings=about_time)
    if selection.aggregate == "rate":
        return reading._replace(runs=(Run(events=Count(failed, total), time=time),))
    refuse_all_failed(failed, total)
    select = choose_name(selection.select or "latency", [*_UNITS], "figure")
    figures = _read_figures(document, select)
    check_figure(figures, selection.aggregate, _TOOL)
    warnings = list(reading.warnings)
    if select == "latency":
        warnings.append("latencies are rounded to whole milliseconds")
        if failed:
            warnings.append(
                f"{failed} of {total} requests failed; the latency of their answers is in the figures"
            )
    run = Run(figures=figures, failed=failed, time=time)
    return reading._replace(runs=(run,), unit=_UNITS[select], warnings=tuple(warnings))


def _read_figures(document: JsonObject, select: str) -> dict[str, float]:
    """Aggregate → number. `p97_5` is p97.5."""
    raw = as_object(document.get(select))
    if raw is None:
        raise UnusableSource("not_finite", f"`{select}` is missing")
    figures = {name: read_number(raw.get(name), f"{select}.{name}") for name in ("mean", "min", "max")}
    for name, value in raw.items():
        parts = _PERCENTILE.fullmatch(name)
        if parts is not None:
            whole, fraction = parts.groups()
            quantile = f"p{int(whole)}.{fraction}" if fraction else f"p{int(whole)}"
            figures[quantile] = read_number(value, f"{select}.{name}")
    if "p50" in figures:
        figures["median"] = figures["p50"]
    check_order(figures, f"`{select}`")
    return figures


def _check_statuses(document: JsonObject, answered: int) -> None:
    """Raise UnusableSource where the counts of the statuses contradict each other: the file was changed."""
    counts = {name: read_count(document.get(name), name) for name in _STATUSES}
    others = sum(counts.values()) - counts["2xx"]
    if others != document["non2xx"] or sum(counts.values()) != answered:
        reason = f"{counts['2xx']} answers of 2xx and {document['non2xx']} others, and {answered} in all"
        raise UnusableSource("unreadable", f"the counts contradict each other: {reason}")
