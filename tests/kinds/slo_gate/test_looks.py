"""Objectives that are judged several times have a share of the probability of an error each time."""

from __future__ import annotations

from pathlib import Path

import pytest

import rulewright
from rulewright.gates.gate_run import select_gates
from rulewright.kinds.slo_gate.terms import ObjectiveNode

GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: chat-slo, owner: team, description: The chat stays fast. }
on: [measurement]
objectives:
  - id: chat-p95
    source: { measurement: chat }
    unit: s
    direction: lower
    aggregate: p95
    pass: { lte: 1s }
    confidence: 0.97
    baseline: { from: last_passed, max_regression: 10%, confidence: 0.95 }
  - id: chat-p50
    source: { measurement: chat }
    unit: s
    direction: lower
    aggregate: p50
    pass: { lte: 1s }
"""


@pytest.fixture
def nodes(tmp_path: Path) -> list[ObjectiveNode]:
    (tmp_path / "gate.yaml").write_text(GATE)
    (gate,) = select_gates(rulewright.load(tmp_path / "gate.yaml"))
    return [entry.when for entry in gate.entries if isinstance(entry.when, ObjectiveNode)]


def test_the_error_is_divided(nodes: list[ObjectiveNode]) -> None:
    compared, absolute = (node.for_looks(3) for node in nodes)
    assert compared.confidence == pytest.approx(0.99)
    assert compared.baseline is not None
    assert compared.baseline.confidence == pytest.approx(1 - 0.05 / 3)
    assert absolute.confidence == pytest.approx(1 - 0.05 / 3)
    assert absolute.baseline is None


def test_one_look_changes_nothing(nodes: list[ObjectiveNode]) -> None:
    assert [node.for_looks(1) for node in nodes] == nodes
