"""Objectives that are judged several times have a share of the probability of an error each time."""

from __future__ import annotations

from pathlib import Path

import pytest

import rulewright
from rulewright.gates.gate_run import judge_gates, select_gates
from rulewright.kinds.slo_gate.terms import ObjectiveNode
from rulewright.measurements.sample import Count, Run, Sample
from rulewright.measurements.sample_json import sample_from_json, sample_to_json

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

RATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: errors, owner: team, description: Few requests fail. }
on: [measurement]
objectives:
  - id: bad
    source: { measurement: errors }
    unit: ratio
    direction: lower
    aggregate: rate
    pass: { lt: 1% }
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


@pytest.mark.parametrize(
    ("total", "looks", "verdict"),
    [
        (299, 1, "PASS"),
        (298, 1, "INCONCLUSIVE"),
        (299, 3, "INCONCLUSIVE"),
        (408, 3, "PASS"),
        (407, 3, "INCONCLUSIVE"),
    ],
)
def test_the_verdict_of_a_rate(tmp_path: Path, total: int, looks: int, verdict: str) -> None:
    """0 bad ones pass `< 1 %` from 299 on (0.99 ** 299 ≤ 0.05), and at a third of α from 408 on."""
    (tmp_path / "gate.yaml").write_text(RATE)
    program = rulewright.load(tmp_path / "gate.yaml")
    gates = select_gates(program)
    sample = Sample(runs=(Run(events=Count(0, total)),), looks=looks)
    stored = sample_from_json(sample_to_json(sample))
    assert stored.looks == looks
    run = judge_gates(program, gates, {"errors": {"bad": stored}}, "2026-01-05T09:00:00Z")
    assert run.gates[0].objectives[0].verdict == verdict
