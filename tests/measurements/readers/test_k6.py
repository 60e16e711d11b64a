"""k6's summary in its three shapes."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from measurements.k6_shapes import (
    METRICS,
    SHAPES,
    encode,
    for_handle_summary,
    for_machines,
    for_summary_export,
)
from measurements.reading import choose, refuse
from rulewright.measurements.readers.k6 import read_k6
from rulewright.measurements.sample import Count

DURATION = "http_req_duration"
every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def with_values(name: str, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The metrics, with other values of one."""
    metrics = deepcopy(METRICS)
    metrics[name]["values"] |= values
    return metrics


@every_shape
def test_the_figures_of_a_trend(shape: Any) -> None:
    reading = read_k6(encode(shape()), choose(DURATION, "p95"))
    (run,) = reading.runs
    assert run.figures == {
        "mean": 52.5,
        "min": 11.25,
        "median": 48.5,
        "p50": 48.5,
        "max": 203.75,
        "p90": 96.5,
        "p95": 142.25,
    }
    assert (reading.unit, run.failed) == ("ms", 10)
    assert reading.warnings == (
        "10 of 200 requests failed; they are in the figures (not in those tagged `expected_response:true`)",
    )
    tagged = read_k6(encode(shape()), choose(f"{DURATION}{{expected_response:true}}", "p95"))
    assert (tagged.runs[0].figures["p95"], tagged.unit) == (140.5, "ms")
    assert tagged.warnings == ("10 of 200 requests failed",)


@every_shape
def test_the_booleans_of_thresholds_are_not_read(shape: Any) -> None:
    turned = deepcopy(METRICS)
    for metric in turned.values():
        for said in metric.get("thresholds", {}).values():
            said["ok"] = True
    for select, aggregate in ((DURATION, "p95"), ("http_req_failed", "rate")):
        before, after = (
            read_k6(encode(shape(found)), choose(select, aggregate)) for found in (METRICS, turned)
        )
        assert before == after


@every_shape
@pytest.mark.parametrize(
    ("name", "direction", "expected"),
    [
        ("http_req_failed", "lower", Count(10, 200)),
        ("checks", "higher", Count(10, 400)),
        ("checks", "lower", Count(10, 400)),
        ("answers_cut", "lower", Count(4, 200)),
        ("answers_cut", "higher", Count(196, 200)),
    ],
)
def test_rates_are_counts(shape: Any, name: str, direction: str, expected: Count) -> None:
    selection = choose(name, "rate")._replace(direction=direction)
    assert read_k6(encode(shape()), selection).runs[0].events == expected


@every_shape
def test_counters_and_gauges(shape: Any) -> None:
    (run,) = read_k6(encode(shape()), choose("http_reqs", "sum")).runs
    assert run.figures == {"count": 200, "sum": 200}
    (run,) = read_k6(encode(shape()), choose("vus", "max")).runs
    assert run.figures == {"min": 5, "max": 10, "last": 5}
    assert read_k6(encode(for_handle_summary()), choose("data_received", "sum")).unit == "B"


def test_what_the_machine_readable_summary_tells() -> None:
    reading = read_k6(encode(for_machines()), choose(DURATION, "p95"))
    assert (reading.tool, reading.time) == ("k6 2.2.0", "2026-11-29T20:15:00Z")
    assert reading.runs[0].time == reading.time
    assert read_k6(encode(for_machines()), choose("checks_failed", "rate")).runs[0].events == Count(10, 400)
    for shape in (for_handle_summary, for_summary_export):
        other = read_k6(encode(shape()), choose(DURATION, "p95"))
        assert (other.tool, other.time) == ("k6", "")


def test_more_percentiles() -> None:
    metrics = with_values(DURATION, {"p(99.9)": 200.5, "count": 200})
    (run,) = read_k6(encode(for_handle_summary(metrics)), choose(DURATION, "p99.9")).runs
    assert (run.figures["p99.9"], run.figures["count"]) == (200.5, 200)


@every_shape
@pytest.mark.parametrize(
    ("name", "values", "code", "part"),
    [
        (DURATION, {"p(95)": None}, "not_finite", "p(95) is missing"),
        (DURATION, {"p(95)": float("nan")}, "not_finite", "p(95) is nan"),
        (DURATION, {"p(95)": "fast"}, "unreadable", "p(95) is a text (`fast`)"),
        (DURATION, {"p(95)": 0.14225}, "unreadable", "the figures contradict each other"),
        (DURATION, {"avg": 5250}, "unreadable", "the figures contradict each other"),
        (DURATION, {"med": 300}, "unreadable", "the figures contradict each other"),
        (DURATION, dict.fromkeys(METRICS[DURATION]["values"], 0), "empty", "zeros alone"),
        ("http_req_failed", {"passes": 200, "fails": 0, "rate": 1}, "all_failed", "all 200 requests failed"),
    ],
)
def test_bad_figures(shape: Any, name: str, values: dict[str, Any], code: str, part: str) -> None:
    found, reason = refuse(read_k6, encode(shape(with_values(name, values))), choose(DURATION, "p95"))
    assert found == code
    assert part in reason


@every_shape
@pytest.mark.parametrize(
    ("values", "code", "part"),
    [
        ({"passes": 0, "fails": 0, "rate": 0}, "empty", "no events"),
        ({"rate": 0.005}, "unreadable", "10 of 200 events contradict the rate 0.005"),
        ({"rate": None}, "not_finite", "rate is missing"),
        ({"passes": -10, "fails": 210}, "unreadable", "which is no count"),
        ({"passes": 0.5, "fails": 9.5}, "unreadable", "is 0.5, which is no count"),
    ],
)
def test_bad_rates(shape: Any, values: dict[str, Any], code: str, part: str) -> None:
    data = encode(shape(with_values("http_req_failed", values)))
    found, reason = refuse(read_k6, data, choose("http_req_failed", "rate"))
    assert found == code
    assert part in reason


@every_shape
def test_what_there_is_not_is_listed(shape: Any) -> None:
    code, reason = refuse(read_k6, encode(shape()), choose(DURATION, "p99"))
    assert code == "unsuitable"
    assert "k6 tells no p99 here, and no raw values; there are `mean`" in reason
    code, reason = refuse(read_k6, encode(shape()), choose("http_req_durations", "p95"))
    assert code == "no_match"
    assert "did you mean `http_req_duration`?" in reason
    assert refuse(read_k6, encode(shape()), choose("", "p95"))[0] == "ambiguous"


def test_a_metric_that_occurs_twice() -> None:
    document = for_machines()
    document["results"]["metrics"].append(document["results"]["metrics"][0])
    code, reason = refuse(read_k6, encode(document), choose(DURATION, "p95"))
    assert (code, reason) == ("ambiguous", f"results.metrics[7]: the metric `{DURATION}` occurs twice")


@pytest.mark.parametrize(
    ("document", "part"),
    [
        ({}, "it has neither `results` nor `metrics`"),
        ({"results": {}}, "`results` has no list `metrics`"),
        ({"results": {"metrics": [{"name": "a"}]}}, "results.metrics[0] has no `name` or no `values`"),
        ({"metrics": {"a": 1}}, "metrics.a is no object"),
        (
            {"metrics": {"a": {"contains": "default", "type": "histogram", "values": {"avg": 1}}}},
            "is no type",
        ),
        (
            {"metrics": {"a": {"type": "trend", "values": {"avg": 1}}}},
            "metrics.a.contains is none of time, data",
        ),
    ],
)
def test_other_files_are_refused(document: Any, part: str) -> None:
    code, reason = refuse(read_k6, encode(document), choose())
    assert code == "unreadable"
    assert part in reason
