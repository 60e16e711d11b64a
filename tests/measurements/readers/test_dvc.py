"""DVC: recorded output of `dvc metrics show --json`, and metric files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from measurements.reading import choose, read_values, recorded_folder, refuse
from rulewright.measurements.readers.dvc import read_dvc

FOLDER = recorded_folder("dvc")


def recorded(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def revision(name: str) -> dict[str, Any]:
    return {"dvc": {"file": "show-all.json", "revision": name}}


@pytest.mark.parametrize(
    ("select", "value"),
    [("accuracy", 0.93), ("metrics.json:accuracy", 0.93), ("nested.recall", 0.82), ("latency.p95", 0.42)],
)
def test_metrics_of_the_workspace(select: str, value: float) -> None:
    assert read_values(read_dvc, recorded("show"), choose(select)) == [value]


def test_one_of_several_revisions_is_named() -> None:
    data = recorded("show-all")
    code, reason = refuse(read_dvc, data, choose("accuracy"))
    assert (code, "there are 2 revisions: " in reason) == ("ambiguous", True)
    assert read_values(read_dvc, data, choose("accuracy", arguments=revision("workspace"))) == [0.93]
    commit = next(name for name in json.loads(data) if name != "workspace")
    reading = read_dvc(data, choose("accuracy", arguments=revision(commit)))
    assert (list(reading.runs[0].values), reading.commit) == ([0.91], commit)
    assert refuse(read_dvc, data, choose("accuracy", arguments=revision("v1")))[0] == "no_match"


@pytest.mark.parametrize(
    ("name", "select", "code", "text"),
    [
        ("show", "", "ambiguous", "the source matches 5 metrics: metrics.json:accuracy"),
        ("show", "accurracy", "no_match", "there is metrics.json:accuracy"),
        ("show", "model", "unreadable", "`model` is a text (`small`)"),
        ("not-finite", "accuracy", "not_finite", "`accuracy` is nan"),
        ("not-finite", "nested.recall", "not_finite", "`nested.recall` is inf"),
        ("cut", "accuracy", "unreadable", "DVC could not read metrics.json: JSONFileCorruptedError"),
        ("missing", "accuracy", "no_source", "DVC could not read metrics.json: FileNotFoundError"),
        ("missing", "metrics.json:accuracy", "no_source", "DVC could not read metrics.json"),
        ("diff", "accuracy", "unsuitable", "`dvc metrics diff`"),
        ("diff-missing", "accuracy", "unsuitable", "`dvc metrics diff`"),
    ],
)
def test_what_is_no_metric_is_refused(name: str, select: str, code: str, text: str) -> None:
    found, reason = refuse(read_dvc, recorded(name), choose(select))
    assert found == code
    assert text in reason


def test_a_file_that_dvc_could_not_read_is_warned_of() -> None:
    reading = read_dvc(recorded("cut"), choose("latency.p95"))
    assert (list(reading.runs[0].values), reading.warnings) == ([0.42], ("DVC could not read metrics.json",))
    reading = read_dvc(recorded("missing"), choose("more.yaml:latency.p95"))
    assert list(reading.runs[0].values) == [0.42]


def test_metrics_of_two_files_are_not_pooled() -> None:
    body = {"": {"data": {name: {"data": {"a": 1}} for name in ("x.json", "y.json")}}}
    code, reason = refuse(read_dvc, json.dumps(body).encode(), choose("a"))
    assert (code, reason) == ("ambiguous", "`a` matches 2 metrics: x.json:a, y.json:a")


@pytest.mark.parametrize(
    "text",
    ['{"latency": {"p95": 0.42}, "n": 3}', "latency:\n  p95: 0.42\nn: 3\n", "n = 3\n[latency]\np95 = 0.42\n"],
)
def test_metric_files(text: str) -> None:
    assert read_values(read_dvc, text.encode(), choose("latency.p95")) == [0.42]
    assert refuse(read_dvc, text.encode(), choose("p95"))[0] == "no_match"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("{}", "empty"),
        ('{"": {}}', "empty"),
        ('{"": {"data": {}}}', "empty"),
        ('{"": {"error": {"type": "SCMError", "msg": "no repository"}}}', "unreadable"),
        ("[1]", "unreadable"),
        ("a: [1\n", "unreadable"),
        ("- 1\n", "unreadable"),
        ("a: 1\n---\na: 2\n", "unreadable"),
        ('{"a": 1, "a": 2}', "unreadable"),
        ('{"a": null}', "not_finite"),
        ('{"a": "NaN"}', "not_finite"),
        ('{"a": 1e999}', "not_finite"),
        ('{"a": true}', "unreadable"),
        ('{"a": [1, 2]}', "unreadable"),
    ],
)
def test_a_broken_file_is_refused(text: str, code: str) -> None:
    assert refuse(read_dvc, text.encode(), choose("a"))[0] == code
