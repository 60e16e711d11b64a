"""JSON Lines of any tool, one value a line: `{jsonl: PATH, select: EXPRESSION}`.

`select` as a key or a path of keys (`latency.total_ms`) is read from every line; any other JMESPath is applied to the
list of all lines (`[?type == 'Point'].data.value`), and so are the parts of `{bad|good, total}`. `runs`, a key or a
path of keys, names what tells the runs apart; runs stand in the order of their first lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.measurements.readers.json_text import parse_json_lines
from rulewright.measurements.readers.selection import (
    measure_document,
    pair_cases,
    parse_select,
    plain_path,
    read_count_selection,
    read_items,
)
from rulewright.measurements.readers.text import decode_text
from rulewright.measurements.sample import Run
from rulewright.policy.json_types import as_text
from rulewright.policy.suggestions import did_you_mean, list_names
from rulewright.program.member_access import read_chain

if TYPE_CHECKING:
    from rulewright.policy.json_types import Json

_Line = tuple[int, "Json"]
"""The number of a line, from 1 on, and its value."""


def read_json_lines(data: bytes, selection: Selection) -> Reading:
    """What is selected in a file of JSON values, one a line. Raises UnusableSource with the number of the line."""
    text = decode_text(data)
    lines = parse_json_lines(text)
    by_run = as_text(selection.arguments.get("runs"))
    groups = _group_lines(lines, by_run) if by_run else {"": lines}
    measured = {name: _measure_lines(group, selection) for name, group in groups.items()}
    told = tuple(text for _, warnings in measured.values() for text in warnings)
    return Reading(
        runs=tuple(run._replace(id=name) for name, (run, _) in measured.items()),
        warnings=(*told, *_warn_of_cut(text, lines)),
    )


def _measure_lines(lines: list[_Line], selection: Selection) -> tuple[Run, tuple[str, ...]]:
    """One run of lines, and warnings."""
    path = None if read_count_selection(selection) is not None else _split_path(selection.select, lines)
    if path is None:
        return measure_document([value for _, value in lines], selection)
    items = _read_members(lines, path)

    def place(position: int) -> str:
        return f"line {lines[position][0]}: `{selection.select}`" if path else f"line {lines[position][0]}"

    if selection.pair_by:
        ids = _read_members(lines, _split_path(selection.pair_by, lines) or (selection.pair_by,))
        return pair_cases(items, ids, selection.pair_by, place), ()
    return Run(values=read_items(items, place, selection.aggregate == "rate")), ()


def _split_path(select: str, lines: list[_Line]) -> tuple[str, ...] | None:
    """The keys that lead to a value in each line, () for the line itself; None for a JMESPath over all lines."""
    if not select:
        return ()
    first = lines[0][1]
    if isinstance(first, dict) and select in first:
        return (select,)
    return plain_path(parse_select(select))


def _read_members(lines: list[_Line], path: tuple[str, ...]) -> list[Json]:
    """A member of each line, None where it is missing. Raises UnusableSource (`no_match`) where no line has it."""
    if not path:
        return [value for _, value in lines]
    read = read_chain(path)
    items = [read(value) for _, value in lines]
    if not any(item is not None for item in items):
        keys = list(
            dict.fromkeys(key for _, value in lines[:1000] if isinstance(value, dict) for key in value)
        )
        if path[0] not in keys:
            hint = did_you_mean(path[0], keys)
            reason = f"no line has `{path[0]}`{hint}; lines have {list_names(keys)}"
            raise UnusableSource("no_match", reason)
    return items  # type: ignore[return-value]


def _group_lines(lines: list[_Line], by_run: str) -> dict[str, list[_Line]]:
    """The lines of each run, by its name, in the order of their first lines."""
    groups: dict[str, list[_Line]] = {}
    names = _read_members(lines, _split_path(by_run, lines) or (by_run,))
    for line, name in zip(lines, names, strict=True):
        if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
            raise UnusableSource(
                "unreadable", f"line {line[0]} names no run: `{by_run}` is no text and no number"
            )
        groups.setdefault(str(name), []).append(line)
    return groups


def _warn_of_cut(text: str, lines: list[_Line]) -> tuple[str, ...]:
    """A bare number without a line end may be the beginning of a longer one."""
    if text.endswith("\n") or isinstance(lines[-1][1], dict | list | str):
        return ()
    return (f"line {lines[-1][0]} has no line end: the file may be cut off",)
