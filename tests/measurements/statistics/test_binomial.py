"""Bounds of shares, against values of scipy 1.17.1 (`stats.beta.ppf`) and the binomial distribution itself."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.statistics.binomial import (
    bound_share_above,
    bound_share_below,
    count_values_needed,
    wilson,
)


@pytest.mark.parametrize(
    ("bad", "n", "lower", "upper"),
    [
        (1, 93, 0.0005513887291981872, 0.049993978387988317),
        (7, 200, 0.01653963501789509, 0.06473252213684852),
        (13, 59, 0.13554037768103872, 0.32731603707673246),
        (2, 10, 0.03677143788746509, 0.5069013010632024),
        (1000, 200_000, 0.004743398124703702, 0.005267308845021549),
    ],
)
def test_bounds(bad: int, n: int, lower: float, upper: float) -> None:
    assert bound_share_above(bad, n, 0.95) == pytest.approx(upper, rel=1e-12)
    assert bound_share_below(bad, n, 0.95) == pytest.approx(lower, rel=1e-12)


@pytest.mark.parametrize(("bad", "n"), [(0, 59), (1, 93), (3, 200), (17, 300)])
def test_upper_bound_leaves_exactly_five_percent(bad: int, n: int) -> None:
    share = Fraction(bound_share_above(bad, n, 0.95))
    tail = sum(comb(n, count) * share**count * (1 - share) ** (n - count) for count in range(bad + 1))
    assert float(tail) == pytest.approx(0.05, rel=1e-12)


def test_a_thousand_million_events() -> None:
    # With so many events the bounds are those of a Poisson count: half of a χ² quantile (7.753656 of 3 at 0.95).
    assert bound_share_above(3, 1e9, 0.95) == pytest.approx(7.753656528e-9, rel=1e-8)
    assert bound_share_above(5e8, 1e9, 0.95) == pytest.approx(0.5 + 1.6448536 / 2e9**0.5 / 2**0.5, abs=1e-9)


@pytest.mark.parametrize(("allowed", "n"), [(0.5, 5), (0.05, 59), (0.01, 299), (0.005, 598), (0.001, 2995)])
def test_values_needed_without_a_bad_one(allowed: float, n: int) -> None:
    assert count_values_needed(allowed, 0.95) == n
    assert bound_share_above(0, n, 0.95) <= allowed < bound_share_above(0, n - 1, 0.95)


def test_none_and_all() -> None:
    assert bound_share_below(0, 20, 0.95) == 0.0
    assert bound_share_above(20, 20, 0.95) == 1.0


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(1, 1e6), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_bounds_enclose_the_share_and_mirror_each_other(share: float, n: float, confidence: float) -> None:
    low, high = bound_share_below(share * n, n, confidence), bound_share_above(share * n, n, confidence)
    assert low <= share + 1e-12
    assert high >= share - 1e-12
    assert 1 - bound_share_above(n - share * n, n, confidence) == pytest.approx(low, abs=1e-9)


@settings(deadline=None)
@given(st.integers(0, 50), st.integers(51, 500))
def test_upper_bound_rises_with_bad_events_and_falls_with_events(bad: int, n: int) -> None:
    here = bound_share_above(bad, n, 0.95)
    assert bound_share_above(bad + 1, n, 0.95) > here > bound_share_above(bad, n + 1, 0.95)


def test_wilson_of_eight_in_ten() -> None:
    assert wilson(0.8, 10, 0.95) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)


def test_wilson_of_none_and_all() -> None:
    assert wilson(0.0, 10, 0.95)[0] == 0.0
    assert wilson(1.0, 10, 0.95)[1] == 1.0
