"""`rulewright baseline` with state in a git reference of the repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from github_simulator import Simulator

Run = Callable[..., tuple[int, str, str]]
GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: chat-slo, owner: team, description: The chat stays fast. }
on: [measurement]
objectives:
  - id: chat-p50
    source: { measurement: chat }
    unit: s
    direction: lower
    aggregate: p50
    decide: point
    pass: { lte: 1s }
    baseline: { from: last_passed, max_regression: 10% }
    on_no_baseline: absolute_only
"""


@pytest.fixture
def evidence(folder: Path, config: Callable[[str], None], rulewright: Run) -> str:
    config("state: { git_ref: refs/rulewright/state }\n")
    (folder / "gate.yaml").write_text(GATE)
    record = {"metric": "chat", "unit": "s", "values": [0.2], "time": "2026-01-01T09:00:00Z", "sha": "a" * 40}
    (folder / "m.jsonl").write_text(f"{json.dumps(record)}\n")
    code, _, errors = rulewright("gate", "gate.yaml", "--from", "m.jsonl", "--evidence", "evidence.json")
    assert (code, errors) == (0, "")
    return "evidence.json"


def test_the_default_branch_saves(
    evidence: str, rulewright: Run, monkeypatch: pytest.MonkeyPatch, sim: Simulator
) -> None:
    monkeypatch.setenv("GITHUB_REF", "refs/heads/feature")
    code, out, _ = rulewright("baseline", "save", evidence, "--format", "text")
    assert code == 0
    assert out.startswith("Dry run, 1 run not saved: feature is not the default branch, main")
    assert not sim.writes
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    code, out, _ = rulewright("baseline", "save", evidence, "--champion", "--format", "text")
    assert (code, out.splitlines()[0]) == (0, "Saved 1 run")
    code, out, _ = rulewright("baseline", "show", "--format", "json")
    (kept,) = json.loads(out)["baselines"]
    assert (kept["objective"], len(kept["runs"]), len(kept["champion"])) == ("chat-p50", 1, 1)
