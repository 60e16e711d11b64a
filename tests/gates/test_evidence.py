"""Evidence holds all that decided: judged again elsewhere, it gives the same bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.gates.conftest import GATE, NOW, write_records

import rulewright
from rulewright.facts.measure.record_files import read_records
from rulewright.facts.measure.sample_source import MeasuringContext
from rulewright.gates.differences import compare_runs
from rulewright.gates.evidence import (
    build_evidence,
    check_results,
    evidence_bytes,
    read_evidence,
    rebuild_evidence,
    replay_evidence,
)
from rulewright.gates.gate_run import judge_gates, measure_gates, select_gates
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from rulewright.policy.json_types import JsonObject


def evidence(folder: Path) -> JsonObject:
    program = rulewright.load("rules")
    gates = select_gates(program)
    records = read_records("m.jsonl").records
    samples = measure_gates(gates, MeasuringContext(str(folder), NOW, records=records))
    return build_evidence(gates, samples, judge_gates(program, gates, samples, NOW))


def test_a_replay_has_the_same_bytes_without_the_files(folder: Path, tmp_path_factory: Any) -> None:
    write_records(folder, [0.5, 1.6])
    data = evidence_bytes(evidence(folder))
    for name in ("rules", "m.jsonl", "errors.json", ".cache"):
        place = folder / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    found = read_evidence("e.json", data)
    run = replay_evidence(found)
    assert run.verdict == "FAIL"
    assert evidence_bytes(rebuild_evidence(found, run)) == data


def test_the_order_of_records_and_policies_changes_no_byte(folder: Path) -> None:
    record = {"metric": "chat_response", "unit": "s"}
    runs = [
        {**record, "values": [value], "time": f"2026-01-05T08:0{number}:00Z"}
        for number, value in enumerate((1, 2, 3))
    ]
    (folder / "rules" / "other.yaml").write_text(GATE.replace("name: chat", "name: other"))
    (folder / "m.jsonl").write_text("".join(json.dumps(run) + "\n" for run in runs))
    first = evidence_bytes(evidence(folder))
    (folder / "m.jsonl").write_text("".join(json.dumps(run) + "\n" for run in reversed(runs)))
    assert evidence_bytes(evidence(folder)) == first


def test_what_a_policy_includes_is_in_the_evidence(folder: Path) -> None:
    (folder / "common.yaml").write_text(
        "apiVersion: rulewright/v1\nkind: Library\nmetadata: { name: common, owner: team-chat, description: Shared. }\n"
        "lists: { hours: [1, 2] }\n"
    )
    (folder / "rules" / "chat.yaml").write_text(GATE.replace("\non:", "\ninclude: [../common.yaml]\non:"))
    document = evidence(folder)
    assert sorted(document["files"]) == ["common.yaml", "rules/chat.yaml"]  # type: ignore[arg-type]
    (folder / "common.yaml").unlink()
    found = read_evidence("e.json", evidence_bytes(document))
    assert replay_evidence(found).verdict == "PASS"


def test_other_policies_show_what_they_change(folder: Path) -> None:
    found = read_evidence("e.json", evidence_bytes(evidence(folder)))
    (folder / "rules" / "chat.yaml").write_text(GATE.replace("lte: 1s", "lte: 100ms"))
    run = replay_evidence(found, rulewright.load("rules"))
    assert compare_runs(found.results, run) == (
        "chat/slowest was PASS and is FAIL",
        "the verdict was PASS and is FAIL",
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-20], "is no evidence"),
        (lambda text: text.replace('"version":1', '"version":2'), "is no evidence of version 1"),
        (lambda text: text.replace('"samples"', '"sample"'), "it has no samples"),
        (lambda text: text.replace('"version":1', '"version":1,"version":1'), "is no evidence"),
    ],
)
def test_a_damaged_file_is_told(folder: Path, change: Any, message: str) -> None:
    text = evidence_bytes(evidence(folder)).decode()
    with pytest.raises(SourceError, match=message):
        read_evidence("e.json", change(text).encode())


def test_results_that_somebody_edited_are_told(folder: Path) -> None:
    document = evidence(folder)
    found = read_evidence("e.json", evidence_bytes(document))
    assert check_results(found, replay_evidence(found)) == ()
    edited = json.loads(evidence_bytes(document))
    edited["results"]["verdict"] = "FAIL"
    found = read_evidence("e.json", json.dumps(edited).encode())
    (note,) = check_results(found, replay_evidence(found))
    assert note.endswith("it says FAIL, and its samples give PASS")


@pytest.mark.parametrize(
    "change",
    [
        {"gates": {}},
        {"gates": {"gone": "rules/chat.yaml"}},
        {"files": {}},
        {"files": {"a": "x: 1", "a/b.yaml": "x: 1"}},
        {"files": {"a" * 300 + ".yaml": "x: 1"}},
        {"files": {"\ud800.yaml": "x: 1"}},
    ],
)
def test_evidence_that_cannot_be_judged_is_told(folder: Path, change: JsonObject) -> None:
    data = json.dumps({**json.loads(evidence_bytes(evidence(folder))), **change}).encode()
    with pytest.raises(SourceError) as raised:
        replay_evidence(read_evidence("e.json", data))
    assert "/tmp" not in raised.value.message


@pytest.mark.parametrize("path", ["../out.yaml", "/out.yaml", "a/../../out.yaml", ".git/config"])
def test_evidence_writes_nothing_outside(folder: Path, path: str) -> None:
    document = json.loads(evidence_bytes(evidence(folder)))
    document["files"][path] = "x"
    found = read_evidence("e.json", json.dumps(document).encode())
    with pytest.raises(SourceError, match="a file with the path"):
        replay_evidence(found)
