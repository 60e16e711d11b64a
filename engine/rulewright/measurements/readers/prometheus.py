"""Prometheus: a saved answer of its HTTP API (`/api/v1/query`, `/api/v1/query_range`), or the text that a target shows.

`select` is a selector (`label_selectors.py`); "" where the answer has one series. An instant vector or a scalar gives
a figure that Prometheus computed, series with `le` and native histograms give buckets, a matrix the values of one
series in order of time. `bad` or `good`, and `total`, are selectors of the same file that give a count.

Sources: "HTTP API" of Prometheus' documentation, format of expression query results; version 2.42 was recorded.
"""

from __future__ import annotations

import re
from itertools import pairwise
from math import isfinite
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import Reading, UnusableSource
from rulewright.measurements.readers.counts import count_ratio, read_file_ratio
from rulewright.measurements.readers.exposition import parse_exposition
from rulewright.measurements.readers.instant import (
    Instant,
    find_number,
    guess_unit,
    name_of,
    parse_number,
    read_instants,
)
from rulewright.measurements.readers.json_text import parse_json
from rulewright.measurements.readers.label_selectors import (
    NAME_LABEL,
    check_labels,
    format_labels,
    parse_selector,
    report_several,
    select_series,
)
from rulewright.measurements.readers.text import decode_text
from rulewright.measurements.sample import Buckets, Run
from rulewright.policy.json_types import as_array, as_object, as_text
from rulewright.policy.quantity import format_moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.measurements.reader import Selection
    from rulewright.measurements.readers.counts import Ratio
    from rulewright.measurements.readers.exposition import Exposition
    from rulewright.measurements.readers.label_selectors import Selector
    from rulewright.policy.json_types import Json, JsonObject

GAP: Final = 1.5
"""A step that is longer than the median step by this factor has lost samples between its ends."""
_TEXT: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:#|[A-Za-z_:]|\{\s*"(?:[^"\\]|\\.)*"\s*[,}])')
"""How the text format begins: with a comment, a name, or labels with the name in quotes."""
_FAMILY_ENDINGS: Final = {"histogram": ("_bucket",), "summary": ("",), "counter": ("_total",)}
_OPEN_LEFT, _OPEN_RIGHT, _OPEN_BOTH, _CLOSED = range(4)
"""The rules of a native histogram's bucket: which of its bounds do not belong to it."""


class Matrix(NamedTuple):
    """A series over time: `times` in seconds since 1970, ascending."""

    labels: Mapping[str, str]
    times: tuple[float, ...]
    values: tuple[float, ...]


class Answer(NamedTuple):
    """The series of an answer: instants, or matrices."""

    instants: tuple[Instant, ...] = ()
    matrices: tuple[Matrix, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def time(self) -> float:
        """Seconds since 1970 of the oldest instant, or of the end of the earliest matrix; 0 where nothing tells it."""
        return min(
            (*(each.time for each in self.instants), *(each.times[-1] for each in self.matrices)), default=0.0
        )


def read_prometheus(data: bytes, selection: Selection) -> Reading:
    """The reading of one file. Raises UnusableSource."""
    if _TEXT.match(data):
        return _read_exposition(parse_exposition(decode_text(data)), selection)
    return read_answer(parse_answer(data), selection)


def read_answer(answer: Answer, selection: Selection) -> Reading:
    """The reading of an answer of the HTTP API."""
    if not answer.instants and not answer.matrices:
        raise UnusableSource("empty", "the result of the query is empty")
    ratio = read_file_ratio(selection, "prometheus")
    if ratio is not None:
        return _read_counts(answer, ratio, {})
    selector = parse_selector(selection.select)
    if answer.matrices:
        chosen = select_series(answer.matrices, [each.labels for each in answer.matrices], selector)
        run, name = _read_matrix(chosen, selector), chosen[0].labels.get(NAME_LABEL, "")
    else:
        instants = _select(answer.instants, selector)
        run, name = read_instants(instants, selector, selection.aggregate), name_of(instants)
    time = _format_time(answer.time)
    return Reading(
        (run._replace(time=time),), guess_unit(name), time, tool="prometheus", warnings=answer.warnings
    )


def _read_counts(answer: Answer, ratio: Ratio, types: Mapping[str, str]) -> Reading:
    """A count out of the numbers that two selectors choose from one file."""
    if answer.matrices:
        raise UnusableSource("unsuitable", "a ratio takes numbers at one moment, and this is a range")

    def find(name: str, query: Json) -> float | None:
        text = as_text(query)
        if text is None:
            raise UnusableSource("unsuitable", f"`{name}` is no selector")
        selector = _complete_name(parse_selector(text), answer.instants, types)
        matching = [each for each in answer.instants if selector.matches(each.labels)]
        if not matching:
            check_labels(selector, [each.labels for each in answer.instants])
        return find_number(matching, selector, f"`{name}`") if matching else None

    count, warnings = count_ratio(ratio, find)
    time = _format_time(answer.time)
    run = Run(events=count, time=time)
    return Reading((run,), "", time, tool="prometheus", warnings=(*answer.warnings, *warnings))


def _read_exposition(exposition: Exposition, selection: Selection) -> Reading:
    answer = Answer(exposition.instants)
    if not answer.instants:
        raise UnusableSource("empty", "the file has no samples")
    ratio = read_file_ratio(selection, "prometheus")
    if ratio is not None:
        return _read_counts(answer, ratio, exposition.types)
    selector = parse_selector(selection.select)
    named = _complete_name(selector, answer.instants, exposition.types)
    instants = _select(answer.instants, named)
    run = read_instants(instants, named, selection.aggregate)
    _check_family(answer.instants, instants, run)
    name = name_of(instants)
    family = next((each for each in exposition.units if name.startswith(each)), "")
    unit = guess_unit(exposition.units.get(family, "")) or guess_unit(name)
    time = _format_time(min(each.time for each in instants))
    return Reading((run._replace(time=time),), unit, time, tool="prometheus")


def _complete_name(selector: Selector, instants: Sequence[Instant], types: Mapping[str, str]) -> Selector:
    """The selector of a family (`x`) as one of its samples (`x_bucket`), where no sample has the family's own name."""
    names = {each.labels[NAME_LABEL] for each in instants if NAME_LABEL in each.labels}
    matchers = []
    for label, is_equal, value in selector.matchers:
        endings = _FAMILY_ENDINGS.get(types.get(value, ""), ()) if label == NAME_LABEL and is_equal else ()
        full = next((value + ending for ending in endings if value + ending in names), value)
        matchers.append((label, is_equal, value if value in names else full))
    return selector._replace(matchers=tuple(matchers))


def _select(instants: Sequence[Instant], selector: Selector) -> list[Instant]:
    return select_series(instants, [each.labels for each in instants], selector)


def _check_family(every: Sequence[Instant], chosen: Sequence[Instant], run: Run) -> None:
    """Raises UnusableSource when the sum or the count of a histogram contradict its buckets."""
    if run.buckets is None or not name_of(chosen).endswith("_bucket"):
        return
    base = name_of(chosen).removesuffix("_bucket")
    labels = {key: value for key, value in chosen[0].labels.items() if key != "le"}
    for each in every:
        if each.labels == labels | {NAME_LABEL: f"{base}_sum"} and not isfinite(each.value):
            raise UnusableSource("not_finite", f"{base}_sum is {each.value}: values were not finite")
        if each.labels == labels | {NAME_LABEL: f"{base}_count"} and each.value != sum(run.buckets.counts):
            total = sum(run.buckets.counts)
            raise UnusableSource(
                "unreadable", f"{base}_count is {each.value:g}, and the buckets count {total:g}"
            )


def parse_answer(data: bytes) -> Answer:
    """The series of an answer of the HTTP API; numbers that are not finite are kept. Raises UnusableSource."""
    body = as_object(parse_json(data))
    if body is None or body.get("status") not in ("success", "error"):
        raise UnusableSource("unreadable", "this is no answer of Prometheus: `status` is missing")
    if body["status"] == "error":
        message = " ".join((as_text(body.get("error")) or "").split())
        raise UnusableSource("unreadable", f"Prometheus answered {body.get('errorType')}: {message[:200]}")
    warnings = tuple(
        " ".join(text.split())[:200]
        for name in ("warnings", "infos")
        for text in as_array(body.get(name)) or []
        if isinstance(text, str)
    )
    answer = as_object(body.get("data")) or {}
    kind, result = answer.get("resultType"), answer.get("result")
    if kind == "string":
        raise UnusableSource("unsuitable", "the result of the query is a text")
    if kind not in ("scalar", "vector", "matrix") or not isinstance(result, list):
        raise UnusableSource("unreadable", "data.result is no scalar, vector or matrix")
    if kind == "scalar":
        return Answer((_read_point(result, {}, "data.result"),), warnings=warnings)
    series = [(f"data.result[{number}]", as_object(each) or {}) for number, each in enumerate(result)]
    _check_unique(series)
    if kind == "matrix":
        return Answer((), tuple(_parse_matrix(each, place) for place, each in series), warnings)
    return Answer(tuple(_parse_vector(each, place) for place, each in series), (), warnings)


def _check_unique(series: Sequence[tuple[str, JsonObject]]) -> None:
    seen: dict[str, str] = {}
    for place, each in series:
        key = format_labels(_read_labels(each, place))
        if key in seen:
            raise UnusableSource("ambiguous", f"{place} has the labels of {seen[key]}")
        seen[key] = place


def _read_labels(series: Mapping[str, Json], place: str) -> dict[str, str]:
    labels = as_object(series.get("metric"))
    if labels is None or not all(isinstance(value, str) for value in labels.values()):
        raise UnusableSource("unreadable", f"{place}.metric has no labels")
    return {key: str(value) for key, value in labels.items()}


def _read_point(point: Json, labels: Mapping[str, str], place: str) -> Instant:
    """`[seconds, "number"]`."""
    pair = as_array(point) or []
    if len(pair) != 2 or not _is_time(pair[0]) or not isinstance(pair[1], str):
        raise UnusableSource("unreadable", f"{place} is no pair of a time and a number as text")
    return Instant(labels, parse_number(pair[1], place), float(str(pair[0])))


def _is_time(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11


def _parse_vector(series: Mapping[str, Json], place: str) -> Instant:
    labels = _read_labels(series, place)
    if "histogram" not in series:
        return _read_point(series.get("value"), labels, f"{place}.value")
    pair = as_array(series["histogram"]) or []
    histogram = as_object(pair[1]) if len(pair) == 2 and _is_time(pair[0]) else None
    if histogram is None:
        raise UnusableSource("unreadable", f"{place}.histogram is no pair of a time and a histogram")
    return Instant(labels, 0.0, float(str(pair[0])), _parse_native(histogram, f"{place}.histogram"))


def _parse_native(histogram: Mapping[str, Json], place: str) -> Buckets:
    """Buckets of a native histogram: `[rule, "low", "high", "count"]` in ascending order, empty ones left out."""
    bounds: list[float] = []
    counts: list[float] = []
    for number, bucket in enumerate(as_array(histogram.get("buckets")) or []):
        at = f"{place}.buckets[{number}]"
        parts = as_array(bucket) or []
        if len(parts) != 4 or parts[0] not in (_OPEN_LEFT, _OPEN_RIGHT, _OPEN_BOTH, _CLOSED):
            raise UnusableSource("unreadable", f"{at} is no bucket")
        low, high, count = (parse_number(str(part), at) for part in parts[1:])
        if not (isfinite(low) and isfinite(high) and isfinite(count)):
            raise UnusableSource("not_finite", f"{at} is not finite")
        if parts[0] in (_OPEN_RIGHT, _OPEN_BOTH) and count:
            raise UnusableSource("unsuitable", f"{at} counts negative values")
        if low > high or count < 0 or (bounds and low < bounds[-1]):
            raise UnusableSource("unreadable", f"{at} is out of order")
        if not bounds or low > bounds[-1]:
            bounds.append(low)
            counts.append(0.0)
        bounds.append(high)
        counts.append(count)
    total = parse_number(str(histogram.get("count")), f"{place}.count")
    whole = parse_number(str(histogram.get("sum")), f"{place}.sum")
    if not (isfinite(whole) and isfinite(total)):
        raise UnusableSource("not_finite", f"{place}: values were not finite")
    if not total:
        raise UnusableSource("empty", f"{place} counts no values")
    if abs(sum(counts) - total) > 1e-9 * total:
        raise UnusableSource(
            "unreadable", f"{place}.count is {total:g}, and the buckets count {sum(counts):g}"
        )
    return Buckets(tuple(bounds), (*counts, 0.0), bounds[0], bounds[-1])


def _parse_matrix(series: Mapping[str, Json], place: str) -> Matrix:
    labels = _read_labels(series, place)
    if "histograms" in series:
        raise UnusableSource("unsuitable", f"{place} has histograms over time; query one moment")
    values = as_array(series.get("values"))
    if not values:
        raise UnusableSource("unreadable", f"{place}.values is no list of values")
    points = [_read_point(point, labels, f"{place}.values[{number}]") for number, point in enumerate(values)]
    times = tuple(point.time for point in points)
    if any(after <= before for before, after in pairwise(times)):
        raise UnusableSource("unreadable", f"{place}.values are not in order of time")
    return Matrix(labels, times, tuple(point.value for point in points))


def _read_matrix(chosen: Sequence[Matrix], selector: Selector) -> Run:
    """The values of one series, in order of time."""
    if selector.is_sum:
        raise UnusableSource("unsuitable", f"`{selector.text}` over time is not supported: add in the query")
    if len(chosen) > 1:
        what = f"`{selector.text}`" if selector.text else "the source"
        raise report_several(what, [each.labels for each in chosen])
    (matrix,) = chosen
    bad = [value for value in matrix.values if not isfinite(value)]
    lost = count_gaps(matrix.times)
    if bad:
        raise UnusableSource("not_finite", f"{len(bad)} of {len(matrix.values)} values are not finite")
    if lost:
        whole = len(matrix.values) + lost
        raise UnusableSource(
            "not_finite", f"{lost} of {whole} values are missing between the first and the last"
        )
    return Run(values=matrix.values)


def count_gaps(times: Sequence[float]) -> int:
    """How many moments are missing between the first and the last of a series with even steps."""
    steps = [after - before for before, after in pairwise(times)]
    if not steps:
        return 0
    usual = median(steps)
    return sum(round(step / usual) - 1 for step in steps if step > GAP * usual)


def _format_time(seconds: float) -> str:
    return format_moment(seconds) if seconds else ""
