"""What tests measured becomes records: one for each metric and run."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rulewright.measurements.records import sample_of_records
from rulewright_pytest.measured_series import MeasuredSeries, MeasuredTest, fail_series, strip_run
from rulewright_pytest.session_records import build_session_records


def series(metric: str, values: list[float], unit: str = "s", **more: Any) -> MeasuredSeries:
    found: MeasuredSeries = {
        "metric": metric,
        "test": "",
        "unit": unit,
        "values": values,
        "mean": None,
        "failed": 0,
    }
    found.update(more)  # type: ignore[typeddict-item]
    return found


def measurement(run: int, start: float, *measured: MeasuredSeries) -> MeasuredTest:
    return {"run": run, "start": start, "series": list(measured)}


def test_tests_of_a_run_join_in_order_of_time() -> None:
    """They may arrive in any order: workers of xdist end when they end."""
    found = [
        measurement(1, 20.0, series("chat", [3.0])),
        measurement(2, 30.0, series("chat", [4.0])),
        measurement(1, 10.0, series("chat", [1.0, 2.0], failed=1)),
    ]
    assert build_session_records(found, commit="abcdef0", machine={"cores": 2}, tool="pytest 9") == [
        {
            "metric": "chat",
            "unit": "s",
            "sha": "abcdef0",
            "tool": "pytest 9",
            "machine": {"cores": 2},
            "values": [1.0, 2.0, 3.0],
            "failed": 1,
            "id": "1",
            "time": "1970-01-01T00:00:10.000000Z",
        },
        {
            "metric": "chat",
            "unit": "s",
            "sha": "abcdef0",
            "tool": "pytest 9",
            "machine": {"cores": 2},
            "values": [4.0],
            "id": "2",
            "time": "1970-01-01T00:00:30.000000Z",
        },
    ]


def test_another_unit_is_converted() -> None:
    found = [measurement(1, 1.0, series("chat", [0.5])), measurement(1, 2.0, series("chat", [250.0], "ms"))]
    (record,) = build_session_records(found)
    assert (record["unit"], record["values"]) == ("s", [0.5, 0.25])


def test_a_unit_that_cannot_be_converted_is_a_problem_of_the_metric() -> None:
    found = [measurement(1, 1.0, series("chat", [0.5])), measurement(1, 2.0, series("chat", [7.0], "MiB"))]
    records = build_session_records(found)
    assert [(record["unit"], record["values"]) for record in records] == [("s", [0.5]), ("MiB", [7.0])]
    sample = sample_of_records(records)
    assert sample is not None
    assert sample.problem is not None
    assert sample.problem.code == "unit"


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_not_finite_is_missing(value: float) -> None:
    records = build_session_records([measurement(1, 1.0, series("recall", [0.9, value], "ratio"))])
    assert records[0]["values"] == [0.9, None]
    sample = sample_of_records(records)
    assert sample is not None
    assert sample.problem is not None
    assert sample.problem.code == "not_finite"


def test_benchmarks_that_share_a_name_are_named_after_their_tests() -> None:
    """Two benchmarks in one series would hide the slower of them."""
    first = series("test_load", [1.0], test="a.py::test_load")
    second = series("test_load", [9.0], test="b.py::test_load")
    alone = series("test_save", [2.0], test="b.py::test_save")
    records = build_session_records([measurement(1, 1.0, first), measurement(1, 2.0, second, alone)])
    assert [(record["metric"], record["values"]) for record in records] == [
        ("a.py::test_load", [1.0]),
        ("b.py::test_load", [9.0]),
        ("test_save", [2.0]),
    ]


def test_a_benchmark_and_a_metric_of_one_name_stay_apart() -> None:
    benchmark = series("chat", [9.0], test="a.py::chat")
    records = build_session_records([measurement(1, 1.0, benchmark, series("chat", [1.0]))])
    assert [(record["metric"], record["values"]) for record in records] == [
        ("a.py::chat", [9.0]),
        ("chat", [1.0]),
    ]


def test_means_of_several_calls_are_a_figure() -> None:
    means = series("test_load", [], test="a.py::test_load", mean=0.25)
    (record,) = build_session_records([measurement(3, 1.0, means)])
    assert record["figures"] == {"mean": 0.25}
    assert "values" not in record
    sample = sample_of_records([record])
    assert sample is not None
    assert sample.runs[0].figures == {"mean": 0.25}


def test_a_test_that_fails_has_failures_and_no_values() -> None:
    assert fail_series(series("chat", [1.0, 2.0], failed=1)) == series("chat", [], failed=3)
    assert fail_series(series("chat", [])) == series("chat", [], failed=1)
    assert fail_series(series("test_load", [], mean=0.5)) == series("test_load", [], failed=1)
    (record,) = build_session_records([measurement(1, 1.0, series("chat", [], failed=3))])
    assert (record["values"], record["failed"]) == ([], 3)


@pytest.mark.parametrize(
    ("test", "stripped"),
    [
        ("a.py::test_chat[run1]", "a.py::test_chat"),
        ("a.py::test_chat[long-run12]", "a.py::test_chat[long]"),
        ("a.py::test_chat[run1-x]", "a.py::test_chat[run1-x]"),
        ("a.py::test_chat[prerun1]", "a.py::test_chat[prerun1]"),
        ("a.py::test_run1", "a.py::test_run1"),
    ],
)
def test_the_number_of_the_run_is_no_part_of_a_name(test: str, stripped: str) -> None:
    assert strip_run(test) == stripped


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.permutations(
        [
            measurement(run, run * 100.0 + number, series(metric, [float(number), run / 3]))
            for run in (1, 2, 3)
            for number, metric in enumerate(("chat", "load", "chat", "recall"))
        ]
    )
)
def test_the_order_in_which_tests_end_changes_nothing(found: list[MeasuredTest]) -> None:
    records = build_session_records(found)
    assert records == build_session_records(sorted(found, key=lambda one: one["start"]))
    assert [(record["metric"], record["id"]) for record in records] == [
        (metric, run) for metric in ("chat", "load", "recall") for run in ("1", "2", "3")
    ]
