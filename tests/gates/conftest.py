"""A folder with a gate, and what was measured for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.facts.measure.record_files import read_records
from rulewright.facts.measure.sample_source import MeasuringContext
from rulewright.gates.gate_run import GateRun, judge_gates, measure_gates, select_gates

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = "2026-01-05T09:00:00Z"
GATE = """apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: chat, owner: team-chat, description: What a release of the chat must meet. }
on: [manual, measurement]
objectives:
  - id: slowest
    description: The slowest response.
    source: { measurement: chat_response }
    unit: s
    direction: lower
    aggregate: max
    pass: { lte: 1s }
  - id: errors
    description: Errors in the log.
    source: { json: errors.json, select: errors }
    aggregate: sum
    pass: { lte: 0 }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a gate that passes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / ".cache"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "chat.yaml").write_text(GATE)
    write_records(tmp_path, [0.5, 0.6])
    (tmp_path / "errors.json").write_text('{"errors": [0, 0]}')
    return tmp_path


def write_records(folder: Path, values: list[float], **more: Any) -> None:
    record = {"metric": "chat_response", "unit": "s", "values": values, **more}
    (folder / "m.jsonl").write_text(json.dumps(record) + "\n")


@pytest.fixture
def judge(folder: Path) -> Callable[..., GateRun]:
    """Judges the gates under `rules`."""

    def run(**context: Any) -> GateRun:
        program = rulewright.load("rules")
        gates = select_gates(program)
        records = read_records("m.jsonl").records
        samples = measure_gates(gates, MeasuringContext(str(folder), NOW, records=records, **context))
        return judge_gates(program, gates, samples, NOW, context.get("commit", ""))

    return run
