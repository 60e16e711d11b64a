"""Limits of percentiles, decided by the share of values beyond them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from random import Random

import numpy
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rulewright.kinds.slo_gate.decisions.finding import Bound, Finding
from rulewright.kinds.slo_gate.decisions.percentile import PercentileSample, judge_percentile, predict_next


def judge(
    runs: Sequence[Sequence[float]], bound: Bound, q: float = 0.95, *, independent: bool = False
) -> Finding:
    sample = PercentileSample(runs, q, 0.95, independent=independent)
    return judge_percentile(sample, bound, lambda value: f"{value:g}ms")


def draw_runs(seed: int, runs: int, size: int, noise: float = 0.0) -> list[list[float]]:
    """Log-normal values, and runs that differ by `noise`."""
    random = Random(seed)
    levels = [random.lognormvariate(0, noise) for _ in range(runs)]
    return [[level * random.lognormvariate(0, 0.3) for _ in range(size)] for level in levels]


@pytest.mark.parametrize(("q", "least"), [(0.5, 5), (0.95, 59), (0.99, 299)])
def test_least_number_of_values(q: float, least: int) -> None:
    enough = judge([[1.0] * least], Bound(high=2), q)
    assert (enough.verdict, enough.code, enough.values) == ("PASS", "", least)
    few = judge([[1.0] * (least - 1)], Bound(high=2), q)
    assert (few.verdict, few.code, few.values_needed) == ("INCONCLUSIVE", "too_few", least)


def test_reason_is_told_by_shares() -> None:
    values = [2000.0 if i in (7, 300, 800) else 100.0 for i in range(1000)]
    found = judge([values], Bound(high=1000))
    assert found.verdict == "PASS"
    assert found.reason == "at most 0.77 % of values exceed 1000ms; 5 % may"
    assert found.share is not None
    assert found.share.beyond == 0.003


def test_twice_the_allowed_share_in_twenty_values_does_not_pass() -> None:
    found = judge([[1.0] * 20], Bound(high=2))
    assert (found.verdict, found.values_needed) == ("INCONCLUSIVE", 59)


def test_far_beyond_the_limit_fails() -> None:
    found = judge([[1.0, 3.0] * 50], Bound(high=2))
    assert (found.verdict, found.code) == ("FAIL", "beyond_limit")
    assert found.reason == "at least 41 % of values exceed 2ms; 5 % may"


def test_values_at_the_limit_are_beyond_an_open_one() -> None:
    values = [[2.0] * 60]
    assert judge(values, Bound(high=2)).verdict == "PASS"
    assert judge(values, Bound(high=2, high_open=True)).verdict == "FAIL"


def test_one_run_says_so() -> None:
    assert judge([[1.0] * 100], Bound(high=2)).certainty == "one_run"
    assert judge([[1.0] * 50] * 2, Bound(high=2)).certainty == "interval"
    assert judge([[1.0] * 100], Bound(high=2), independent=True).certainty == "interval"


def test_limit_from_below_is_the_same_on_negated_values() -> None:
    runs = draw_runs(1, 1, 300)
    above = judge([[-value for value in runs[0]]], Bound(high=-0.6), 0.9)
    below = judge(runs, Bound(low=0.6), 0.1)
    assert (above.verdict, above.share) == (below.verdict, below.share)
    assert above.interval is not None
    assert below.interval is not None
    assert (above.interval.lower, above.interval.upper) == (-below.interval.upper, -below.interval.lower)


def test_both_sides_must_hold() -> None:
    values = [[0.9 + 0.002 * i for i in range(100)]]
    assert judge(values, Bound(0.5, False, 2.0, False)).verdict == "PASS"
    assert judge(values, Bound(2.0, False, 3.0, False)).verdict == "FAIL"
    assert judge(values, Bound(0.5, False, 1.0, False)).verdict == "FAIL"


def test_dependent_values_are_worth_fewer() -> None:
    # 12 of 600 values beyond: alone, or all in one group.
    spread = [3.0 if i % 50 == 0 else 1.0 for i in range(600)]
    grouped = [3.0 if 100 <= i < 112 else 1.0 for i in range(600)]
    assert judge([spread], Bound(high=2)).effective_n == 600
    found = judge([grouped], Bound(high=2))
    assert found.effective_n == pytest.approx(600 / 12, rel=0.05)
    assert (found.verdict, judge([spread], Bound(high=2)).verdict) == ("INCONCLUSIVE", "PASS")
    assert judge([grouped], Bound(high=2), independent=True).verdict == "PASS"


def test_runs_that_differ_are_worth_fewer_values() -> None:
    # 24 of 600 values beyond, evenly in six runs or all in one of them.
    even = [[3.0] * 2 + [1.0] * 98 for _ in range(6)]
    uneven = [[3.0] * 12 + [1.0] * 88, *([1.0] * 100 for _ in range(5))]
    assert judge(even, Bound(high=3.5)).verdict == "PASS"
    assert judge(even, Bound(high=2)).effective_n == 600
    found = judge(uneven, Bound(high=2))
    # x = 0.02, variance of the mean of shares 0.12² · (1/6 - 1/36) / 5, (z / t₅)² = 0.6663
    assert found.effective_n == pytest.approx(0.02 * 0.98 / (0.12**2 / 36) * 0.66635, rel=1e-3)


def test_next_run_must_stay_within_the_limit() -> None:
    runs = [[level] * 100 for level in (1.0, 1.0, 1.2)]
    found = judge(runs, Bound(high=1.35))
    assert (found.verdict, found.code) == ("INCONCLUSIVE", "undecided")
    assert found.share is not None
    assert found.share.upper < 0.05
    assert "but the percentile of the next run may rise to" in found.reason
    assert found.runs_needed is not None
    assert judge(runs[:2], Bound(high=1.35)).verdict == "PASS"


def test_next_run_by_hand() -> None:
    """Mean 2 and deviation 1 of logarithms 1, 2, 3; t₂ at 0.95 is 2.919986."""
    logs = [2.718281828459045**i for i in (1, 2, 3)]
    expected = 2.718281828459045 ** (2 + 2.919986 * (4 / 3) ** 0.5)
    assert predict_next(logs, 0.95, 1.0) == pytest.approx(expected, rel=1e-5)
    assert predict_next([-1.0, 0.0, 1.0], 0.95, -1.0) == pytest.approx(-2.919986 * (4 / 3) ** 0.5, rel=1e-6)
    assert predict_next([0.1] * 10, 0.95, 1.0) == 0.1


def test_runs_of_one_value_are_independent() -> None:
    runs = [[1.0] for _ in range(58)]
    assert judge(runs, Bound(high=2)).code == "too_few"
    found = judge([*runs, [1.0]], Bound(high=2))
    assert (found.verdict, found.runs, found.certainty) == ("PASS", 59, "interval")


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10**6),
    st.sampled_from([1, 2, 4, 6]),
    st.sampled_from([7, 80, 300]),
    st.floats(0.8, 2.5),
    st.booleans(),
)
@example(32187, 6, 80, 1.0, False)
def test_interval_is_where_the_verdict_turns(
    seed: int, runs: int, size: int, limit: float, independent: bool
) -> None:
    """Exactly so for independent values. How many independent ones dependent values are worth changes with the limit,
    so that their verdict can turn more than once: the interval then has the ends that were found."""
    values = draw_runs(seed, runs, size, noise=0.02)
    found = judge(values, Bound(high=limit), independent=independent)
    assert found.interval is not None
    lower, upper = found.interval.lower, found.interval.upper
    assert lower is None or upper is None or lower <= upper
    if not independent:
        return
    if upper is not None:
        beyond = judge(values, Bound(high=upper * (1 + 1e-9)), independent=True)
        assert beyond.verdict == "PASS"
        assert (found.verdict == "PASS") == (limit >= upper)
    if lower is not None:
        below = judge(values, Bound(high=lower * (1 - 1e-9)), independent=True)
        assert below.verdict == "FAIL"
        assert (found.verdict == "FAIL") == (limit < lower)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.floats(0.8, 2.5), st.floats(0.8, 2.5), st.sampled_from([0.5, 0.95]))
def test_higher_limit_is_no_worse(seed: int, one: float, other: float, q: float) -> None:
    values = draw_runs(seed, 1, 200)
    order = ["FAIL", "INCONCLUSIVE", "PASS"]
    low, high = (
        judge(values, Bound(high=limit), q, independent=True).verdict for limit in sorted((one, other))
    )
    assert order.index(low) <= order.index(high)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10**6), st.sampled_from([1, 3, 6]), st.integers(1, 120), st.floats(0.8, 2.5), st.booleans()
)
def test_lists_arrays_and_numpy_give_the_same_bytes(
    seed: int, runs: int, size: int, limit: float, low: bool
) -> None:
    values = [[round(value, 1) for value in run] for run in draw_runs(seed, runs, size, noise=0.1)]
    bound = Bound(low=limit) if low else Bound(high=limit)
    expected = repr(judge(values, bound))
    assert repr(judge([array("d", run) for run in values], bound)) == expected
    assert repr(judge([numpy.array(run) for run in values], bound)) == expected


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([3, 6]), st.floats(0.8, 2.5))
def test_unit_and_order_of_runs_change_no_verdict(seed: int, runs: int, limit: float) -> None:
    values = draw_runs(seed, runs, 60, noise=0.1)
    found = judge(values, Bound(high=limit))
    assert judge(values[::-1], Bound(high=limit)) == found
    other = judge([[value * 1000 for value in run] for run in values], Bound(high=limit * 1000))
    assert (other.verdict, other.share, other.effective_n) == (found.verdict, found.share, found.effective_n)
