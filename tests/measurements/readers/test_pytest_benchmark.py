"""pytest-benchmark's files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from measurements.reading import RECORDED, choose, read_values, refuse
from rulewright.measurements.readers.pytest_benchmark import read_pytest_benchmark

RECORDED_FILE = RECORDED / "pytest-benchmark.json"


def document(**changes: Any) -> dict[str, Any]:
    """The recorded file, with other members."""
    return {**json.loads(RECORDED_FILE.read_bytes()), **changes}


def with_stats(changes: dict[str, Any], *, without: tuple[str, ...] = ()) -> bytes:
    """The recorded file, with other `stats` of the first benchmark."""
    made = document()
    made["benchmarks"][0]["stats"] |= changes
    for name in without:
        del made["benchmarks"][0]["stats"][name]
    return json.dumps(made).encode()


CHAT = choose("test_chat", "p95")


@pytest.mark.parametrize("select", ["test_chat", "test_b.py::test_chat"])
def test_a_recorded_file(select: str) -> None:
    reading = read_pytest_benchmark(RECORDED_FILE.read_bytes(), choose(select, "p95"))
    (run,) = reading.runs
    data = document()["benchmarks"][0]["stats"]["data"]
    assert list(run.values) == data
    assert len(data) == 8
    assert (reading.unit, reading.tool, reading.commit) == ("s", "pytest-benchmark 5.3.1", "")
    assert reading.time == run.time == "2026-11-29T20:29:15Z"
    assert reading.machine == {"cpu": "AMD EPYC", "cores": 2}
    assert reading.warnings == ()


def test_the_commit_and_its_changes() -> None:
    about = {"id": "0" * 40, "dirty": True}
    reading = read_pytest_benchmark(json.dumps(document(commit_info=about)).encode(), CHAT)
    assert reading.commit == "0" * 40
    assert reading.warnings == ("files had changed since the commit (`dirty`)",)


@pytest.mark.parametrize("time", ["2026-11-29T20:29:15", "yesterday"])
def test_a_time_that_says_nothing(time: str) -> None:
    reading = read_pytest_benchmark(json.dumps(document(datetime=time)).encode(), CHAT)
    assert reading.time == ""
    assert f"the time `{time}` " in reading.warnings[0]


def test_parametrised_benchmarks_are_apart() -> None:
    data = RECORDED_FILE.read_bytes()
    code, reason = refuse(read_pytest_benchmark, data, choose("test_many"))
    assert code == "no_match"
    assert "`test_b.py::test_many[1]`, `test_b.py::test_many[2]`" in reason
    assert refuse(read_pytest_benchmark, data, choose())[0] == "ambiguous"
    twice = document()
    twice["benchmarks"][1] |= {"name": "test_chat", "fullname": "test_c.py::test_chat"}
    code, reason = refuse(read_pytest_benchmark, json.dumps(twice).encode(), CHAT)
    expected = "2 benchmarks are named `test_chat`: `test_b.py::test_chat`, `test_c.py::test_chat`"
    assert (code, reason) == ("ambiguous", expected)
    twice["benchmarks"][1]["fullname"] = "test_b.py::test_chat"
    code, _ = refuse(read_pytest_benchmark, json.dumps(twice).encode(), choose("test_b.py::test_chat"))
    assert code == "ambiguous"


@pytest.mark.parametrize("aggregate", ["p95", "p99", "max"])
def test_means_of_many_calls_have_no_tail(aggregate: str) -> None:
    data = RECORDED_FILE.read_bytes()
    code, reason = refuse(read_pytest_benchmark, data, choose("test_many[1]", aggregate))
    assert code == "unsuitable"
    assert f"each value is a mean of 10 calls, so its {aggregate} is no latency" in reason
    reading = read_pytest_benchmark(data, choose("test_many[1]", "median"))
    assert reading.warnings == ("each value is a mean of 10 calls",)


def test_without_raw_values_it_is_a_summary() -> None:
    data = with_stats({}, without=("data",))
    reading = read_pytest_benchmark(data, choose("test_chat", "median"))
    stats = document()["benchmarks"][0]["stats"]
    assert reading.runs[0].figures == {
        "min": stats["min"],
        "max": stats["max"],
        "mean": stats["mean"],
        "median": stats["median"],
        "p50": stats["median"],
        "sum": stats["total"],
        "count": 8,
    }
    assert len(reading.runs[0].values) == 0
    assert "--benchmark-save-data" in reading.warnings[0]
    code, reason = refuse(read_pytest_benchmark, data, CHAT)
    assert code == "unsuitable"
    assert "tells no p95 here, and no raw values; there are `min`, `max`, `mean`" in reason


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"data": []}, "not_finite", "has 0 values of 8 rounds"),
        ({"rounds": 0, "data": []}, "empty", "no rounds"),
        ({"data": [0.1] * 7}, "not_finite", "has 7 values of 8 rounds"),
        ({"data": [0.1] * 9}, "unreadable", "has 9 values of 8 rounds"),
        ({"data": [0.1] * 7 + [None]}, "not_finite", "benchmarks[0].stats.data[7] is missing"),
        ({"data": [0.1] * 7 + [float("nan")]}, "not_finite", "benchmarks[0].stats.data[7] is nan"),
        ({"data": [0.1] * 7 + ["NaN"]}, "not_finite", "benchmarks[0].stats.data[7] is `NaN`"),
        ({"data": [0.1] * 7 + [1.7976931348623157e308]}, "not_finite", "data[7] is 1.79769e+308"),
        ({"data": [0.1] * 7 + [10**400]}, "not_finite", "data[7] is no number that a float holds"),
        ({"data": [0.1] * 7 + ["fast"]}, "unreadable", "benchmarks[0].stats.data[7] is a text (`fast`)"),
        ({"data": [0.1] * 7 + [True]}, "unreadable", "benchmarks[0].stats.data[7] is a boolean"),
        ({"data": [100.0] * 8}, "unreadable", "benchmarks[0].stats.min contradicts `data`, whose min is 100"),
        ({"data": 5}, "unreadable", "benchmarks[0].stats.data is no list"),
        ({"rounds": 7.5}, "unreadable", "benchmarks[0].stats.rounds is 7.5, which is no count"),
        ({"rounds": None}, "not_finite", "benchmarks[0].stats.rounds is missing"),
    ],
)
def test_bad_stats(changes: dict[str, Any], code: str, part: str) -> None:
    found, reason = refuse(read_pytest_benchmark, with_stats(changes), CHAT)
    assert found == code
    assert part in reason


def test_other_files_are_refused() -> None:
    assert refuse(read_pytest_benchmark, b"{}", CHAT)[0] == "unreadable"
    assert refuse(read_pytest_benchmark, b'{"benchmarks": []}', CHAT)[0] == "empty"
    assert refuse(read_pytest_benchmark, b'{"benchmarks": [1]}', CHAT)[0] == "unreadable"
    assert refuse(read_pytest_benchmark, b'{"benchmarks": [{"name": "test_chat"}]}', CHAT)[0] == "not_finite"


def test_one_benchmark_needs_no_name() -> None:
    made = document()
    del made["benchmarks"][1:]
    assert len(read_values(read_pytest_benchmark, json.dumps(made).encode(), choose())) == 8
