"""OpenTelemetry: metrics in OTLP/JSON, one export or one a line, and what the Python SDK's `to_json()` writes.

`select` is a selector (`label_selectors.py`) over the attributes of a data point, of its resource and the scope's name
(`otel.scope.name`). A gauge gives values in order of time; a sum a figure; histograms give buckets; a summary figures.
`bad` or `good`, and `total`, are selectors of sums that give a count.

Exports of one series are joined by its temporality: delta points cover intervals of their own and are added; of
cumulative points the last since each start counts. The two are never added to each other.

Source: the data model of metrics of OTLP 1.x: bucket i of an exponential histogram of scale s is
(2^(i·2^−s), 2^((i+1)·2^−s)].
"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Final

from rulewright.measurements.reader import Reading, UnusableSource
from rulewright.measurements.readers.counts import count_ratio, read_file_ratio
from rulewright.measurements.readers.label_selectors import (
    NAME_LABEL,
    check_labels,
    parse_selector,
    report_several,
    select_series,
)
from rulewright.measurements.readers.numbers import read_number
from rulewright.measurements.readers.otlp_export import (
    CUMULATIVE,
    INTEGER,
    MetricSeries,
    Point,
    collect_series,
    parse_exports,
    read_integer,
)
from rulewright.measurements.sample import Buckets, Run
from rulewright.policy.json_types import as_array, as_object, as_text
from rulewright.policy.quantity import format_moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.measurements.reader import Selection
    from rulewright.measurements.readers.counts import Ratio
    from rulewright.measurements.readers.label_selectors import Selector
    from rulewright.policy.json_types import Json, JsonObject

COMMIT: Final = "vcs.ref.head.revision"
_MACHINE: Final = {"host.cpu.model.name": "cpu", "host.type": "type", "host.image.name": "image"}
_UNITS: Final = {
    "By": "B",
    "kBy": "kB",
    "MBy": "MB",
    "GBy": "GB",
    "KiBy": "KiB",
    "MiBy": "MiB",
    "GiBy": "GiB",
    "min": "m",
    "1": "",
}
"""UCUM, where it differs."""
_NO_VALUE: Final = 1
"""The flag of a point that says: the series ended."""


def read_otlp(data: bytes, selection: Selection) -> Reading:
    """The reading of one file. Raises UnusableSource."""
    every = collect_series(parse_exports(data))
    if not every:
        raise UnusableSource("empty", "the file has no data points")
    labels = [each.labels for each in every]
    ratio = read_file_ratio(selection, "otlp")
    if ratio is not None:
        return _read_counts(every, labels, ratio)
    selector = parse_selector(selection.select)
    chosen = select_series(every, labels, selector, [each.attributes for each in every])
    if len(chosen) > 1 and not selector.is_sum:
        what = f"`{selector.text}`" if selector.text else "the source"
        raise report_several(what, _distinct_labels(chosen))
    run = _read_run(chosen, selector, selection.aggregate)
    warnings = () if chosen[0].unit else ("the metric names no unit",)
    return _describe(chosen, run, _find_unit(chosen), warnings)


def _read_counts(every: Sequence[MetricSeries], labels: Sequence[Mapping[str, str]], ratio: Ratio) -> Reading:
    used: list[MetricSeries] = []

    def find(name: str, query: Json) -> float | None:
        text = as_text(query)
        if text is None:
            raise UnusableSource("unsuitable", f"`{name}` is no selector")
        selector = parse_selector(text)
        chosen = [each for each, own in zip(every, labels, strict=True) if selector.matches(own)]
        if not chosen:
            check_labels(selector, labels, [each.attributes for each in every])
            return None
        if len(chosen) > 1 and not selector.is_sum:
            raise report_several(f"`{name}`", _distinct_labels(chosen))
        if any(each.kind != "sum" or not each.is_monotonic for each in chosen):
            raise UnusableSource("unsuitable", f"`{name}` is no counter (a monotonic sum)")
        used.extend(chosen)
        return fsum(_add_sums(each) for each in chosen)

    count, warnings = count_ratio(ratio, find)
    if len({each.temporality for each in used}) > 1:
        raise UnusableSource("unsuitable", "one counter is delta and the other cumulative")
    return _describe(used, Run(events=count), "", warnings)


def _describe(chosen: Sequence[MetricSeries], run: Run, unit: str, warnings: tuple[str, ...]) -> Reading:
    """The reading, with what the resource tells of it."""
    ends = [max(point.end for point in each.points) for each in chosen]
    time = format_moment(min(ends) // 10**9) if min(ends) else ""
    resource = chosen[0].resource
    commits = sorted({each.resource.get(COMMIT, "") for each in chosen})
    machine: JsonObject = {ours: resource[theirs] for theirs, ours in _MACHINE.items() if theirs in resource}
    sdk = " ".join(
        resource[key] for key in ("telemetry.sdk.name", "telemetry.sdk.version") if key in resource
    )
    return Reading((run._replace(time=time),), unit, time, " ".join(commits), machine, sdk, warnings)


def _find_unit(chosen: Sequence[MetricSeries]) -> str:
    units = {each.unit for each in chosen}
    if len(units) > 1:
        raise UnusableSource("unit", f"the series have different units: {', '.join(sorted(units))}")
    (unit,) = units
    return "" if unit.startswith("{") else _UNITS.get(unit, unit)


def _distinct_labels(chosen: Sequence[MetricSeries]) -> list[dict[str, str]]:
    """The labels in which series differ, and the name."""
    keys = sorted({key for each in chosen for key in each.labels})
    kept = [key for key in keys if key == NAME_LABEL or len({each.labels.get(key) for each in chosen}) > 1]
    return [{key: each.labels[key] for key in kept if key in each.labels} for each in chosen]


def _read_run(chosen: Sequence[MetricSeries], selector: Selector, aggregate: str) -> Run:
    first = chosen[0]
    if len(chosen) > 1 and any(each.kind != "sum" for each in chosen):
        raise UnusableSource("unsuitable", f"`{selector.text}` adds what are no sums")
    if first.kind == "sum":
        return Run(figures={aggregate: fsum(_add_sums(each) for each in chosen)})
    if first.kind == "gauge":
        points = sorted(first.points, key=lambda point: point.end)
        return Run(values=tuple(_read_value(point) for point in points))
    if first.kind == "summary":
        return _read_summary(first)
    return Run(buckets=_join_buckets(first))


def _counted_points(series: MetricSeries) -> list[Point]:
    """The points whose contents are added: all of a delta series, of a cumulative one the last since each start.

    Raises UnusableSource when intervals overlap.
    """
    points = sorted(series.points, key=lambda point: (point.start, point.end))
    if series.temporality == CUMULATIVE:
        points = list({point.start: point for point in points}.values())
    before = None
    for point in points:
        if before is not None and point.start < before.end:
            raise UnusableSource("ambiguous", f"{point.place} covers a time that {before.place} covers")
        before = point
    return points


def _add_sums(series: MetricSeries) -> float:
    numbers = [_read_value(point) for point in _counted_points(series)]
    if series.is_monotonic and min(numbers) < 0:
        raise UnusableSource("unreadable", f"{series.points[0].place}: a counter is negative")
    return fsum(numbers)


def _read_value(point: Point) -> float:
    """`asDouble`, `asInt`, or the SDK's `value`."""
    _check_recorded(point)
    for name in ("asDouble", "asInt", "value"):
        if name in point.fields:
            return _read_number(point.fields[name], f"{point.place}.{name}")
    raise UnusableSource("not_finite", f"{point.place} has no value")


def _check_recorded(point: Point) -> None:
    flags = point.fields.get("flags", 0)
    if isinstance(flags, int) and flags & _NO_VALUE:
        raise UnusableSource("not_finite", f"{point.place} has no recorded value")


def _read_number(value: Json, place: str) -> float:
    """A finite number; 64-bit integers, NaN and infinities are texts in OTLP/JSON."""
    is_integer = isinstance(value, str) and INTEGER.fullmatch(value)
    return read_number(int(value) if is_integer else value, place)  # type: ignore[arg-type]


def _read_counts_of(value: Json, place: str) -> list[float]:
    return [
        float(read_integer(count, f"{place}[{number}]")) for number, count in enumerate(as_array(value) or [])
    ]


def _join_buckets(series: MetricSeries) -> Buckets:
    """The histogram of all counted points. Raises UnusableSource when their bounds differ."""
    read = _read_exponential if series.kind == "exponentialHistogram" else _read_explicit
    histograms = [read(point) for point in _counted_points(series)]
    total = histograms[0]
    for other in histograms[1:]:
        total = _add_buckets(total, other, series.points[0].place)
    if not sum(total.counts):
        raise UnusableSource("empty", f"{series.points[0].place} counts no values")
    return total


def _add_buckets(one: Buckets, other: Buckets, place: str) -> Buckets:
    if one.bounds != other.bounds:
        raise UnusableSource("unsuitable", f"{place}: the bounds of the buckets change between exports")
    lows = [low for low in (one.low, other.low) if low is not None]
    highs = [high for high in (one.high, other.high) if high is not None]
    return Buckets(
        one.bounds,
        tuple(a + b for a, b in zip(one.counts, other.counts, strict=True)),
        min(lows) if len(lows) == 2 else None,
        max(highs) if len(highs) == 2 else None,
    )


def _read_explicit(point: Point) -> Buckets:
    counts = _read_counts_of(point.fields.get("bucketCounts"), f"{point.place}.bucketCounts")
    bounds = [
        _read_number(bound, f"{point.place}.explicitBounds")
        for bound in as_array(point.fields.get("explicitBounds")) or []
    ]
    if not counts:
        raise UnusableSource("unsuitable", f"{point.place} is a histogram without buckets")
    if len(counts) != len(bounds) + 1 or bounds != sorted(set(bounds)):
        raise UnusableSource("unreadable", f"{point.place}: the buckets do not fit their bounds")
    return _with_ends(point, Buckets(tuple(bounds), tuple(counts)))


def _read_exponential(point: Point) -> Buckets:
    """Bounds by the scale; a bucket around 0 first, where anything was counted in it."""
    positive, negative = (as_object(point.fields.get(key)) or {} for key in ("positive", "negative"))
    if any(_read_counts_of(negative.get("bucketCounts"), f"{point.place}.negative.bucketCounts")):
        raise UnusableSource("unsuitable", f"{point.place} counts negative values")
    # Numbers that are 0 are left out of OTLP/JSON.
    scale, offset = point.fields.get("scale", 0), positive.get("offset", 0)
    if not isinstance(scale, int) or not isinstance(offset, int) or not -10 <= scale <= 20:
        raise UnusableSource("unreadable", f"{point.place} has no scale from -10 to 20, or no offset")
    counts = _read_counts_of(positive.get("bucketCounts"), f"{point.place}.positive.bucketCounts")
    zeros = float(read_integer(point.fields.get("zeroCount", 0), f"{point.place}.zeroCount"))
    step = 2.0**-scale
    powers = [(offset + number) * step for number in range(len(counts) + 1)]
    if any(abs(power) > 1000 for power in (powers[0], powers[-1])):
        raise UnusableSource("unreadable", f"{point.place} has bounds beyond every number")
    bounds = tuple(2.0**power for power in powers) if counts else (0.0,)
    buckets = Buckets(bounds, (zeros, *counts, 0.0) if counts else (zeros, 0.0))
    return _with_ends(point, buckets)


def _with_ends(point: Point, buckets: Buckets) -> Buckets:
    """The buckets with `min` and `max`. Raises UnusableSource when count or sum contradict them."""
    _check_recorded(point)
    total = read_integer(point.fields.get("count", 0), f"{point.place}.count")
    if total != sum(buckets.counts):
        counted = f"{sum(buckets.counts):g}"
        raise UnusableSource("unreadable", f"{point.place}.count is {total}, and the buckets count {counted}")
    low, high = (
        None if point.fields.get(key) is None else _read_number(point.fields[key], f"{point.place}.{key}")
        for key in ("min", "max")
    )
    if point.fields.get("sum") is not None:
        _read_number(point.fields["sum"], f"{point.place}.sum")
    if low is not None and high is not None and low > high:
        if total:
            raise UnusableSource("unreadable", f"{point.place}: min is above max")
        low = high = None
    return buckets._replace(low=low, high=high)


def _read_summary(series: MetricSeries) -> Run:
    if len(series.points) > 1:
        raise UnusableSource("unsuitable", f"{series.points[0].place} is one of several summaries in time")
    (point,) = series.points
    figures = {}
    for number, entry in enumerate(as_array(point.fields.get("quantileValues")) or []):
        fields, place = as_object(entry) or {}, f"{point.place}.quantileValues[{number}]"
        quantile = _read_number(fields.get("quantile", 0), place)
        name = {0.0: "min", 1.0: "max"}.get(quantile, f"p{quantile * 100:.7g}")
        figures[name] = _read_number(fields.get("value", 0), place)
    if not figures:
        raise UnusableSource("empty", f"{point.place} has no quantiles")
    return Run(figures=figures)
