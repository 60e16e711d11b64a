"""Rank tests of two groups, against all divisions of a pool and published examples."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import comb, exp, inf, log
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.statistics import ranks
from rulewright.measurements.statistics.ranks import (
    can_decide,
    compute_rank_p,
    count_outer_shifts,
    estimate_shift,
    parse_alpha,
)

ALPHA = Fraction(1, 20)
few = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=5)
PERMEABILITY = (  # Hollander and Wolfe, "Nonparametric Statistical Methods", 1973, table 4.1
    [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
    [1.15, 0.88, 0.90, 0.74, 1.21],
)


def test_alpha_is_the_decimal_that_was_written() -> None:
    assert [parse_alpha(confidence) for confidence in (0.95, 0.98, 0.9)] == [
        Fraction(1, 20),
        Fraction(1, 50),
        Fraction(1, 10),
    ]


@settings(deadline=None)
@given(few, few)
def test_p_counts_all_divisions_of_the_pool(first: list[float], second: list[float]) -> None:
    pool = first + second
    midranks = [2 * sum(w < v for w in pool) + sum(w == v for w in pool) for v in pool]
    observed = sum(midranks[: len(first)])
    ways = sum(
        sum(midranks[i] for i in chosen) >= observed for chosen in combinations(range(len(pool)), len(first))
    )
    assert compute_rank_p(first, second) == Fraction(ways, comb(len(pool), len(first)))


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        ([100] * 7 + [1] * 3, [1] * 10, Fraction(286, 184756)),
        ([0, 1, 2, 1, 0, 0], [0] * 6, Fraction(84, 924)),
        ([1, 4, 2, 3, 1], [0] * 5, Fraction(1, 252)),
        ([4, 5, 6], [1, 2, 3], Fraction(1, 20)),
    ],
)
def test_hard_cases(first: list[float], second: list[float], p: Fraction) -> None:
    assert compute_rank_p(first, second) == p


def test_published_example() -> None:
    assert float(compute_rank_p(*PERMEABILITY)) == pytest.approx(0.1272, abs=5e-5)
    assert estimate_shift(*PERMEABILITY, ALPHA).estimate == pytest.approx(0.305)


@pytest.mark.parametrize(
    ("n1", "n2", "k"),
    [
        (1, 18, 0),
        (1, 19, 1),
        (2, 4, 0),
        (2, 5, 1),
        (2, 3, 0),
        (3, 3, 1),
        (5, 5, 5),
        (10, 10, 28),
        (20, 20, 139),
    ],
)
def test_outer_shifts_follow_the_tables(n1: int, n2: int, k: int) -> None:
    """Critical values of U at 0.05, one-sided, are one less (Milton, "An Extended Table of Critical Values", 1964)."""
    assert count_outer_shifts(n1, n2, ALPHA) == count_outer_shifts(n2, n1, ALPHA) == k
    assert can_decide(n1, n2, ALPHA) is (k > 0)


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from(["0.8", "0.9", "0.95"]))
def test_outer_shifts_are_counted_in_integers(n1: int, n2: int, confidence: str) -> None:
    alpha = 1 - Fraction(confidence)
    us = [
        sum(sum(j not in chosen for j in range(i)) for i in chosen)
        for chosen in combinations(range(n1 + n2), n1)
    ]
    expected = sum(Fraction(sum(u <= limit for u in us), len(us)) <= alpha for limit in range(n1 * n2 + 1))
    assert count_outer_shifts(n1, n2, alpha) == expected


@settings(deadline=None)
@given(st.lists(st.floats(-9, 9), min_size=3, max_size=8), st.lists(st.floats(-9, 9), min_size=3, max_size=8))
def test_shift_is_the_median_of_all_differences(first: list[float], second: list[float]) -> None:
    shift = estimate_shift(first, second, ALPHA)
    differences = sorted(a - b for a in first for b in second)
    k = count_outer_shifts(len(first), len(second), ALPHA)
    assert shift.estimate == pytest.approx(median(differences))
    assert (shift.lower, shift.upper) == (differences[k - 1], differences[-k])
    assert estimate_shift(first[::-1], second[::-1], ALPHA) == shift


def test_sizes_that_cannot_decide_have_no_bounds() -> None:
    assert estimate_shift([2.0], [1.0, 1.0], ALPHA) == (1.0, -inf, inf)


def test_a_group_may_hold_the_logarithm_of_zero() -> None:
    assert estimate_shift([-inf, 1.0, 2.0], [0.0, 0.0, 0.0], ALPHA) == (1.0, -inf, 2.0)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 30), st.integers(1, 30))
def test_many_values_are_selected_without_writing_all_differences_down(n1: int, n2: int) -> None:
    first, second = [log(2 + i % 7) for i in range(n1)], [log(3 + i % 11) for i in range(n2)]
    differences = sorted(a - b for a in first for b in second)
    selected = [
        ranks._select_difference(sorted(first), sorted(second), place)
        for place in range(1, len(differences) + 1)
    ]
    assert selected == differences


def test_approximation_continues_the_exact_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = [exp(i / 50) for i in range(50)], [exp(i / 50) - 0.05 for i in range(50)]
    tied = [round(value, 1) for value in first], [round(value, 1) for value in second]
    exact = [float(compute_rank_p(first, second)), float(compute_rank_p(*tied))]
    k = count_outer_shifts(50, 50, ALPHA)
    monkeypatch.setattr(ranks, "EXACT_WORK", 0)
    assert [float(compute_rank_p(first, second)), float(compute_rank_p(*tied))] == pytest.approx(
        exact, abs=2e-3
    )
    assert abs(count_outer_shifts(50, 50, ALPHA) - k) <= 1
