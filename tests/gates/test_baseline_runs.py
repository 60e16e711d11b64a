"""Which runs become a baseline, and what an unchanged build makes of a baseline that they feed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import rulewright
from rulewright.facts.measure.sample_source import MeasuringContext
from rulewright.gates.baseline_runs import JudgedObjective, judge_evidence, run_value
from rulewright.gates.evidence import build_evidence, evidence_bytes, read_evidence
from rulewright.gates.gate_run import judge_gates, measure_gates, select_gates
from rulewright.measurements.sample import Buckets, Count, Run

GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: {{ name: chat-slo, owner: team, description: The chat stays fast. }}
on: [measurement]
objectives:
  - id: chat-mean
    source: {{ measurement: chat }}
    unit: s
    direction: {direction}
    aggregate: mean
    {limit}
    baseline: {{ from: {{ last_passed: 20 }}, max_regression: 10% }}
"""
NOW = "2026-01-05T09:00:00Z"


def judge(
    folder: Path,
    now: list[float],
    before: list[float] | None,
    *,
    direction: str = "lower",
    limit: str = "",
    failed: int = 0,
) -> JudgedObjective:
    """The objective of a gate over runs of one value each, beside those of a baseline."""
    (folder / "gate.yaml").write_text(GATE.format(direction=direction, limit=limit))
    sides = [("", now)] if before is None else [("", now), ("base", before)]
    records: list[dict[str, Any]] = [
        {"metric": "chat", "unit": "s", "values": [value], "side": side, "failed": failed}
        for side, values in sides
        for value in values
    ]
    program = rulewright.load(folder / "gate.yaml")
    gates = select_gates(program)
    context = MeasuringContext(str(folder), NOW, records=json.loads(json.dumps(records)))
    samples = measure_gates(gates, context)
    document = build_evidence(gates, samples, judge_gates(program, gates, samples, NOW))
    (one,) = judge_evidence(read_evidence("evidence.json", evidence_bytes(document)))
    return one


FLAT = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98]


@pytest.mark.parametrize(
    ("now", "before", "rest", "kept"),
    [
        (FLAT, FLAT[::-1], {}, True),
        (FLAT, None, {}, True),  # the first baseline
        ([1.0], [1.0], {}, True),  # too few to decide
        ([1.0, 1.5, 0.7, 1.2, 0.9, 1.1], FLAT, {}, True),  # undecided, and about the same
        ([1.2, 1.6, 0.8, 1.5, 1.0, 1.4], FLAT, {}, False),  # undecided, and worse than allowed
        ([2 * value for value in FLAT], FLAT, {}, False),
        ([value / 2 for value in FLAT], FLAT, {"direction": "higher"}, False),
        ([1.0, 0.6, 1.5, 0.9, 1.2, 1.0], FLAT, {"direction": "higher"}, True),
        (FLAT, None, {"limit": "pass: { lte: 10s }"}, True),
        (FLAT, None, {"limit": "pass: { lte: 500ms }"}, False),
        (FLAT, FLAT[::-1], {"limit": "pass: { lte: 500ms }"}, False),
    ],
)
def test_what_is_kept(
    tmp_path: Path, now: list[float], before: list[float] | None, rest: dict[str, str], kept: bool
) -> None:
    one = judge(tmp_path, now, before, **rest)  # type: ignore[arg-type]
    assert one.is_kept is kept, (one.verdict, one.code)


def test_nothing_measured_is_not_kept(tmp_path: Path) -> None:
    assert judge(tmp_path, [], None).is_kept is False


@pytest.mark.parametrize(
    ("run", "value"),
    [
        (Run(values=[1.0, 2.0, 6.0]), 3.0),
        (Run(events=Count(3, 1000)), 0.003),
        (Run(events=Count(0, 0)), None),
        (Run(figures={"mean": 4.0}), 4.0),
        (Run(figures={"p95": 4.0}), None),
        (Run(buckets=Buckets((1.0,), (1.0, 2.0))), None),
        (Run(), None),
    ],
)
def test_what_a_run_comes_to(run: Run, value: float | None) -> None:
    assert run_value(run, "mean") == value


def test_an_unchanged_build_keeps_its_baseline(tmp_path: Path) -> None:
    """Three runs a build with noise of 10 %, twenty runs of the baseline: it stays where it is."""
    biases: list[float] = []
    kept = builds = 0
    for seed in range(4):
        draw = random.Random(seed)
        before = [draw.lognormvariate(0, 0.1) for _ in range(20)]
        for _ in range(30):
            now = [draw.lognormvariate(0, 0.1) for _ in range(3)]
            builds += 1
            if judge(tmp_path, now, before).is_kept:
                kept += 1
                before = [*before, *now][-20:]
        biases.append(median(before) - 1)
    assert abs(sum(biases) / len(biases)) < 0.04
    assert kept > 0.8 * builds
