"""locust: the JSON of `--json` and `--json-file`, and `_stats.csv` of `--csv` (checked with 2.47.0).

`select` is the name of a request, or its method and name (`GET /chat`) where several methods share it; `Aggregated`
is all requests together. Values are milliseconds. Rates are the share of requests that failed.

The JSON holds a histogram: times are rounded, to whole milliseconds below 100 and to two digits above, so each count
belongs to the times that are rounded to its key. It does not tell failed requests apart: they are taken from its fast
end, so that latencies are never judged better than they were. The CSV is a summary, with rounded percentiles, and
misses the requests of the last seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.measurements.readers.csv_text import read_columns, read_header
from rulewright.measurements.readers.json_text import parse_json_text
from rulewright.measurements.readers.moments import read_unix_time
from rulewright.measurements.readers.numbers import read_count, read_number
from rulewright.measurements.readers.series import (
    check_figure,
    check_order,
    refuse_all_failed,
    refuse_expressions,
)
from rulewright.measurements.readers.text import decode_text
from rulewright.measurements.sample import Buckets, Count, Run
from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.suggestions import did_you_mean, list_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.json_types import Json, JsonObject

_TOOL: Final = "locust"
_ALL: Final = "Aggregated"
_FIGURES: Final = {
    "mean": "Average Response Time",
    "min": "Min Response Time",
    "max": "Max Response Time",
    "median": "50%",
    "p50": "50%",
    "p66": "66%",
    "p75": "75%",
    "p80": "80%",
    "p90": "90%",
    "p95": "95%",
    "p98": "98%",
    "p99": "99%",
    "p99.9": "99.9%",
    "p99.99": "99.99%",
}
"""Aggregate → the column of `_stats.csv` that is it."""
_ROUNDING: Final = 1e-9
"""Relative error of the tool's sum of floats."""
_COUNTS: Final = ("Request Count", "Failure Count")


class _Requests(NamedTuple):
    """The requests of one name. `times`: rounded milliseconds → how many; `low` and `high`: the least and the
    greatest time, exact."""

    total: int
    failed: int
    times: Mapping[int, int]
    low: float
    high: float
    last: str


def read_locust(data: bytes, selection: Selection) -> Reading:
    """The histogram, or the figures, of the requests of one name. Raises UnusableSource."""
    refuse_expressions(selection, _TOOL)
    text = decode_text(data)
    if text.lstrip()[0] in "[{":
        return _read_json(parse_json_text(text), selection)
    return _read_csv(text, selection)


def _read_json(document: Json, selection: Selection) -> Reading:
    if not isinstance(document, list):
        raise UnusableSource("unreadable", "it holds no list, so locust did not write it")
    entries = [item for item in document if isinstance(item, dict) and "num_requests" in item]
    if len(entries) < len(document):
        raise UnusableSource("unreadable", "an item of the list has no `num_requests`")
    labels = [(as_text(entry.get("method")) or "", as_text(entry.get("name")) or "") for entry in entries]
    positions = _choose_rows(labels, selection.select)
    parts = [_read_entry(entries[position], f"entry {position}") for position in positions]
    requests = _join(parts)
    reading = Reading(runs=(), unit="ms", time=requests.last, tool=_TOOL)
    if selection.aggregate == "rate":
        return reading._replace(runs=(_count_failures(requests.failed, requests.total),))
    refuse_all_failed(requests.failed, requests.total)
    warnings = ["times of 100 ms and more are rounded to two digits: the histogram says so much and no more"]
    times = requests.times
    if requests.failed:
        failed = f"{requests.failed} of {requests.total} requests failed"
        warnings.append(f"{failed}; they are taken from the fast end of the histogram, which holds them")
        times = _drop_fastest(times, requests.failed)
        refuse_all_failed(requests.total - sum(times.values()), requests.total)
    low = requests.low if times == requests.times else None
    buckets = make_buckets(times)._replace(low=low, high=requests.high)
    run = Run(buckets=buckets, failed=requests.failed, time=requests.last)
    return reading._replace(runs=(run,), warnings=tuple(warnings))


def _choose_rows(labels: Sequence[tuple[str, str]], select: str) -> list[int]:
    """The positions of the rows that are meant: one, or all but the total for `Aggregated`. `labels`: method,
    name."""
    plain = [position for position, (_, name) in enumerate(labels) if name != _ALL]
    if not plain:
        raise UnusableSource("empty", "it holds no request")
    if select == _ALL:
        return plain
    shown = [f"{method} {name}".strip() for method, name in labels]
    listed = list_names([*(shown[position] for position in plain), _ALL])
    found = [position for position in plain if not select or select in (labels[position][1], shown[position])]
    if not found:
        hint = did_you_mean(select, [name for _, name in labels])
        raise UnusableSource("no_match", f"no request is named `{select}`{hint}; there are {listed}")
    if len(found) > 1:
        what = f"{len(found)} requests are named `{select}`" if select else "`select` names no request"
        raise UnusableSource("ambiguous", f"{what}; there are {listed}")
    return found


def _read_entry(entry: JsonObject, place: str) -> _Requests:
    total = read_count(entry.get("num_requests"), f"{place}.num_requests")
    failed = read_count(entry.get("num_failures"), f"{place}.num_failures")
    untimed = read_count(entry.get("num_none_requests"), f"{place}.num_none_requests")
    if total == 0:
        raise UnusableSource("empty", f"{place} has no requests")
    raw = as_object(entry.get("response_times"))
    if raw is None:
        raise UnusableSource("not_finite", f"{place}.response_times is missing")
    times = {
        _read_key(key, place): read_count(count, f"{place}.response_times[{key}]")
        for key, count in raw.items()
    }
    if sum(times.values()) != total - untimed:
        reason = f"{place}.response_times has {sum(times.values())} times of {total - untimed} requests"
        raise UnusableSource("not_finite", reason)
    if failed > total:
        raise UnusableSource("unreadable", f"{place}: {failed} of {total} requests failed")
    low, high, spent = (
        read_number(entry.get(name), f"{place}.{name}")
        for name in ("min_response_time", "max_response_time", "total_response_time")
    )
    _check_times(times, (low, high, spent), place)
    last = read_unix_time(entry.get("last_request_timestamp"))
    return _Requests(total, failed, times, low, high, last)


def _read_key(key: str, place: str) -> int:
    """A rounded time. Raises UnusableSource for one that locust's own rounding cannot give."""
    if not (key.isascii() and key.isdigit()):
        raise UnusableSource("unreadable", f"{place}.response_times has the time `{key[:20]}`")
    time = int(key)
    if time % _step(time):
        reason = f"{place}.response_times has {time} ms, which locust's own rounding does not give"
        raise UnusableSource("unsuitable", f"{reason}; write raw values")
    return time


def _step(time: int) -> int:
    """The distance, in ms, from a rounded time to the next higher one."""
    return 1 if time < 100 else 10 if time < 1000 else 100 if time < 10_000 else 1000


def _rounded_from(time: int) -> tuple[float, float]:
    """The least and the greatest time, in ms, that locust rounds to `time` (`bucket_response_time` in
    locust.stats)."""
    step = _step(time)
    below = _step(time - 1) if time else 0
    return max(0.0, time - below / 2), time + step / 2


def _check_times(times: Mapping[int, int], told: tuple[float, float, float], place: str) -> None:
    """Raise UnusableSource where the histogram contradicts the least, the greatest and the sum of the times."""
    counted = {time: count for time, count in times.items() if count}
    if not counted:
        raise UnusableSource("empty", f"{place} has no times")
    low, high, spent = told
    least, greatest = (
        sum(_rounded_from(time)[end] * count for time, count in counted.items()) for end in (0, 1)
    )
    first, last = _rounded_from(min(counted)), _rounded_from(max(counted))
    has_ends = first[0] <= low <= first[1] and last[0] <= high <= last[1]
    if not has_ends or not least * (1 - _ROUNDING) <= spent <= greatest * (1 + _ROUNDING):
        reason = f"{place}.response_times contradicts the least, the greatest or the sum of the times"
        raise UnusableSource("unreadable", f"{reason}: it was changed")


def _join(parts: Sequence[_Requests]) -> _Requests:
    """Several names together."""
    times: dict[int, int] = {}
    for part in parts:
        for time, count in part.times.items():
            times[time] = times.get(time, 0) + count
    return _Requests(
        total=sum(part.total for part in parts),
        failed=sum(part.failed for part in parts),
        times=times,
        low=min(part.low for part in parts),
        high=max(part.high for part in parts),
        last=max(part.last for part in parts),
    )


def _drop_fastest(times: Mapping[int, int], failed: int) -> dict[int, int]:
    """The histogram without its `failed` least times."""
    left: dict[int, int] = {}
    for time in sorted(times):
        dropped = min(times[time], failed)
        failed -= dropped
        left[time] = times[time] - dropped
    return left


def make_buckets(times: Mapping[int, int]) -> Buckets:
    """The histogram of rounded times. Between keys that do not touch there is an empty bucket."""
    bounds: list[float] = []
    counts: list[float] = []
    for time in sorted(time for time, count in times.items() if count):
        low, high = _rounded_from(time)
        if not bounds or low > bounds[-1]:
            bounds.append(low)
            counts.append(0)
        bounds.append(high)
        counts.append(times[time])
    return Buckets(tuple(bounds), (*counts, 0))


def _read_csv(text: str, selection: Selection) -> Reading:
    header = read_header(text, ",")
    if "Timestamp" in header and "User Count" in header:
        raise UnusableSource("unsuitable", "it is `_stats_history.csv`; use `_stats.csv`, or the JSON")
    needed = ("Type", "Name", *_COUNTS)
    missing = [name for name in needed if name not in header]
    if missing:
        raise UnusableSource("unreadable", f"row 1 has no column `{missing[0]}`, so locust did not write it")
    table = read_columns(
        text, tuple(dict.fromkeys((*needed, *(c for c in _FIGURES.values() if c in header))))
    )
    names = table.columns["Name"]
    rows = _choose_rows([*zip(table.columns["Type"], names, strict=True)], selection.select)
    if selection.select == _ALL:
        rows = [position for position, name in enumerate(names) if name == _ALL]
        if len(rows) != 1:
            raise UnusableSource("no_match" if not rows else "ambiguous", f"{len(rows)} rows are `{_ALL}`")
    cells = {name: column[rows[0]] for name, column in table.columns.items()}
    place = f"row {table.rows[rows[0]]}, column "
    total, failed = (read_count(_read_cell(cells[name]), f"{place}`{name}`") for name in _COUNTS)
    if total == 0:
        raise UnusableSource("empty", f"row {table.rows[rows[0]]} has no requests")
    if failed > total:
        raise UnusableSource("unreadable", f"row {table.rows[rows[0]]}: {failed} of {total} requests failed")
    late = "the CSV misses the requests of the last seconds; `--json-file` has all"
    if selection.aggregate == "rate":
        return Reading(runs=(_count_failures(failed, total),), tool=_TOOL, warnings=(late,))
    refuse_all_failed(failed, total)
    figures = {
        name: read_number(_read_cell(cells[column]), f"{place}`{column}`")
        for name, column in _FIGURES.items()
        if column in cells
    }
    check_figure(figures, selection.aggregate, _TOOL)
    check_order(figures, f"row {table.rows[rows[0]]}")
    warnings = [late, "percentiles of 100 ms and more are rounded to two digits"]
    if failed:
        warnings.append(f"{failed} of {total} requests failed, and their times are in the figures")
    run = Run(figures=figures, failed=failed)
    return Reading(runs=(run,), unit="ms", tool=_TOOL, warnings=tuple(warnings))


def _read_cell(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _count_failures(failed: int, total: int) -> Run:
    return Run(events=Count(failed, total))
