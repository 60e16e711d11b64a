"""Samples of objectives out of `measurement` events and files, as the facts of a gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
            "noise",
        ],
        "run": RUN,
    }
    (sample,) = gather(payload, "chat-p95").values()
    assert [run["values"] for run in sample["runs"]] == [[0.8, 0.9], [0.9]]
    assert (sample["unit"], sample["sha"], sample["time"]) == ("s", "abc", "2026-01-05T08:00:00Z")
    assert gather(payload, "other")["other"]["runs"][0]["values"] == [9.0], "by the metric of its source"


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
