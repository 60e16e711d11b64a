"""Exports of OpenTelemetry as series: OTLP/JSON, one export or one a line, and what the Python SDK's `to_json()` gives.

Source: OTLP 1.x, "JSON Protobuf Encoding". 64-bit integers are texts there, and numbers that are 0 are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.readers.json_text import parse_json, parse_json_text
from rulewright.measurements.readers.label_selectors import NAME_LABEL, format_labels
from rulewright.measurements.readers.text import decode_text
from rulewright.policy.json_types import as_array, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.policy.json_types import Json, JsonObject

SCOPE: Final = "otel.scope.name"
_KINDS: Final = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
DELTA, CUMULATIVE = 1, 2
_TEMPORALITIES: Final = {
    1: DELTA,
    2: CUMULATIVE,
    "AGGREGATION_TEMPORALITY_DELTA": DELTA,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": CUMULATIVE,
}
INTEGER: Final = re.compile(r"-?[0-9]{1,20}", re.ASCII)
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


def parse_exports(data: bytes) -> list[tuple[JsonObject, str]]:
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


def collect_series(exports: Sequence[tuple[JsonObject, str]]) -> list[MetricSeries]:
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
            read_integer(0 if fields.get(key) is None else fields[key], f"{place}.{key}")
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


def read_integer(value: Json, place: str) -> int:
    if isinstance(value, str) and INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**64:
        raise UnusableSource("unreadable", f"{place} is no count")
    return value
