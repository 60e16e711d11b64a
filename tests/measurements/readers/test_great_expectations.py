"""Great Expectations: recorded results of suites over a small table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from measurements.reading import choose, recorded_folder, refuse
from rulewright.measurements.readers.great_expectations import read_great_expectations
from rulewright.measurements.sample import Count
from rulewright.policy.quantity import parse_moment

FOLDER = recorded_folder("great_expectations")
UNIQUE, BETWEEN, MEAN, NOT_NULL, ROWS = range(5)


def recorded(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def changed(change: Callable[[list[dict[str, Any]]], object]) -> bytes:
    """The recorded results after a change of the list of expectations."""
    body = json.loads(recorded("results"))
    change(body["results"])
    return json.dumps(body).encode()


@pytest.mark.parametrize("name", ["results", "checkpoint"])
def test_the_share_of_expectations_that_did_not_hold(name: str) -> None:
    for select in ("success", ""):
        reading = read_great_expectations(recorded(name), choose(select))
        assert reading.runs[0].events == Count(1, 5)


def test_time_and_version() -> None:
    reading = read_great_expectations(recorded("results"), choose("success"))
    assert reading.tool == "great-expectations 1.24.1"
    assert reading.time == reading.runs[0].time
    assert parse_moment(reading.time) is not None


def test_an_expectation_about_each_value_counts_values() -> None:
    reading = read_great_expectations(
        recorded("results"), choose("expect_column_values_to_be_between(score)")
    )
    assert reading.runs[0].events == Count(1, 19)
    assert reading.warnings == ("1 values of score are missing, and not counted",)
    reading = read_great_expectations(recorded("results"), choose("text"))
    assert reading.runs[0].events == Count(1, 20)


@pytest.mark.parametrize(
    ("select", "number"),
    [("expect_column_mean_to_be_between", 0.7644736842105263), ("expect_table_row_count_to_be_between", 20)],
)
def test_an_observed_value_is_a_figure(select: str, number: float) -> None:
    (run,) = read_great_expectations(recorded("results"), choose(select, "last")).runs
    assert dict(run.figures) == {"last": number}


def test_an_exception_is_an_expectation_that_did_not_hold() -> None:
    data = recorded("missing-column")
    reading = read_great_expectations(data, choose("success"))
    assert reading.runs[0].events == Count(2, 6)
    (warning,) = reading.warnings
    assert warning.startswith("expect_column_values_to_not_be_null(absent) raised: ")
    assert refuse(read_great_expectations, data, choose("absent"))[0] == "unreadable"


@pytest.mark.parametrize(
    ("name", "select", "code", "text"),
    [
        ("empty-suite", "success", "empty", "the suite is empty"),
        ("empty-table", "success", "empty", "checked a table without rows"),
        ("empty-table", "score", "empty", "checked a table without rows"),
        ("results", "score", "ambiguous", "matches 2 expectations: expect_column_mean_to_be_between(score)"),
        ("results", "scor", "no_match", "there is expect_column_mean_to_be_between(score)"),
    ],
)
def test_what_was_not_checked_is_refused(name: str, select: str, code: str, text: str) -> None:
    found, reason = refuse(read_great_expectations, recorded(name), choose(select))
    assert found == code
    assert text in reason


def test_success_of_the_suite_and_its_statistics_are_not_read() -> None:
    body = json.loads(recorded("results"))
    body["success"] = True
    body["statistics"] = {"evaluated_expectations": 50, "success_percent": 100.0}
    assert read_great_expectations(json.dumps(body).encode(), choose()).runs[0].events == Count(1, 5)


@pytest.mark.parametrize("place", [UNIQUE, BETWEEN, MEAN, NOT_NULL, ROWS])
def test_success_that_its_result_contradicts_is_refused(place: int) -> None:
    def flip(results: list[dict[str, Any]]) -> None:
        results[place]["success"] = not results[place]["success"]

    code, reason = refuse(read_great_expectations, changed(flip), choose())
    assert code == "unreadable"
    assert reason.startswith(f"results[{place}]: `success` is ")


@pytest.mark.parametrize(
    ("change", "select", "code"),
    [
        (lambda results: results[MEAN]["result"].update(observed_value=None), MEAN, "not_finite"),
        (lambda results: results[MEAN]["result"].update(observed_value=float("nan")), MEAN, "not_finite"),
        (lambda results: results[MEAN]["result"].update(observed_value="0.7"), MEAN, "unsuitable"),
        (lambda results: results[MEAN]["result"].clear(), MEAN, "unsuitable"),
        (lambda results: results[UNIQUE]["result"].update(unexpected_count=21), UNIQUE, "unreadable"),
        (lambda results: results[UNIQUE]["result"].update(unexpected_count=None), UNIQUE, "unreadable"),
        (lambda results: results[UNIQUE]["result"].update(missing_count=20), UNIQUE, "empty"),
        (lambda results: results[UNIQUE].pop("success"), UNIQUE, "unreadable"),
        (lambda results: results[UNIQUE].pop("expectation_config"), UNIQUE, "unreadable"),
        (lambda results: results[MEAN]["result"].clear(), "success", "unreadable"),
        (lambda results: results.clear(), "success", "empty"),
    ],
)
def test_a_changed_result_is_refused(
    change: Callable[[list[dict[str, Any]]], object], select: int | str, code: str
) -> None:
    names = {MEAN: "expect_column_mean_to_be_between", UNIQUE: "id"}
    chosen = names[select] if isinstance(select, int) else select
    assert refuse(read_great_expectations, changed(change), choose(chosen))[0] == code


def test_a_checkpoint_of_several_validations_is_ambiguous() -> None:
    body = json.loads(recorded("checkpoint"))
    body["validation_results"] *= 2
    assert refuse(read_great_expectations, json.dumps(body).encode(), choose())[0] == "ambiguous"


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), ("[]", "unreadable"), ("{}", "unreadable"), ('{"results": 3}', "unreadable")],
)
def test_what_is_no_result_is_refused(text: str, code: str) -> None:
    assert refuse(read_great_expectations, text.encode(), choose())[0] == code
