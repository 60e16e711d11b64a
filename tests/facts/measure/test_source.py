"""Samples of objectives out of `measurement` events and files, as the facts of a gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rulewright.events.model import Event
from rulewright.facts.measure.source import MeasuredSamples
from rulewright.program.named_facts import Need

RUN = {"id": 7, "sha": "abc", "at": "2026-01-05T08:00:00Z"}


def gather(
    payload: dict[str, Any], *names: str, source: Any = None, event: str = "measurement", folder: Any = None
) -> Any:
    arguments = {"source": source or {"measurement": "chat"}, "aggregate": "p95"}
    requests = tuple(Need("slo", name, "measure", arguments) for name in names)
    samples = MeasuredSamples(folder and str(folder))
    return samples.gather(requests, Event(event, None, payload), "2026-01-05T09:00:00Z")


def test_each_entry_is_a_run_and_an_objective_wins_over_a_metric() -> None:
    payload = {
        "measurements": [
            {"metric": "chat", "unit": "s", "value": 9},
            {"objective": "chat-p95", "unit": "s", "values": [0.8, 0.9]},
            {"objective": "chat-p95", "unit": "ms", "value": 900},
        ],
        "run": RUN,
    }
    (sample,) = gather(payload, "chat-p95").values()
    assert [run["values"] for run in sample["runs"]] == [[0.8, 0.9], [0.9]]
    assert (sample["unit"], sample["sha"], sample["time"]) == ("s", "abc", "2026-01-05T08:00:00Z")
    assert gather(payload, "other")["other"]["runs"][0]["values"] == [9.0], "by the metric of its source"


@pytest.mark.parametrize("entry", ["noise", None, {"value": 9}, {"metric": 3, "value": 9}])
def test_an_entry_without_a_name_leaves_nothing_judged(entry: Any) -> None:
    payload = {"measurements": [{"metric": "chat", "value": 1}, entry], "run": RUN}
    problem = gather(payload, "chat-p95")["chat-p95"]["problem"]
    assert problem == {"code": "unreadable", "reason": "measurements[1] names no `metric`"}
    before = {"measurements": [{"metric": "chat", "value": 1}], "baseline": payload}
    assert gather(before, "chat-p95")["chat-p95"]["baseline"]["problem"]["code"] == "bad_baseline"


def test_a_metric_with_the_name_of_the_objective_is_not_pooled_with_that_of_its_source() -> None:
    payload = {"measurements": [{"metric": "chat", "value": 9}, {"metric": "chat-p95", "value": 1}]}
    assert [run["values"] for run in gather(payload, "chat-p95")["chat-p95"]["runs"]] == [[9.0]]
    payload = {"measurements": [{"metric": "chat-p95", "value": 1}]}
    assert [run["values"] for run in gather(payload, "chat-p95")["chat-p95"]["runs"]] == [[1.0]]


@pytest.mark.parametrize(
    ("first", "second", "member", "wanted"),
    [
        ({"figures": {"p95": 5, "count": 7}}, {"figures": {"p95": 5, "count": 7}}, "figures",
         {"p95": 5000.0, "count": 7.0}),
        ({"buckets": {"bounds": [1], "counts": [1, 0]}}, {"buckets": {"bounds": [1], "counts": [1, 0]}}, "buckets",
         {"bounds": [1000.0], "counts": [1.0, 0.0]}),
        ({"value": 1}, {"runs": [{"values": [5]}]}, "values", [5000.0]),
    ],
)  # fmt: skip
def test_whatever_a_record_holds_is_converted_into_the_unit_of_the_first(
    first: Any, second: Any, member: str, wanted: Any
) -> None:
    entries = [{"metric": "chat", "unit": "ms", **first}, {"metric": "chat", "unit": "s", **second}]
    assert gather({"measurements": entries}, "a")["a"]["runs"][1][member] == wanted


def test_what_is_no_number_is_told() -> None:
    def problem(value: Any) -> Any:
        return gather({"measurements": [{"metric": "chat", **value}]}, "a")["a"]["problem"]["code"]

    assert problem({"values": [1, None]}) == "not_finite"
    assert problem({"values": [1, "x"]}) == "unreadable"
    assert problem({"values": []}) == "empty"


def test_records_of_several_units_and_commits_do_not_mix() -> None:
    entries = [{"metric": "chat", "unit": "s", "value": 1}, {"metric": "chat", "unit": "MiB", "value": 1}]
    assert gather({"measurements": entries}, "a")["a"]["problem"]["code"] == "unit"
    entries = [{"metric": "chat", "value": 1, "sha": "abc"}, {"metric": "chat", "value": 1, "sha": "abd"}]
    assert gather({"measurements": entries}, "a")["a"]["problem"]["code"] == "ambiguous"


def test_the_baseline_of_an_event_and_records_of_the_other_side() -> None:
    payload = {
        "measurements": [{"metric": "chat", "unit": "s", "values": [0.8]}],
        "baseline": {"measurements": [{"metric": "chat", "unit": "s", "values": [0.7]}], "run": RUN},
    }
    sample = gather(payload, "chat-p95")["chat-p95"]
    assert sample["baseline"]["runs"] == [{"values": [0.7], "id": "7", "time": RUN["at"]}]
    beside = [{"metric": "chat", "value": 1}, {"metric": "chat", "value": 2, "side": "base"}]
    sample = gather({"measurements": beside}, "chat-p95")["chat-p95"]
    assert sample["paired"] is True
    assert sample["baseline"]["runs"] == [{"values": [2.0]}]


def test_nothing_is_made_up(tmp_path: Path) -> None:
    assert gather({"measurements": []}, "a") == {}
    assert gather({"measurements": "a"}, "a") == {}
    assert gather({"measurements": [{"objective": "b", "metric": "chat", "value": 1}]}, "a") == {}
    assert gather({"measurements": [{"objective": "a", "value": 1}]}, "a", event="manual") == {}


def test_files_are_read_only_where_they_may_be(tmp_path: Path) -> None:
    (tmp_path / "load.json").write_text(json.dumps({"load": [3, 4]}))
    source = {"json": "load.json", "select": "load"}
    assert gather({}, "a", source=source, event="manual") == {}
    sample = gather({}, "a", source=source, event="manual", folder=tmp_path)["a"]
    assert sample["runs"] == [{"values": [3.0, 4.0]}]
    assert sample["source"]["kind"] == "json"
