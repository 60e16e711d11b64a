"""locust's JSON and CSV."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.reading import RECORDED, choose, refuse
from rulewright.measurements.readers.locust import make_buckets, read_locust
from rulewright.measurements.sample import Count

JSON = (RECORDED / "locust.json").read_bytes()
CSV = (RECORDED / "locust_stats.csv").read_bytes()
HISTORY = (RECORDED / "locust_stats_history.csv").read_bytes()
GET = choose("GET /chat", "p95")


def entry(**changes: Any) -> dict[str, Any]:
    """What locust writes about one name."""
    made = {
        "name": "/chat",
        "method": "GET",
        "last_request_timestamp": 1795984745.4,
        "start_time": 1795984740.0,
        "num_requests": 4,
        "num_none_requests": 0,
        "num_failures": 1,
        "total_response_time": 411.0,
        "max_response_time": 203.0,
        "min_response_time": 8.25,
        "response_times": {"8": 1, "99": 1, "100": 1, "200": 1},
    }
    return made | changes


def written(*entries: dict[str, Any]) -> bytes:
    """The JSON file."""
    return json.dumps(entries).encode()


def test_a_recorded_histogram() -> None:
    reading = read_locust(JSON, GET)
    (run,) = reading.runs
    assert run.buckets is not None
    assert sum(run.buckets.counts) == 137 - 6
    assert run.failed == 6
    assert run.buckets.high == 201.35520299663767
    assert run.buckets.counts[-1] == 0
    assert run.buckets.bounds[-2:] == (195, 205)
    assert run.buckets.counts[-2] == 18
    assert (reading.unit, reading.tool, reading.time) == ("ms", "locust", "2026-11-29T20:39:05Z")
    assert "6 of 137 requests failed; they are taken from the fast end" in reading.warnings[1]


def test_the_width_of_buckets_is_that_of_the_rounding() -> None:
    buckets = make_buckets({8: 1, 99: 2, 100: 3, 1000: 4, 10_000: 5, 11_000: 6, 50: 0})
    assert buckets.bounds == (7.5, 8.5, 98.5, 99.5, 105, 995, 1050, 9950, 10500, 11500)
    assert buckets.counts == (0, 1, 0, 2, 3, 0, 4, 0, 5, 6, 0)
    assert make_buckets({0: 1, 1: 1}).bounds == (0, 0.5, 1.5)


def _round(time: float) -> int:
    """What locust does with a time, restated."""
    digits = 0 if time < 100 else -1 if time < 1000 else -2 if time < 10_000 else -3
    return int(round(time, digits))


@given(st.lists(st.floats(0, 50_000), min_size=1, max_size=40))
@settings(deadline=None)
def test_every_time_lies_in_its_bucket(times: list[float]) -> None:
    rounded: dict[int, int] = {}
    for time in times:
        rounded[_round(time)] = rounded.get(_round(time), 0) + 1
    buckets = make_buckets(rounded)
    assert list(buckets.bounds) == sorted(set(buckets.bounds))
    for position, bound in enumerate(buckets.bounds):
        below = sum(buckets.counts[: position + 1])
        assert sum(time < bound for time in times) <= below <= sum(time <= bound for time in times)
    told = entry(
        response_times={str(time): count for time, count in rounded.items()},
        num_requests=len(times),
        num_failures=0,
        total_response_time=sum(times),
        min_response_time=min(times),
        max_response_time=max(times),
    )
    (run,) = read_locust(written(told), choose()).runs
    assert run.buckets == buckets._replace(low=min(times), high=max(times))


def test_failed_requests_are_taken_from_the_fast_end() -> None:
    (run,) = read_locust(written(entry()), choose()).runs
    assert run.buckets is not None
    assert run.buckets.bounds == (98.5, 99.5, 105, 195, 205)
    assert run.buckets.counts == (0, 1, 1, 0, 1, 0)
    assert (run.buckets.low, run.buckets.high, run.failed) == (None, 203, 1)


def test_names_and_methods() -> None:
    code, reason = refuse(read_locust, JSON, choose("/chat", "p95"))
    assert code == "ambiguous"
    assert "2 requests are named `/chat`" in reason
    assert "`POST /chat`" in reason
    assert refuse(read_locust, JSON, choose("", "p95"))[0] == "ambiguous"
    code, reason = refuse(read_locust, JSON, choose("/chatt", "p95"))
    assert code == "no_match"
    assert "did you mean `/chat`?" in reason
    assert "`GET /chat`" in reason
    assert "`Aggregated`" in reason


def test_all_requests_together_only_when_asked_for() -> None:
    entries = json.loads(JSON)
    (run,) = read_locust(JSON, choose("Aggregated", "p95")).runs
    assert run.buckets is not None
    assert sum(run.buckets.counts) + run.failed == sum(item["num_requests"] for item in entries)
    assert read_locust(JSON, choose("Aggregated", "rate")).runs[0].events == Count(
        run.failed, sum(run.buckets.counts) + run.failed
    )


def test_the_share_of_failed_requests() -> None:
    assert read_locust(JSON, choose("GET /chat", "rate")).runs[0].events == Count(6, 137)
    assert read_locust(CSV, choose("GET /chat", "rate")).runs[0].events == Count(5, 128)
    all_failed = written(entry(num_failures=4))
    assert read_locust(all_failed, choose("", "rate")).runs[0].events == Count(4, 4)


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"num_failures": 4}, "all_failed", "all 4 requests failed"),
        ({"num_failures": 5}, "unreadable", "5 of 4 requests failed"),
        ({"num_requests": 0, "response_times": {}}, "empty", "has no requests"),
        ({"num_requests": 5}, "not_finite", "response_times has 4 times of 5 requests"),
        ({"num_none_requests": 1}, "not_finite", "response_times has 4 times of 3 requests"),
        ({"num_none_requests": 4, "response_times": {}}, "empty", "has no times"),
        ({"num_failures": None}, "not_finite", "entry 0.num_failures is missing"),
        ({"num_failures": -1}, "unreadable", "entry 0.num_failures is -1, which is no count"),
        ({"response_times": None}, "not_finite", "entry 0.response_times is missing"),
        ({"response_times": {"8": 3, "NaN": 1}}, "unreadable", "response_times has the time `NaN`"),
        (
            {"response_times": {"8": 3, "147": 1}},
            "unsuitable",
            "147 ms, which locust's own rounding does not give",
        ),
        ({"response_times": {"8": 3, "200": "NaN"}}, "not_finite", "response_times[200] is `NaN`"),
        (
            {"response_times": {"8": 2, "99": 1, "100": 1}},
            "unreadable",
            "contradicts the least, the greatest",
        ),
        ({"max_response_time": 0.203}, "unreadable", "contradicts the least, the greatest"),
        ({"max_response_time": float("nan")}, "not_finite", "entry 0.max_response_time is nan"),
        ({"total_response_time": 4110.0}, "unreadable", "contradicts the least, the greatest"),
        (
            {"num_none_requests": 1, "num_requests": 5, "num_failures": 4},
            "all_failed",
            "all 5 requests failed",
        ),
    ],
)
def test_bad_entries(changes: dict[str, Any], code: str, part: str) -> None:
    found, reason = refuse(read_locust, written(entry(**changes)), choose())
    assert found == code
    assert part in reason


@pytest.mark.parametrize(
    ("data", "code", "part"),
    [
        (b"[]", "empty", "it holds no request"),
        (b"{}", "unreadable", "it holds no list"),
        (b"[1]", "unreadable", "an item of the list has no `num_requests`"),
        (JSON[:-30], "unreadable", "the file seems to be cut off"),
        (HISTORY, "unsuitable", "it is `_stats_history.csv`; use `_stats.csv`, or the JSON"),
        (b"Name,p95\n/chat,1\n", "unreadable", "row 1 has no column `Type`"),
        (CSV[:300], "unreadable", "cells, and the header has 22"),
        (CSV.replace(b"128,5", b"128,128"), "all_failed", "all 128 requests failed"),
        (CSV.replace(b"128,5", b"128,129"), "unreadable", "129 of 128 requests failed"),
        (CSV.replace(b"128,5", b"0,0"), "empty", "row 2 has no requests"),
        (CSV.replace(b"128,5", b"N/A,5"), "not_finite", "row 2, column `Request Count` is `N/A`"),
        (CSV.replace(b",59,76,", b",N/A,N/A,"), "not_finite", "row 2, column `50%` is `N/A`"),
        (CSV.replace(b",59,76,", b",590,76,"), "unreadable", "row 2: the figures contradict each other"),
        (
            CSV.replace(b"91.9512509225342", b"0.0919"),
            "unreadable",
            "row 2: the figures contradict each other",
        ),
    ],
)
def test_bad_files(data: bytes, code: str, part: str) -> None:
    found, reason = refuse(read_locust, data, GET)
    assert found == code
    assert part in reason


def test_the_csv_is_a_summary() -> None:
    reading = read_locust(CSV, GET)
    (run,) = reading.runs
    expected = {"p50": 59, "median": 59, "p95": 200, "p99.9": 200, "mean": 91.9512509225342}
    assert {name: run.figures[name] for name in expected} == expected
    assert (reading.unit, run.failed, run.buckets) == ("ms", 5, None)
    assert len(reading.warnings) == 3
    assert "misses the requests of the last seconds" in reading.warnings[0]
    assert read_locust(CSV, choose("Aggregated", "p95")).runs[0].failed == 10
    assert refuse(read_locust, CSV, choose("GET /chat", "p97"))[0] == "unsuitable"
    without = b"\n".join(line for line in CSV.splitlines() if b"Aggregated" not in line) + b"\n"
    assert refuse(read_locust, without, choose("Aggregated", "p95"))[0] == "no_match"
    assert refuse(read_locust, CSV, choose("/login", "p95"))[0] == "no_match"
