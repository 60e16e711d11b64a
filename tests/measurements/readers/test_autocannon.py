"""autocannon's JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from measurements.reading import RECORDED, choose, refuse
from rulewright.measurements.readers.autocannon import read_autocannon
from rulewright.measurements.sample import Count

RECORDED_FILE = RECORDED / "autocannon.json"
REFUSED = (RECORDED / "autocannon_refused.json").read_bytes()


def changed(**changes: Any) -> bytes:
    """The recorded file with other members; `latency__p99` is a member of `latency`."""
    document = json.loads(RECORDED_FILE.read_bytes())
    for name, value in changes.items():
        group, _, member = name.partition("__")
        if member:
            document[group][member] = value
        else:
            document[group] = value
    return json.dumps(document).encode()


def test_a_recorded_file() -> None:
    reading = read_autocannon(RECORDED_FILE.read_bytes(), choose("latency", "p97.5"))
    (run,) = reading.runs
    assert run.figures["p97.5"] == 196
    assert {
        name: run.figures[name] for name in ("mean", "min", "max", "median", "p50", "p90", "p99.999")
    } == {
        "mean": 94.41,
        "min": 18,
        "max": 203,
        "median": 71,
        "p50": 71,
        "p90": 194,
        "p99.999": 203,
    }
    assert run.failed == 7
    assert (reading.unit, reading.tool) == ("ms", "autocannon")
    assert reading.time == run.time == "2026-11-29T20:39:10Z"
    assert reading.warnings == (
        "latencies are rounded to whole milliseconds",
        "7 of 167 requests failed; the latency of their answers is in the figures",
    )


def test_other_figures() -> None:
    reading = read_autocannon(RECORDED_FILE.read_bytes(), choose("requests", "mean"))
    assert (reading.runs[0].figures["mean"], reading.unit, reading.warnings) == (41.75, "", ())
    assert read_autocannon(RECORDED_FILE.read_bytes(), choose("throughput", "p50")).unit == "B"


def test_the_share_of_failed_requests() -> None:
    (run,) = read_autocannon(RECORDED_FILE.read_bytes(), choose(aggregate="rate")).runs
    assert run.events == Count(7, 167)
    with_errors = changed(errors=3, timeouts=2, mismatches=4)
    assert read_autocannon(with_errors, choose(aggregate="rate")).runs[0].events == Count(14, 170)
    assert read_autocannon(REFUSED, choose(aggregate="rate")).runs[0].events == Count(5144, 5144)


def test_no_neighbouring_percentile_stands_in() -> None:
    code, reason = refuse(read_autocannon, RECORDED_FILE.read_bytes(), choose("latency", "p95"))
    assert code == "unsuitable"
    assert "tells no p95 here" in reason
    assert "`p90`, `p97.5`, `p99`" in reason


@pytest.mark.parametrize(
    ("data", "code", "part"),
    [
        (REFUSED, "all_failed", "all 5144 requests failed"),
        (b"{}", "unreadable", "autocannon did not write it"),
        (b"[]", "unreadable", "it holds no object"),
        (changed(latency=None), "unreadable", "autocannon did not write it"),
        (changed(errors=None), "not_finite", "errors is missing"),
        (changed(non2xx="NaN"), "not_finite", "non2xx is `NaN`"),
        (changed(non2xx=0), "unreadable", "the counts contradict each other"),
        (changed(requests__total=160), "unreadable", "the counts contradict each other"),
        (changed(latency__mean=float("nan")), "not_finite", "latency.mean is nan"),
        (changed(latency__p99=None), "not_finite", "latency.p99 is missing"),
        (changed(latency__p99=0.199), "unreadable", "the figures contradict each other"),
        (changed(latency__mean=9441), "unreadable", "the figures contradict each other"),
        (changed(errors=0, non2xx=0, mismatches=0, requests={"total": 0}, **dict.fromkeys(("2xx", "5xx"), 0)),
         "empty", "no request was sent"),
    ],
)  # fmt: skip
def test_bad_files(data: bytes, code: str, part: str) -> None:
    found, reason = refuse(read_autocannon, data, choose("latency", "p99"))
    assert found == code
    assert part in reason


def test_an_unknown_figure_is_told() -> None:
    code, reason = refuse(read_autocannon, RECORDED_FILE.read_bytes(), choose("latencies", "p99"))
    assert code == "no_match"
    assert "`latency`, `requests`, `throughput`" in reason
