"""What a gate can find, from the runs of an unchanged build."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from tests.gates.conftest import GATE, NOW

import rulewright
from rulewright.facts.measure.record_files import read_records
from rulewright.facts.measure.sample_source import MeasuringContext
from rulewright.gates.gate_power import GatePower, compute_powers
from rulewright.gates.gate_run import measure_gates, select_gates

POLICY = (
    GATE
    + """  - id: typical
    description: A typical response.
    source: { measurement: chat_response }
    unit: s
    direction: lower
    aggregate: p50
    pass: { lte: 2s }
    baseline: { from: { last_passed: 20 }, max_regression: 10% }
"""
)


def power(folder: Path, noise: float, runs: int = 20, new_runs: int = 5) -> GatePower:
    random = Random(3)
    records = []
    for _ in range(runs):
        factor = random.lognormvariate(0, noise)
        values = [factor * random.lognormvariate(-0.7, 0.1) for _ in range(30)]
        records.append({"metric": "chat_response", "unit": "s", "values": values})
    (folder / "m.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (folder / "rules" / "chat.yaml").write_text(POLICY)
    gates = select_gates(rulewright.load("rules"))
    context = MeasuringContext(str(folder), NOW, records=read_records("m.jsonl").records)
    (found,) = compute_powers(gates, measure_gates(gates, context), new_runs)
    return found


def test_more_noise_finds_less_and_needs_more_runs(folder: Path) -> None:
    calm, noisy = (power(folder, noise) for noise in (0.02, 0.2))
    first, second = (next(row.power for row in found.rows if row.id == "typical") for found in (calm, noisy))
    assert first is not None
    assert second is not None
    assert first.detectable is not None
    assert second.detectable is not None
    assert first.detectable < second.detectable
    assert first.runs_needed is not None
    assert second.runs_needed is None or first.runs_needed < second.runs_needed
    assert calm.probability is not None
    assert noisy.probability is not None
    assert calm.probability > 0.95 > noisy.probability


def test_what_cannot_be_told_has_a_reason(folder: Path) -> None:
    rows = {row.id: row for row in power(folder, 0.05).rows}
    assert (rows["slowest"].power, rows["slowest"].note) == (None, "judged as observed")
    assert rows["typical"].values_needed == 5
    assert rows["errors"].note == "judged as observed"
    one = {row.id: row for row in power(folder, 0.05, runs=1).rows}
    assert one["typical"].note == "one run does not tell how runs differ"


@pytest.mark.parametrize("new_runs", [1, 2, 30])
def test_every_number_of_runs_has_a_power(folder: Path, new_runs: int) -> None:
    found = power(folder, 0.05, new_runs=new_runs)
    assert found.new_runs == new_runs
    assert found.probability is not None
