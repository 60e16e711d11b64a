"""Limits of means."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.kinds.slo_gate.decisions.finding import Bound, Finding
from rulewright.kinds.slo_gate.decisions.mean import judge_mean


def judge(runs: Sequence[Sequence[float]], bound: Bound, *, independent: bool = False) -> Finding:
    return judge_mean(runs, bound, 0.95, lambda value: f"{value:.4g}s", independent=independent)


RUNS = [[0.9, 1.1], [1.1, 1.3], [0.7, 0.9], [1.0, 1.0]]


def test_t_over_the_logarithms_of_runs() -> None:
    """Logarithms of 1, 1.2, 0.8, 1: mean -0.0102, deviation 0.1656; t₃ at 0.95 is 2.353363."""
    found = judge(RUNS, Bound(high=1.3))
    logs = [log(mean) for mean in (1, 1.2, 0.8, 1)]
    middle = sum(logs) / 4
    deviation = (sum((point - middle) ** 2 for point in logs) / 3) ** 0.5
    assert (found.verdict, found.observed) == ("PASS", pytest.approx(1.0))
    assert found.interval is not None
    assert found.interval.upper == pytest.approx(exp(middle + 2.353363 * deviation / 2), rel=1e-6)
    assert found.interval.lower == pytest.approx(exp(middle - 2.353363 * deviation / 2), rel=1e-6)


def test_verdicts() -> None:
    assert judge(RUNS, Bound(high=0.7)).code == "beyond_limit"
    assert judge(RUNS, Bound(low=1.3)).verdict == "FAIL"
    assert judge(RUNS, Bound(low=0.7, high=1.4)).verdict == "PASS"
    found = judge(RUNS, Bound(high=1.05))
    assert (found.verdict, found.code) == ("INCONCLUSIVE", "undecided")
    assert found.runs_needed is not None
    assert found.runs_needed > 4


def test_one_run_cannot_decide() -> None:
    found = judge([[1.0] * 1000], Bound(high=2))
    assert (found.verdict, found.code, found.certainty, found.runs_needed) == (
        "INCONCLUSIVE",
        "too_few",
        "one_run",
        2,
    )
    assert judge([[1.0] * 1000], Bound(high=2), independent=True).verdict == "PASS"


def test_independent_values_have_no_logarithms() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    found = judge([values], Bound(high=10), independent=True)
    assert found.interval is not None
    assert found.interval.upper == pytest.approx(3 + 2.1318468 * 2.5**0.5 / 5**0.5, rel=1e-6)
    assert judge([[value] for value in values], Bound(high=10)) == found._replace(runs=5)


def test_zeros_are_compared_without_logarithms() -> None:
    found = judge([[0.0], [0.0, 0.0], [0.0]], Bound(high=0.1))
    assert (found.verdict, found.observed) == ("PASS", 0.0)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.floats(0.1, 10), min_size=2, max_size=9), min_size=2, max_size=6))
def test_numpy_and_the_order_of_runs_change_no_byte(runs: list[list[float]]) -> None:
    expected = repr(judge(runs, Bound(high=3)))
    assert repr(judge([numpy.array(run) for run in runs], Bound(high=3))) == expected
    assert repr(judge(runs[::-1], Bound(high=3))) == expected
