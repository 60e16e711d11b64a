"""What a gate can find before anything is measured."""

from __future__ import annotations

from random import Random

import pytest

from rulewright.kinds.slo_gate.decisions.finding import Bound
from rulewright.kinds.slo_gate.decisions.power import compute_gate_probability, compute_power
from rulewright.kinds.slo_gate.decisions.regression import (
    RegressionTerms,
    decide_regression,
    measure_regression,
)

TERMS = RegressionTerms(max_regression=0.1)


def draw(noise: float, runs: int = 20, seed: int = 1) -> list[float]:
    random = Random(seed)
    return [random.lognormvariate(0, noise) for _ in range(runs)]


def test_quiet_objective_passes_and_noisy_one_does_not() -> None:
    quiet, noisy = compute_power(draw(0.03), 5, TERMS), compute_power(draw(0.3), 5, TERMS)
    assert quiet.probability > 0.95
    assert noisy.probability < 0.4
    assert quiet.noise == pytest.approx(0.03, rel=0.4)
    assert quiet.detectable is not None
    assert noisy.detectable is not None
    assert 0.1 < quiet.detectable < noisy.detectable
    assert quiet.runs_needed is not None
    assert quiet.runs_needed <= 5
    assert noisy.runs_needed is None or noisy.runs_needed > 20


def test_runs_that_are_needed_make_an_unchanged_build_pass() -> None:
    before = draw(0.08, 30)
    needed = compute_power(before, 5, TERMS).runs_needed
    assert needed is not None
    assert compute_power(before, needed, TERMS).probability > 0.65


def test_sizes_that_cannot_decide_never_pass() -> None:
    power = compute_power([1.0, 1.1, 0.9, 1.05], 2, TERMS)
    assert (power.probability, power.detectable) == (0.0, None)
    assert power.runs_needed is not None


def test_detectable_change_is_found_about_as_often_as_said() -> None:
    random = Random(5)
    power = compute_power(draw(0.1, 50, seed=2), 10, TERMS)
    assert power.noise is not None
    assert power.detectable is not None
    found = 0
    for _ in range(200):
        before = [random.lognormvariate(0, power.noise) for _ in range(50)]
        now = [(1 + power.detectable) * random.lognormvariate(0, power.noise) for _ in range(10)]
        finding = decide_regression(measure_regression(now, before, TERMS))
        found += finding.code in ("regression", "likely_regression")
    assert 0.7 < found / 200 < 0.92


def test_absolute_limit_is_kept_or_not() -> None:
    before = draw(0.05)
    assert compute_power(before, 5, None, Bound(high=2.0)).probability > 0.99
    assert compute_power(before, 5, None, Bound(high=0.9)).probability == 0.0
    assert compute_power(before, 2, TERMS, Bound(high=0.9)).probability == 0.0


def test_objectives_that_are_slow_together_fail_together() -> None:
    before = draw(0.1)
    one = compute_power(before, 10, TERMS)
    other = compute_power([3 * value for value in before], 10, TERMS)
    assert 0.1 < one.probability < 0.95
    assert compute_gate_probability([one, other]) == one.probability
    separate = compute_power(draw(0.1, seed=9), 10, TERMS)
    assert compute_gate_probability([one, separate]) < min(one.probability, separate.probability)


def test_numbers_that_are_not_positive_have_no_power() -> None:
    assert compute_power([0.0, 1.0, 2.0], 5, TERMS)[:3] == (None, None, None)
    assert compute_power([0.0, 1.0, 2.0], 5, TERMS).probability == 0.0


def test_same_numbers_every_time() -> None:
    assert compute_power(draw(0.1), 5, TERMS) == compute_power(draw(0.1), 5, TERMS)
