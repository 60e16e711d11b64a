"""MLflow: recorded answers of its server. The stores are tested in `tests/measurements/queried/`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from measurements.reading import choose, read_values, recorded_folder, refuse, values_of
from rulewright.measurements.readers.mlflow import read_mlflow

FOLDER = recorded_folder("mlflow")
COMMIT = "1f0c6b0e7d5a4c3b2a19087f6e5d4c3b2a190870"
NIGHTS = {"mlflow": {"response": "runs.json", "run": "night-0"}}


def recorded(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def body(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(recorded(name))
    return loaded


ALL: dict[str, Any] = {"mlflow": {"response": "runs.json", "run": "*"}}


def test_the_last_run_that_counts() -> None:
    reading = read_mlflow(recorded("runs"), choose("accuracy"))
    assert values_of(reading) == [[0.923]]
    assert reading.warnings[0] == "left out: deleted is deleted, failed is FAILED, running is RUNNING"


def test_runs_before_the_last_are_not_warned_of() -> None:
    answer = body("runs")
    for run in answer["runs"]:
        if run["info"]["run_name"] in ("failed", "running", "deleted"):
            run["info"]["start_time"] = 1
    reading = read_mlflow(json.dumps(answer).encode(), choose("accuracy"))
    assert reading.warnings == ("the answer has the last value of each run only",)


def test_runs_in_order_of_time_without_those_that_do_not_count() -> None:
    reading = read_mlflow(recorded("runs"), choose("accuracy", arguments=ALL))
    assert values_of(reading) == [[0.903], [0.913], [0.923]]
    assert [run.time for run in reading.runs] == sorted(run.time for run in reading.runs)
    assert (reading.commit, reading.tool, reading.time) == (COMMIT, "mlflow", reading.runs[0].time)
    assert reading.warnings == (
        "left out: deleted is deleted, failed is FAILED, running is RUNNING",
        "the answer has the last value of each run only",
    )


def test_one_run_is_named() -> None:
    assert values_of(read_mlflow(recorded("runs"), choose("accuracy", arguments=NIGHTS))) == [[0.903]]
    assert read_values(read_mlflow, recorded("run"), choose("accuracy")) == [0.903]


def test_a_history_is_ordered_by_step() -> None:
    answer = body("history")
    answer["metrics"].reverse()
    data = json.dumps(answer).encode()
    assert read_values(read_mlflow, data, choose("accuracy")) == [0.9, 0.901, 0.902, 0.903]
    assert read_mlflow(data, choose("accuracy")).warnings == (
        "the answer does not tell whether the run has finished",
    )


@pytest.mark.parametrize(
    ("name", "select", "code", "text"),
    [
        ("run-not-finite", "loss", "not_finite", "`loss` at step 0 in the run night-2 is `NaN`"),
        (
            "run-not-finite",
            "perplexity",
            "not_finite",
            "`perplexity` at step 0 in the run night-2 is 1.79769e+308",
        ),
        ("runs", "loss", "not_finite", "`loss` at step 0"),
        ("history-nan", "loss", "not_finite", "`loss` at step 0 is `NaN`"),
        ("runs", "recall", "no_match", "there is accuracy, loss, perplexity"),
        ("runs", "", "ambiguous", "`select` names no metric; there is accuracy, loss, perplexity"),
        ("history", "loss", "no_match", "metrics[0] is of `accuracy`, not of `loss`"),
        ("unknown-metric", "recall", "empty", "the answer is `{}`"),
        ("unknown-run", "accuracy", "no_match", "RESOURCE_DOES_NOT_EXIST: Run with id="),
        ("runs-page", "accuracy", "unreadable", "one page of several"),
        ("history-page", "accuracy", "unreadable", "one page of several"),
        ("experiment", "accuracy", "unreadable", "none of `runs`, `run` and `metrics`"),
    ],
)
def test_what_gives_no_values_is_refused(name: str, select: str, code: str, text: str) -> None:
    found, reason = refuse(read_mlflow, recorded(name), choose(select))
    assert found == code
    assert text in reason


@pytest.mark.parametrize("named", ["failed", "running", "deleted"])
def test_a_run_that_does_not_count_is_empty(named: str) -> None:
    arguments = {"mlflow": {"response": "runs.json", "run": named}}
    code, reason = refuse(read_mlflow, recorded("runs"), choose("accuracy", arguments=arguments))
    assert code == "empty"
    assert reason.startswith(f"no run is finished and active: {named} is ")


def test_an_unknown_run_lists_those_that_there_are() -> None:
    arguments = {"mlflow": {"response": "runs.json", "run": "night-9"}}
    code, reason = refuse(read_mlflow, recorded("runs"), choose("accuracy", arguments=arguments))
    assert code == "no_match"
    assert reason.startswith("no run is `night-9`; there is deleted, failed, night-0")


def test_a_run_without_the_metric_is_missing() -> None:
    answer = body("runs")
    run = next(run for run in answer["runs"] if run["info"]["run_name"] == "night-1")
    run["data"]["metrics"] = [metric for metric in run["data"]["metrics"] if metric["key"] != "accuracy"]
    code, reason = refuse(read_mlflow, json.dumps(answer).encode(), choose("accuracy", arguments=ALL))
    assert (code, reason) == ("not_finite", "1 of 3 runs lack the metric `accuracy`: night-1")


def test_repeated_runs_metrics_and_values_are_ambiguous() -> None:
    answer = body("runs")
    answer["runs"] *= 2
    assert refuse(read_mlflow, json.dumps(answer).encode(), choose("accuracy"))[0] == "ambiguous"
    answer = body("run")
    answer["run"]["data"]["metrics"] *= 2
    assert refuse(read_mlflow, json.dumps(answer).encode(), choose("accuracy"))[0] == "ambiguous"
    answer = body("history")
    answer["metrics"] *= 2
    assert refuse(read_mlflow, json.dumps(answer).encode(), choose("accuracy"))[0] == "ambiguous"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "not_finite"),
        ("Infinity", "not_finite"),
        ("-Infinity", "not_finite"),
        ("0.9", "unreadable"),
        (True, "unreadable"),
    ],
)
def test_values_that_are_no_numbers_are_refused(value: object, code: str) -> None:
    answer = body("history")
    answer["metrics"][1]["value"] = value
    assert refuse(read_mlflow, json.dumps(answer).encode(), choose("accuracy"))[0] == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"metrics": 3}, "unreadable"),
        ({"metrics": [{"key": "accuracy", "value": 1, "step": "one"}]}, "unreadable"),
        ({"metrics": [], "next_page_token": "x"}, "unreadable"),
        ({"metrics": []}, "empty"),
        ({"runs": []}, "empty"),
        ({"runs": [{"info": {}}]}, "unreadable"),
        ({"run": {"info": {"run_id": "a", "start_time": 1.5}}}, "unreadable"),
        ({"run": {"info": {"run_id": "a"}, "data": {"metrics": [{}]}}}, "unreadable"),
        ({"error_code": "INTERNAL_ERROR", "message": "a\nb"}, "unreadable"),
    ],
)
def test_a_broken_answer_is_refused(change: dict[str, object], code: str) -> None:
    assert refuse(read_mlflow, json.dumps(change).encode(), choose("accuracy"))[0] == code


def test_what_is_no_answer_is_refused() -> None:
    assert refuse(read_mlflow, b"[]", choose())[0] == "unreadable"
    assert refuse(read_mlflow, b"", choose())[0] == "empty"
