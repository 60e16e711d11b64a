"""Limits of rates."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.kinds.slo_gate.decisions.finding import Bound, Finding
from rulewright.kinds.slo_gate.decisions.rate import judge_counts, judge_outcomes
from rulewright.measurements.sample import Count


def show(value: float) -> str:
    return f"{100 * value:.3g}%"


def judge(bad: float, total: float, bound: Bound) -> Finding:
    return judge_counts([Count(bad, total)], bound, 0.95, show)


def judge_values(runs: Sequence[Sequence[float]], high: float, *, independent: bool = False) -> Finding:
    return judge_outcomes(runs, Bound(high=high), 0.95, show, independent=independent)


@pytest.mark.parametrize(("limit", "least"), [(0.05, 59), (0.01, 299), (0.005, 598), (0.001, 2995)])
def test_no_bad_event_passes_from_here_on(limit: float, least: int) -> None:
    bound = Bound(high=limit, high_open=True)
    assert judge(0, least, bound).verdict == "PASS"
    found = judge(0, least - 1, bound)
    assert (found.verdict, found.code, found.values_needed) == ("INCONCLUSIVE", "too_few", least)


def test_success_rates_are_bounded_from_below() -> None:
    assert judge(299, 299, Bound(low=0.99)).verdict == "PASS"
    assert judge(298, 298, Bound(low=0.99)).values_needed == 299
    assert judge(900, 1000, Bound(low=0.99)).verdict == "FAIL"


def test_bad_beyond_doubt_fails() -> None:
    found = judge(30, 1000, Bound(high=0.01))
    assert (found.verdict, found.code, found.observed) == ("FAIL", "beyond_limit", 0.03)
    assert found.interval is not None
    assert found.interval.lower == pytest.approx(0.0217, abs=1e-3)


def test_undecided_tells_how_many_events_decide() -> None:
    assert judge(4, 1000, Bound(high=0.01)).verdict == "PASS"
    found = judge(7, 1000, Bound(high=0.01))
    assert (found.verdict, found.code) == ("INCONCLUSIVE", "undecided")
    assert found.values_needed is not None
    share = found.values_needed * 0.007
    assert judge(share, found.values_needed, Bound(high=0.01)).verdict == "PASS"
    assert judge(share - 0.14, found.values_needed - 20, Bound(high=0.01)).verdict == "INCONCLUSIVE"


def test_a_limit_that_allows_everything_passes() -> None:
    assert judge(10, 10, Bound(high=1.0)).verdict == "PASS"
    assert judge(0, 10, Bound(low=0.0, high=1.0)).verdict == "PASS"


def test_counts_of_runs_are_added() -> None:
    found = judge_counts([Count(0, 100), Count(0, 199)], Bound(high=0.01), 0.95, show)
    assert (found.verdict, found.values, found.runs, found.certainty) == ("PASS", 299, 2, "interval")


def test_runs_that_differ_are_worth_fewer_events() -> None:
    even = [Count(2, 1000)] * 6
    uneven = [Count(12, 1000), *[Count(0, 1000)] * 5]
    assert judge_counts(even, Bound(high=0.005), 0.95, show).verdict == "PASS"
    found = judge_counts(uneven, Bound(high=0.005), 0.95, show)
    assert found.verdict == "INCONCLUSIVE"
    assert found.effective_n is not None
    assert found.effective_n < 600


def test_outcomes_in_a_group_are_worth_fewer() -> None:
    spread = [1.0 if i % 100 == 0 else 0.0 for i in range(1000)]
    grouped = [1.0 if i < 10 else 0.0 for i in range(1000)]
    assert judge_values([spread], 0.02).verdict == "PASS"
    assert judge_values([grouped], 0.02).verdict == "INCONCLUSIVE"
    assert judge_values([grouped], 0.02, independent=True).verdict == "PASS"


def test_partial_outcomes_count_as_they_are() -> None:
    found = judge_outcomes([[0.9] * 400], Bound(low=0.8), 0.95, show)
    assert (found.verdict, found.observed) == ("PASS", pytest.approx(0.9))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=40), min_size=1, max_size=6))
def test_lists_arrays_and_numpy_give_the_same_bytes(runs: list[list[float]]) -> None:
    expected = repr(judge_values(runs, 0.3))
    assert repr(judge_values([array("d", run) for run in runs], 0.3)) == expected
    assert repr(judge_values([numpy.array(run) for run in runs], 0.3)) == expected


@settings(deadline=None)
@given(st.integers(0, 100), st.integers(100, 2000), st.floats(0.001, 0.2), st.floats(0.001, 0.2))
def test_higher_limit_is_no_worse(bad: int, total: int, one: float, other: float) -> None:
    order = ["FAIL", "INCONCLUSIVE", "PASS"]
    low, high = (judge(bad, total, Bound(high=limit)).verdict for limit in sorted((one, other)))
    assert order.index(low) <= order.index(high)
