"""MLflow's REST API: recorded exchanges; with RULEWRIGHT_MLFLOW_URL the server itself, whose exchanges are recorded."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from measurements.answering_server import Exchanges, Given, serve
from measurements.reading import choose, recorded_folder, refuse, values_of
from rulewright.github.transport import Transport
from rulewright.measurements.queried.access import Access
from rulewright.measurements.queried.mlflow_api import query_mlflow
from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.policy.config import SourceHost
from rulewright.run.measurement_servers import build_query, build_send

FOLDER = recorded_folder("mlflow")
NIGHTS = [[0.9, 0.901, 0.902, 0.903], [0.91, 0.911, 0.912, 0.913], [0.92, 0.921, 0.922, 0.923]]
COMMIT = "1f0c6b0e7d5a4c3b2a19087f6e5d4c3b2a190870"

Ask = Callable[..., Reading]


def build_ask(url: str) -> Ask:
    """(selection, page, details of the source) → reading."""

    def ask(selection: Selection, page: int = 1000, **details: str) -> Reading:
        send = build_send({}, Transport())
        access = Access({"tracking": SourceHost(url)}, send, lambda _: b"", Path, 0.0)
        source: dict[str, Any] = {"uri": "tracking", **details}
        reading = query_mlflow(source, selection, access, page)
        assert reading is not None
        return reading

    return ask


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    exchanges = Exchanges(FOLDER / "exchanges.json", os.environ.get("RULEWRIGHT_MLFLOW_URL"))
    with serve(exchanges) as url:
        yield build_ask(url)


def refuse_answer(ask: Ask, select: str, **details: str) -> tuple[str, str]:
    return refuse(lambda _, selection: ask(selection, **details), b"", choose(select))


def test_all_runs_of_an_experiment_that_count(ask: Ask) -> None:
    reading = ask(choose("accuracy"), experiment="chat", run="*")
    assert [[round(value, 9) for value in run] for run in values_of(reading)] == NIGHTS
    assert (reading.commit, reading.tool) == (COMMIT, "mlflow")
    assert reading.warnings == ("left out: deleted is deleted, failed is FAILED, running is RUNNING",)
    assert reading.time == min(run.time for run in reading.runs)


def test_pages_are_joined(ask: Ask) -> None:
    paged = ask(choose("accuracy"), page=2, experiment="chat", run="*")
    assert paged == ask(choose("accuracy"), experiment="chat", run="*")


def test_a_run_by_name_and_by_id(ask: Ask) -> None:
    reading = ask(choose("accuracy"), run="night-1")
    assert values_of(reading) == NIGHTS[1:2]
    assert ask(choose("accuracy"), run=reading.runs[0].id) == reading
    assert ask(choose("accuracy"), experiment="chat", run="night-1") == reading


@pytest.mark.parametrize(
    ("select", "details", "code", "text"),
    [
        ("loss", {"experiment": "chat"}, "not_finite", "`loss` at step 0 in the run night-2 is `NaN`"),
        (
            "perplexity",
            {"run": "night-2"},
            "not_finite",
            "`perplexity` at step 0 in the run night-2 is 1.79769e+308",
        ),
        (
            "recall",
            {"experiment": "chat"},
            "no_match",
            "no run has the metric `recall`; there is accuracy, loss",
        ),
        ("accuracy", {"experiment": "chatt"}, "no_match", "no experiment is `chatt`; there is Default, chat"),
        ("accuracy", {}, "ambiguous", "name `experiment` or `run`; there are the experiments Default, chat"),
        ("accuracy", {"run": "night-9"}, "no_match", "no run is named `night-9`"),
        ("accuracy", {"run": "0" * 32}, "no_match", "RESOURCE_DOES_NOT_EXIST: Run with id="),
        ("accuracy", {"run": "failed"}, "empty", "no run is finished and active: failed is FAILED"),
        ("accuracy", {"run": "deleted"}, "empty", "no run is finished and active: deleted is deleted"),
        (
            "accuracy",
            {"experiment": "chat", "run": 'a"b'},
            "no_match",
            'no run is `a"b`; there is deleted, failed',
        ),
    ],
)
def test_what_gives_no_values_is_refused(
    ask: Ask, select: str, details: dict[str, str], code: str, text: str
) -> None:
    found, reason = refuse_answer(ask, select, **details)
    assert found == code
    assert text in reason


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        (Given(500, b"<html>"), "unreadable", "the server answered with status 500"),
        (Given(401, b""), "unreadable", "status 401: check `token_env` of the host"),
        (Given(200, b"<html>"), "unreadable", "line 1, column 1"),
        (Given(200, b"[]"), "unreadable", "the answer is no object: is this MLflow?"),
        (
            Given(400, b'{"error_code": "INVALID_PARAMETER_VALUE", "message": "no\\nid"}'),
            "unreadable",
            "no id",
        ),
    ],
)
def test_answers_that_are_none_of_mlflow(given: Given, code: str, text: str) -> None:
    with serve(lambda _: given) as url:
        found, reason = refuse_answer(build_ask(url), "accuracy", experiment="chat")
    assert found == code
    assert text in reason


def test_pages_without_end_are_refused() -> None:
    with serve(lambda _: Given(200, b'{"experiments": [], "next_page_token": "again"}')) as url:
        code, reason = refuse_answer(build_ask(url), "accuracy", run="night-1")
    assert (code, reason) == ("unreadable", "experiments/search has more than 100 pages")


@pytest.mark.parametrize("source", [{"response": "runs.json"}, "runs.json"])
def test_saved_answers_are_read_as_files(source: object, tmp_path: Path) -> None:
    query = build_query({}, str(tmp_path), "2026-11-29T21:00:00Z")
    assert query("mlflow", {"mlflow": source}, choose("accuracy")) is None  # type: ignore[dict-item]


def test_a_host_that_is_not_listed_is_not_asked(tmp_path: Path) -> None:
    query = build_query({"a": SourceHost("http://127.0.0.1:1")}, str(tmp_path), "2026-11-29T21:00:00Z")
    ask_other = partial(query, "mlflow", {"mlflow": {"uri": "http://127.0.0.1:2", "run": "x"}})
    with pytest.raises(UnusableSource) as caught:
        ask_other(choose("accuracy"))
    assert caught.value.code == "unsuitable"
    assert "has no host `http://127.0.0.1:2`; there is `a`" in caught.value.reason


def test_recorded_exchanges_name_no_machine() -> None:
    text = json.dumps(json.loads((FOLDER / "exchanges.json").read_text()))
    assert "/work" not in text
    assert "/tmp/" not in text
