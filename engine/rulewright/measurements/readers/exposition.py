"""The text format of Prometheus and OpenMetrics: what a target shows under `/metrics`.

Prometheus text format 0.0.4 and OpenMetrics 1.0: comments `# TYPE name type`, `# UNIT name unit`, and samples
`name{label="value"} number [timestamp]`; OpenMetrics ends with `# EOF`, has timestamps in seconds and exemplars.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Final, NamedTuple

from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.readers.instant import Instant, parse_number
from rulewright.measurements.readers.label_selectors import NAME_LABEL, unescape

_NAME: Final = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_LABEL: Final = re.compile(r'\s*(?:([A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\]|\\.)*")\s*=\s*)?"((?:[^"\\]|\\.)*)"\s*')
_REST: Final = re.compile(r"[ \t]+(\S+)(?:[ \t]+(-?[0-9.eE+]+))?[ \t]*(?:#[ \t]*\{.*)?")
TYPES: Final = frozenset(
    ("counter", "gauge", "histogram", "summary", "untyped", "unknown", "info", "stateset", "gaugehistogram")
)


class Exposition(NamedTuple):
    """`types` and `units`: by the name of the family."""

    instants: tuple[Instant, ...]
    types: dict[str, str]
    units: dict[str, str]


def parse_exposition(text: str) -> Exposition:
    """The samples, in order; 0 is the time of a sample without one. Raises UnusableSource with the line."""
    types: dict[str, str] = {}
    units: dict[str, str] = {}
    instants: list[Instant] = []
    seen: dict[frozenset[tuple[str, str]], int] = {}
    lines = text.split("\n")
    is_open = lines[-2:] == ["# EOF", ""] or lines[-1] == "# EOF"
    if not is_open and lines[-1] != "":
        raise _report(len(lines), "the file ends within a line: it is cut off")
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if stripped.startswith("#"):
            _read_comment(stripped, number, types, units)
        elif stripped:
            instant = _parse_sample(stripped, number, 1.0 if is_open else 1000.0)
            key = frozenset(instant.labels.items())
            if key in seen:
                raise UnusableSource("ambiguous", f"line {number}: the series of line {seen[key]} again")
            seen[key] = number
            instants.append(instant)
    return Exposition(tuple(instants), types, units)


def _read_comment(line: str, number: int, types: dict[str, str], units: dict[str, str]) -> None:
    words = line[1:].split(None, 2)
    if len(words) < 2 or words[0] not in ("TYPE", "UNIT"):
        return
    name, what = words[1].strip('"'), words[2] if len(words) > 2 else ""
    known = types if words[0] == "TYPE" else units
    if words[0] == "TYPE" and what not in TYPES:
        raise _report(number, f"`{what[:40]}` is no type of a metric")
    if known.get(name, what) != what:
        raise _report(number, f"`{name[:60]}` is declared twice")
    known[name] = what


def _parse_sample(line: str, number: int, ticks: float) -> Instant:
    """A line with a value; `ticks`: units of its timestamp in a second."""
    found = _NAME.match(line)
    labels = {} if found is None else {NAME_LABEL: found[0]}
    place = 0 if found is None else found.end()
    if line[place : place + 1] == "{":
        place = _read_labels(line, place + 1, number, labels)
    rest = _REST.fullmatch(line, place)
    if rest is None or NAME_LABEL not in labels:
        raise _report(number, f"column {place + 1}: this is no sample")
    value = parse_number(rest[1], f"line {number}: the value")
    time = parse_number(rest[2], f"line {number}: the timestamp") / ticks if rest[2] else 0.0
    if not isfinite(time):
        raise _report(number, "the timestamp is not finite")
    return Instant(labels, value, time)


def _read_labels(line: str, place: int, number: int, labels: dict[str, str]) -> int:
    """The labels between braces go into `labels`; returns the column behind them."""
    while not (ended := line.startswith("}", _skip_spaces(line, place))):
        found = _LABEL.match(line, place)
        if found is None:
            raise _report(number, f"column {place + 1}: this is no label")
        key = NAME_LABEL if found[1] is None else unescape(found[1].strip('"'))
        if key in labels:
            raise _report(number, f"the label `{key[:60]}` occurs twice")
        labels[key] = unescape(found[2])
        place = found.end()
        if line.startswith(",", place):
            place += 1
        elif not line.startswith("}", place):
            raise _report(number, f"column {place + 1}: the labels do not end")
    assert ended
    return _skip_spaces(line, place) + 1


def _skip_spaces(line: str, place: int) -> int:
    while line.startswith((" ", "\t"), place):
        place += 1
    return place


def _report(number: int, reason: str) -> UnusableSource:
    return UnusableSource("unreadable", f"line {number}: {reason}")
