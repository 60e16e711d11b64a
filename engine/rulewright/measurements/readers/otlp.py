"""OpenTelemetry: metrics in OTLP/JSON, one export or one a line, and what the Python SDK's `to_json()` writes.

`select` is a selector (`label_selectors.py`) over the attributes of a data point, of its resource and the scope's name
(`otel.scope.name`). A gauge gives values in order of time; a sum a figure; histograms give buckets; a summary figures.
`bad` or `good`, and `total`, are selectors of sums that give a count.

Exports of one series are joined by its temporality: delta points cover intervals of their own and are added; of
cumulative points the last since each start counts. The two are never added to each other.

Sources: OTLP 1.x, "JSON Protobuf Encoding" (64-bit integers are texts), and its data model of metrics: bucket i of an
exponential histogram of scale s is (2^(i·2^−s), 2^((i+1)·2^−s)].
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import fsum
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import Reading, UnusableSource
from rulewright.measurements.readers.counts import count_ratio, read_file_ratio
from rulewright.measurements.readers.json_text import parse_json, parse_json_text
from rulewright.measurements.readers.label_selectors import (
    NAME_LABEL,
    check_labels,
    format_labels,
    parse_selector,
    report_several,
    select_series,
)
from rulewright.measurements.readers.numbers import read_number
from rulewright.measurements.readers.text import decode_text
from rulewright.measurements.sample import Buckets, Run
from rulewright.policy.json_types import as_array, as_object, as_text
from rulewright.policy.quantity import format_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.measurements.reader import Selection
    from rulewright.measurements.readers.counts import Ratio
    from rulewright.measurements.readers.label_selectors import Selector
    from rulewright.policy.json_types import Json, JsonObject

SCOPE: Final = "otel.scope.name"
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
_KINDS: Final = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
_DELTA, _CUMULATIVE = 1, 2
_TEMPORALITIES: Final = {
    1: _DELTA,
    2: _CUMULATIVE,
    "AGGREGATION_TEMPORALITY_DELTA": _DELTA,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": _CUMULATIVE,
}
_NO_VALUE: Final = 1
"""The flag of a point that says: the series ended."""
_INTEGER: Final = re.compile(r"-?[0-9]{1,20}", re.ASCII)
_SNAKE: Final = re.compile(r"_([a-z])")


class Point(NamedTuple):
    """A data point. `start` and `end`: nanoseconds since 1970; 0 where it does not tell."""

    fields: Mapping[str, Json]
    start: int
    end: int
    place: str


@dataclass(slots=True)
class MetricSeries:
    """All points of one metric with the same attributes. `labels`: what selectors match, the name and the attributes of
    the point, the scope and the resource; `attributes`: the name and those of the point. `temporality`: 0 for gauges
    and summaries."""

    labels: dict[str, str]
    attributes: dict[str, str]
    kind: str
    unit: str
    temporality: int
    is_monotonic: bool
    resource: Mapping[str, str]
    points: list[Point] = field(default_factory=list)


def read_otlp(data: bytes, selection: Selection) -> Reading:
    """The reading of one file. Raises UnusableSource."""
    every = _collect_series(_parse_exports(data))
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


# From bytes to series.


def _parse_exports(data: bytes) -> list[tuple[JsonObject, str]]:
    """The exports of a file, each with the place that a reason names."""
    lines = decode_text(data).strip().split("\n")
    if len(lines) > 1 and lines[0].rstrip().endswith("}"):
        parsed = [
            (parse_json_text(line, number), f"line {number}: ")
            for number, line in enumerate(lines, 1)
            if line.strip()
        ]
    else:
        parsed = [(parse_json(data), "")]
    exports = []
    for value, place in parsed:
        export = as_object(_to_camel_case(value)) or {}
        if not isinstance(export.get("resourceMetrics"), list):
            raise UnusableSource("unreadable", f"{place}this is no OTLP/JSON: `resourceMetrics` is missing")
        exports.append((export, place))
    return exports


def _to_camel_case(value: Json) -> Json:
    """The SDK's own shape with the keys of OTLP/JSON. Keys of attributes stay as they are."""
    if isinstance(value, list):
        return [_to_camel_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        _SNAKE.sub(lambda found: found[1].upper(), key): item if key == "attributes" else _to_camel_case(item)
        for key, item in value.items()
    }


def _collect_series(exports: Sequence[tuple[JsonObject, str]]) -> list[MetricSeries]:
    """The series of all exports, in the order in which they first appear."""
    found: dict[str, MetricSeries] = {}
    for export, place in exports:
        for resource, scope, metric, at in _walk_metrics(export, place):
            for series in _read_metric(resource, scope, metric, at):
                key = format_labels({**series.resource, **series.labels})
                known = found.setdefault(key, series)
                if known is series:
                    continue
                if (known.kind, known.unit, known.temporality) != (
                    series.kind,
                    series.unit,
                    series.temporality,
                ):
                    raise UnusableSource(
                        "unreadable", f"{at} has another type, unit or temporality than before"
                    )
                known.points.extend(series.points)
    return list(found.values())


def _walk_metrics(
    export: Mapping[str, Json], place: str
) -> Iterator[tuple[Mapping[str, str], str, JsonObject, str]]:
    """(attributes of the resource, name of the scope, metric, place)."""
    for i, resource_metrics in enumerate(as_array(export.get("resourceMetrics")) or []):
        outer = as_object(resource_metrics) or {}
        at = f"{place}resourceMetrics[{i}]"
        resource = _read_attributes(
            (as_object(outer.get("resource")) or {}).get("attributes"), f"{at}.resource"
        )
        scopes = as_array(outer.get("scopeMetrics"))
        if scopes is None:
            raise UnusableSource("unreadable", f"{at} has no `scopeMetrics`")
        for j, scope_metrics in enumerate(scopes):
            inner = as_object(scope_metrics) or {}
            scope = as_text((as_object(inner.get("scope")) or {}).get("name")) or ""
            metrics = as_array(inner.get("metrics"))
            if metrics is None:
                raise UnusableSource("unreadable", f"{at}.scopeMetrics[{j}] has no `metrics`")
            for k, metric in enumerate(metrics):
                yield resource, scope, as_object(metric) or {}, f"{at}.scopeMetrics[{j}].metrics[{k}]"


def _read_metric(
    resource: Mapping[str, str], scope: str, metric: Mapping[str, Json], at: str
) -> Iterator[MetricSeries]:
    name, unit = as_text(metric.get("name")), metric.get("unit", "")
    if not name:
        raise UnusableSource("unreadable", f"{at} has no name")
    if not isinstance(unit, str):
        raise UnusableSource("unit", f"{at}: the unit is no text")
    kind, body = _find_kind(metric, at)
    temporality = 0
    if kind not in ("gauge", "summary"):
        written = body.get("aggregationTemporality")
        is_known = isinstance(written, int | str) and not isinstance(written, bool)
        temporality = _TEMPORALITIES.get(written, 0) if is_known else 0
        if not temporality:
            raise UnusableSource("unreadable", f"{at} does not say whether it is delta or cumulative")
    points = as_array(body.get("dataPoints"))
    if points is None:
        raise UnusableSource("unreadable", f"{at} has no `dataPoints`")
    for number, point in enumerate(points):
        place = f"{at}.dataPoints[{number}]"
        fields = as_object(point) or {}
        attributes = _read_attributes(fields.get("attributes"), place)
        start, end = (
            _read_integer(0 if fields.get(key) is None else fields[key], f"{place}.{key}")
            for key in ("startTimeUnixNano", "timeUnixNano")
        )
        if not end:
            raise UnusableSource("unreadable", f"{place} has no `timeUnixNano`")
        yield MetricSeries(
            {**resource, SCOPE: scope, **attributes, NAME_LABEL: name},
            {**attributes, NAME_LABEL: name},
            kind,
            unit,
            temporality,
            body.get("isMonotonic") is True,
            resource,
            [Point(fields, start, end, place)],
        )


def _find_kind(metric: Mapping[str, Json], at: str) -> tuple[str, JsonObject]:
    """The type of a metric and its body; the SDK's shape names no type, and its points tell it."""
    for kind in _KINDS:
        body = as_object(metric.get(kind))
        if body is not None:
            return kind, body
    body = as_object(metric.get("data"))
    if body is None:
        raise UnusableSource("unreadable", f"{at} is no gauge, sum, histogram or summary")
    first = as_object((as_array(body.get("dataPoints")) or [{}])[0]) or {}
    if "scale" in first:
        return "exponentialHistogram", body
    if "bucketCounts" in first:
        return "histogram", body
    return ("sum" if "isMonotonic" in body else "gauge"), body


def _read_attributes(written: Json, place: str) -> dict[str, str]:
    """Attributes as labels: a list of `{key, value: {stringValue: …}}`, or the SDK's mapping."""
    if written is None:
        return {}
    if isinstance(written, dict):
        return {key: _to_label(value) for key, value in written.items()}
    labels: dict[str, str] = {}
    for entry in as_array(written) or []:
        fields = as_object(entry) or {}
        key, value = as_text(fields.get("key")), as_object(fields.get("value"))
        if key is None or key in labels:
            raise UnusableSource(
                "unreadable", f"{place}.attributes has a key that is missing or occurs twice"
            )
        labels[key] = _to_label(next(iter(value.values()), None) if value else None)
    return labels


def _to_label(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _distinct_labels(chosen: Sequence[MetricSeries]) -> list[dict[str, str]]:
    """The labels in which series differ, and the name."""
    keys = sorted({key for each in chosen for key in each.labels})
    kept = [key for key in keys if key == NAME_LABEL or len({each.labels.get(key) for each in chosen}) > 1]
    return [{key: each.labels[key] for key in kept if key in each.labels} for each in chosen]


# From series to a run.


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
    if series.temporality == _CUMULATIVE:
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
    is_integer = isinstance(value, str) and _INTEGER.fullmatch(value)
    return read_number(int(value) if is_integer else value, place)  # type: ignore[arg-type]


def _read_integer(value: Json, place: str) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**64:
        raise UnusableSource("unreadable", f"{place} is no count")
    return value


def _read_counts_of(value: Json, place: str) -> list[float]:
    return [
        float(_read_integer(count, f"{place}[{number}]"))
        for number, count in enumerate(as_array(value) or [])
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
    zeros = float(_read_integer(point.fields.get("zeroCount", 0), f"{point.place}.zeroCount"))
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
    total = _read_integer(point.fields.get("count", 0), f"{point.place}.count")
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
