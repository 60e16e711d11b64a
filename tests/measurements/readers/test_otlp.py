"""OpenTelemetry: exports that the SDK writes while the test runs, recorded ones, and what a collector may write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from measurements.opentelemetry_export import BOUNDS, VALUES, export
from measurements.reading import RECORDED, choose, refuse
from rulewright.measurements.readers.otlp import read_otlp
from rulewright.measurements.sample import Buckets, Count

FOLDER = RECORDED / "otlp"
COMMIT = "1f0c6b0e7d5a4c3b2a19087f6e5d4c3b2a190870"
FAILED = 'http.requests{http.response.status_code="500"}'
RATIO = {"bad": FAILED, "total": "sum(http.requests)"}
START, END = "1795984744000000000", "1795984745000000000"


def metric(kind: str, *points: dict[str, Any], **body: Any) -> dict[str, Any]:
    return {
        "name": "m",
        kind: {
            "dataPoints": [{"startTimeUnixNano": START, "timeUnixNano": END, **p} for p in points],
            **body,
        },
    }


def document(*metrics: dict[str, Any], **resource: str) -> bytes:
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in resource.items()]
    scope = {"scope": {"name": "s"}, "metrics": list(metrics)}
    return json.dumps(
        {"resourceMetrics": [{"resource": {"attributes": attributes}, "scopeMetrics": [scope]}]}
    ).encode()


def histogram(counts: list[str], bounds: list[float], count: str, **more: Any) -> dict[str, Any]:
    point = {"bucketCounts": counts, "explicitBounds": bounds, "count": count, **more}
    return metric("histogram", point, aggregationTemporality=2)


@pytest.mark.parametrize("temporality", ["DELTA", "CUMULATIVE"])
def test_exports_of_the_sdk(temporality: str, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    shown = export(path, temporality)
    data = path.read_bytes()
    reading = read_otlp(data, choose("chat.duration"))
    assert reading.runs[0].buckets == Buckets(BOUNDS, (20.0, 80.0, 0.0, 0.0), min(VALUES), max(VALUES))
    assert (reading.unit, reading.commit, reading.tool) == ("s", COMMIT, "opentelemetry 1.45.2")
    assert reading.time.endswith("Z")
    assert read_otlp(data, choose("", arguments=RATIO)).runs[0].events == Count(4, 100)
    assert list(read_otlp(data, choose("queue.length")).runs[0].values) == [3.0, 4.0]
    buckets = read_otlp(data, choose("memory.duration")).runs[0].buckets
    assert buckets is not None
    assert sum(buckets.counts) == 100
    # Of the last export alone, which is all that a cumulative one tells.
    whole = 100 if temporality == "CUMULATIVE" else 50
    only = read_otlp(shown.encode(), choose("chat.duration")).runs[0].buckets
    assert only == Buckets(BOUNDS, (whole / 5, whole * 4 / 5, 0.0, 0.0), min(VALUES), max(VALUES))
    assert read_otlp(shown.encode(), choose("memory.duration")).unit == "ms"


@pytest.mark.parametrize("name", ["delta", "cumulative"])
def test_exponential_buckets_hold_the_values(name: str) -> None:
    (run,) = read_otlp((FOLDER / f"{name}.jsonl").read_bytes(), choose("memory.duration")).runs
    assert run.buckets is not None
    bounds = (0.0, *run.buckets.bounds, float("inf"))
    for number, count in enumerate(run.buckets.counts):
        inside = [value for value in VALUES if bounds[number] < value * 1000 <= bounds[number + 1]]
        assert count == 2 * len(inside)


def test_the_last_cumulative_point_since_each_start_counts() -> None:
    def line(start: int, end: int, value: int) -> bytes:
        point = {"startTimeUnixNano": str(start), "timeUnixNano": str(end), "asInt": str(value)}
        return document(metric("sum", point, aggregationTemporality=2, isMonotonic=True))

    restarted = b"\n".join([line(10, 20, 5), line(10, 30, 7), line(40, 50, 2)])
    assert dict(read_otlp(restarted, choose("m", "sum")).runs[0].figures) == {"sum": 9.0}
    overlapping = b"\n".join([line(10, 30, 5), line(20, 40, 7)])
    code, reason = refuse(read_otlp, overlapping, choose("m"))
    assert code == "ambiguous"
    assert "line 2: resourceMetrics[0].scopeMetrics[0].metrics[0].dataPoints[0] covers a time" in reason


def test_delta_and_cumulative_are_never_added() -> None:
    lines = [
        document(metric("sum", {"asInt": "5"}, aggregationTemporality=temporality, isMonotonic=True))
        for temporality in (1, "AGGREGATION_TEMPORALITY_CUMULATIVE")
    ]
    code, reason = refuse(read_otlp, b"\n".join(lines), choose("m"))
    assert (code, "another type, unit or temporality than before" in reason) == ("unreadable", True)
    two = [
        {
            **metric("sum", {"asInt": "5"}, aggregationTemporality=number, isMonotonic=True),
            "name": f"m{number}",
        }
        for number in (1, 2)
    ]
    arguments = {"bad": "m1", "total": "m2"}
    assert refuse(read_otlp, document(*two), choose(arguments=arguments))[0] == "unsuitable"


def test_a_delta_export_that_is_there_twice_is_refused() -> None:
    lines = (FOLDER / "delta.jsonl").read_bytes().splitlines()
    data = b"\n".join([*lines, lines[-1]])
    assert refuse(read_otlp, data, choose("chat.duration"))[0] == "ambiguous"


def test_series_of_two_resources_are_not_pooled() -> None:
    one, two = (
        json.loads(document(metric("gauge", {"asDouble": 1.5}), host=host))["resourceMetrics"][0]
        for host in "ab"
    )
    data = json.dumps({"resourceMetrics": [one, two]}).encode()
    code, reason = refuse(read_otlp, data, choose("m"))
    assert (code, reason) == ("ambiguous", '`m` matches 2 series: m{host="a"}, m{host="b"}')
    assert list(read_otlp(data, choose('m{host="b"}')).runs[0].values) == [1.5]


def test_a_summary_gives_figures() -> None:
    values = [{"quantile": 0.95, "value": 2.5}, {"quantile": 1, "value": 9}, {"value": 0.5}]
    (run,) = read_otlp(
        document(metric("summary", {"count": "3", "quantileValues": values})), choose("m")
    ).runs
    assert dict(run.figures) == {"p95": 2.5, "max": 9.0, "min": 0.5}


@pytest.mark.parametrize(
    ("unit", "ours"), [("By", "B"), ("MiBy", "MiB"), ("1", ""), ("{call}", ""), ("ms", "ms")]
)
def test_units_of_ucum(unit: str, ours: str) -> None:
    data = document(metric("gauge", {"asInt": "3"}) | {"unit": unit})
    assert read_otlp(data, choose("m")).unit == ours


def test_values_around_zero_have_a_bucket() -> None:
    point = {"scale": 1, "zeroCount": "2", "positive": {"offset": -1, "bucketCounts": ["3"]}, "count": "5"}
    data = document(metric("exponentialHistogram", point, aggregationTemporality=1))
    assert read_otlp(data, choose("m")).runs[0].buckets == Buckets((0.5**0.5, 1.0), (2.0, 3.0, 0.0))
    empty = {"zeroCount": "2", "count": "2"}
    data = document(metric("exponentialHistogram", empty, aggregationTemporality=1))
    assert read_otlp(data, choose("m")).runs[0].buckets == Buckets((0.0,), (2.0, 0.0))


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [
        (histogram(["1", "2"], [1.0, 2.0], "3"), "unreadable", "the buckets do not fit their bounds"),
        (histogram(["1", "2", "0"], [2.0, 1.0], "3"), "unreadable", "the buckets do not fit their bounds"),
        (histogram(["1", "2"], [1.0], "4"), "unreadable", "count is 4, and the buckets count 3"),
        (histogram(["1", "-2"], [1.0], "3"), "unreadable", "bucketCounts[1] is no count"),
        (histogram([], [], "3"), "unsuitable", "a histogram without buckets"),
        (histogram(["0", "0"], [1.0], "0"), "empty", "counts no values"),
        (histogram(["1", "2"], [1.0], "3", sum="NaN"), "not_finite", "sum is `NaN`"),
        (histogram(["1", "2"], [1.0], "3", min=5, max=2), "unreadable", "min is above max"),
        (histogram(["1", "2"], [1.0], "3", flags=1), "not_finite", "no recorded value"),
        (metric("gauge", {"asDouble": "NaN"}), "not_finite", "asDouble is `NaN`"),
        (metric("gauge", {"asDouble": None}), "not_finite", "asDouble is missing"),
        (metric("gauge", {"asDouble": "three"}), "unreadable", "asDouble is a text (`three`)"),
        (metric("gauge", {}), "not_finite", "has no value"),
        (metric("gauge", {"asInt": "1", "flags": 1}), "not_finite", "no recorded value"),
        (metric("sum", {"asInt": "1"}), "unreadable", "delta or cumulative"),
        (metric("sum", {"asInt": "1"}, aggregationTemporality=0), "unreadable", "delta or cumulative"),
        (
            metric("sum", {"asInt": "-1"}, aggregationTemporality=1, isMonotonic=True),
            "unreadable",
            "negative",
        ),
        (metric("summary", {"count": "3"}), "empty", "no quantiles"),
        ({"name": "m", "lines": {}}, "unreadable", "no gauge, sum, histogram or summary"),
        ({"gauge": {}}, "unreadable", "has no name"),
        ({"name": "m", "gauge": {}}, "unreadable", "has no `dataPoints`"),
        (metric("gauge"), "empty", "the file has no data points"),
        (metric("gauge", {"asInt": "1", "timeUnixNano": "late"}), "unreadable", "timeUnixNano is no count"),
    ],
)
def test_a_broken_metric_is_refused(data: dict[str, Any], code: str, text: str) -> None:
    found, reason = refuse(read_otlp, document(data), choose("m"))
    assert found == code
    assert text in reason


@pytest.mark.parametrize(
    ("point", "code"),
    [
        ({"scale": 30}, "unreadable"),
        ({"scale": 0, "positive": {"offset": 2000, "bucketCounts": ["1"]}, "count": "1"}, "unreadable"),
        ({"scale": 0, "negative": {"offset": 0, "bucketCounts": ["1"]}, "count": "1"}, "unsuitable"),
        ({"scale": 0, "positive": {"offset": 0, "bucketCounts": ["1"]}, "count": "2"}, "unreadable"),
    ],
)
def test_a_broken_exponential_histogram_is_refused(point: dict[str, Any], code: str) -> None:
    data = document(metric("exponentialHistogram", point, aggregationTemporality=2))
    assert refuse(read_otlp, data, choose("m"))[0] == code


@pytest.mark.parametrize(
    ("select", "code"),
    [("", "ambiguous"), ("http.requests", "ambiguous"), ("chat", "no_match"), ("sum(queue.length)", None)],
)
def test_selectors_of_recorded_exports(select: str, code: str | None) -> None:
    data = (FOLDER / "cumulative.jsonl").read_bytes()
    if code is None:
        assert list(read_otlp(data, choose(select)).runs[0].values) == [3.0, 4.0]
    else:
        assert refuse(read_otlp, data, choose(select))[0] == code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"bad": 'http.requests{status="500"}', "total": "sum(http.requests)"}, "no_match"),
        ({"bad": FAILED, "total": "http.requests"}, "ambiguous"),
        ({"bad": "queue.length", "total": "sum(http.requests)"}, "unsuitable"),
        ({"bad": FAILED, "total": "absent"}, "no_total"),
        ({"bad": FAILED}, "unsuitable"),
    ],
)
def test_a_ratio_without_meaning_is_refused(arguments: dict[str, str], code: str) -> None:
    data = (FOLDER / "delta.jsonl").read_bytes()
    assert refuse(read_otlp, data, choose(arguments=arguments))[0] == code


def test_a_broken_line_is_named() -> None:
    data = (FOLDER / "delta.jsonl").read_bytes()
    code, reason = refuse(read_otlp, data[: len(data) - 40], choose("chat.duration"))
    assert code == "unreadable"
    assert reason.startswith("line 2, column ")
    assert refuse(read_otlp, b"{}", choose())[1] == "this is no OTLP/JSON: `resourceMetrics` is missing"
