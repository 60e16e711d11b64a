"""Runs against the runs of a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.kinds.slo_gate.decisions.finding import Finding
from rulewright.kinds.slo_gate.decisions.regression import (
    RegressionTerms,
    decide_regression,
    measure_paired_regression,
    measure_regression,
)

TEN_PERCENT = RegressionTerms(max_regression=0.1)
positive = st.lists(st.floats(0.5, 2), min_size=3, max_size=8)


def judge(now: Sequence[float], before: Sequence[float], terms: RegressionTerms = TEN_PERCENT) -> Finding:
    return decide_regression(measure_regression(now, before, terms))


def judge_pairs(now: Sequence[float], before: Sequence[float]) -> Finding:
    return decide_regression(measure_paired_regression(now, before, TEN_PERCENT))


@pytest.mark.parametrize(
    ("now", "before", "verdict", "code", "p"),
    [
        ([100] * 7 + [1] * 3, [1] * 10, "FAIL", "regression", Fraction(286, 184756)),
        ([0, 1, 2, 1, 0, 0], [0] * 6, "INCONCLUSIVE", "zero_baseline", Fraction(84, 924)),
        ([1, 4, 2, 3, 1], [0] * 5, "FAIL", "regression", Fraction(1, 252)),
        ([0] * 5, [0] * 5, "INCONCLUSIVE", "zero_baseline", Fraction(1)),
        ([1], [1] * 18, "INCONCLUSIVE", "too_few", Fraction(1)),
        ([1], [1] * 19, "PASS", "", Fraction(1)),
        ([1, 1], [1] * 5, "PASS", "", Fraction(1)),
        ([1, 1], [1] * 4, "INCONCLUSIVE", "too_few", Fraction(1)),
        ([1, 1, 1], [1, 1, 1], "PASS", "", Fraction(1)),
        ([5, 6, 7], [0, 1, 2], "FAIL", "regression", Fraction(1, 20)),
    ],
)
def test_hard_cases(now: list[float], before: list[float], verdict: str, code: str, p: Fraction) -> None:
    found = judge(now, before)
    assert (found.verdict, found.code) == (verdict, code)
    assert found.ratio is not None
    assert found.ratio.p == pytest.approx(float(p), rel=1e-11)


def test_a_change_of_exactly_the_limit_passes_in_every_unit() -> None:
    for scale in (1, 0.001, 1e9 / 7):
        assert judge([110 * scale] * 3, [100 * scale] * 3).verdict == "PASS"
        assert judge([110.1 * scale] * 3, [100 * scale] * 3).verdict == "FAIL"


def test_lower_bound_beyond_the_limit_fails_without_significance_in_the_gate() -> None:
    found = measure_regression([1.15] * 5, [1.0] * 5, TEN_PERCENT)
    assert decide_regression(found, is_significant=False).verdict == "FAIL"


def test_significant_and_beyond_twice_the_limit_fails() -> None:
    now, before = [1.0, 1.15, 1.25, 1.3, 1.35], [0.9, 0.95, 1.0, 1.05, 1.1]
    found = measure_regression(now, before, TEN_PERCENT)
    assert found.worse is not None
    assert found.lower is not None
    assert found.lower <= 1.1
    assert found.worse > 1.2
    assert decide_regression(found, is_significant=True).code == "regression"
    other = decide_regression(found, is_significant=False)
    assert (other.verdict, other.code) == ("INCONCLUSIVE", "likely_regression")
    assert decide_regression(found).verdict == "FAIL"


def test_between_once_and_twice_the_limit_is_likely() -> None:
    found = judge([1.1, 1.14, 1.17, 1.2, 1.21], [0.96, 1.0, 1.01, 1.04, 1.12])
    assert (found.verdict, found.code) == ("INCONCLUSIVE", "likely_regression")
    assert found.detectable is not None
    assert "could be found" in found.reason


def test_undecided_tells_the_runs_it_takes() -> None:
    found = judge([0.8, 1.0, 1.2, 1.3, 0.9], [0.85, 1.1, 1.0, 1.15, 0.95])
    assert (found.verdict, found.code) == ("INCONCLUSIVE", "undecided")
    assert found.runs_needed is not None
    assert found.runs_needed > 5
    assert f"about {found.runs_needed} runs decide" in found.reason


def test_higher_is_better_compares_baseline_to_current() -> None:
    terms = RegressionTerms(max_regression=0.1, higher_is_better=True)
    assert judge([200.0] * 3, [100.0] * 3, terms).verdict == "PASS"
    found = judge([80.0] * 3, [100.0] * 3, terms)
    assert found.verdict == "FAIL"
    assert found.ratio is not None
    assert (found.ratio.value, found.ratio.limit) == (0.8, pytest.approx(1 / 1.1))
    assert judge([0.0] * 3, [100.0] * 3, terms).verdict == "FAIL"


def test_change_below_min_effect_never_fails() -> None:
    now, before = [1.5] * 5, [1.0] * 5
    assert judge(now, before).verdict == "FAIL"
    assert judge(now, before, RegressionTerms(0.1, min_effect=0.6)).verdict == "PASS"
    assert judge(now, before, RegressionTerms(0.1, min_amount=0.6)).verdict == "PASS"
    assert (
        judge([0.5, 0.6, 0.7, 0.8, 0.9], [0.0] * 5, RegressionTerms(0.1, min_amount=2)).verdict
        == "INCONCLUSIVE"
    )


def test_zeros_on_the_new_side_are_the_best_of_latencies() -> None:
    found = judge([0.0, 0.0, 1.0], [2.0] * 3)
    assert found.verdict == "PASS"
    assert found.ratio is not None
    assert (found.ratio.value, found.ratio.upper) == (0.0, 0.5)


@settings(deadline=None)
@given(positive, positive, st.floats(0.01, 1), st.floats(0.01, 1))
def test_greater_allowance_is_no_worse(
    now: list[float], before: list[float], one: float, other: float
) -> None:
    order = ["FAIL", "INCONCLUSIVE", "PASS"]
    low, high = (judge(now, before, RegressionTerms(limit)).verdict for limit in sorted((one, other)))
    assert order.index(low) <= order.index(high)


@settings(deadline=None)
@given(positive, positive, st.randoms(use_true_random=False))
def test_order_of_runs_changes_nothing(now: list[float], before: list[float], random: Random) -> None:
    expected = judge(now, before)
    random.shuffle(now)
    random.shuffle(before)
    assert judge(now, before) == expected


@settings(deadline=None)
@given(positive, positive, st.sampled_from([0.001, 60.0, 1024.0]))
def test_unit_changes_no_verdict(now: list[float], before: list[float], scale: float) -> None:
    here = judge(now, before)
    there = judge([value * scale for value in now], [value * scale for value in before])
    assert (there.verdict, there.code) == (here.verdict, here.code)


@settings(deadline=None)
@given(positive)
def test_slower_build_never_passes_where_the_same_build_does_not(before: list[float]) -> None:
    now = [value * 1.3 for value in before]
    assert judge(now, before).verdict != "PASS" or judge(before, before).verdict == "PASS"


def test_pairs_cancel_what_both_sides_share() -> None:
    drift = [1.0, 1.5, 0.7, 2.0, 1.2]
    now = [level * factor for level, factor in zip(drift, (1.0, 1.02, 0.99, 1.01, 0.98), strict=True)]
    assert judge(now, drift).verdict == "INCONCLUSIVE"
    found = judge_pairs(now, drift)
    assert (found.verdict, found.runs) == ("PASS", 5)
    assert judge_pairs(now[:4], drift[:4]).code == "too_few"
    assert judge_pairs([1.3 * value for value in now], drift).verdict == "FAIL"


def test_pairs_without_a_ratio_are_decided_by_p_alone() -> None:
    assert judge_pairs([1, 2, 3, 4, 5], [0] * 5).verdict == "FAIL"
    assert judge_pairs([0, 0, 0, 0, 5], [0] * 5).code == "zero_baseline"
