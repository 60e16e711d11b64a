"""Wilcoxon's signed ranks, against all choices of signs and a published example."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.statistics import signed_rank
from rulewright.measurements.statistics.signed_rank import (
    can_decide_pairs,
    compute_signed_rank_p,
    estimate_paired_shift,
)

ALPHA = Fraction(1, 20)
DEPRESSION = [0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01]
"""Hollander and Wolfe, "Nonparametric Statistical Methods", 1973, table 3.1: before - after."""


@settings(deadline=None)
@given(st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=8))
def test_p_counts_all_choices_of_signs(differences: list[float]) -> None:
    sizes = [abs(difference) for difference in differences]
    ranks = [2 * sum(w < v for w in sizes) + sum(w == v for w in sizes) + 1 for v in sizes]
    observed = sum(rank for rank, difference in zip(ranks, differences, strict=True) if difference > 0)
    signed = [rank for rank, size in zip(ranks, sizes, strict=True) if size]
    sums = [
        sum(rank for rank, up in zip(signed, signs, strict=True) if up)
        for signs in product((False, True), repeat=len(signed))
    ]
    assert compute_signed_rank_p(differences) == Fraction(sum(total >= observed for total in sums), len(sums))


def test_published_example() -> None:
    assert compute_signed_rank_p(DEPRESSION) == Fraction(10, 512)  # 0.01953
    assert estimate_paired_shift(DEPRESSION, ALPHA).estimate == pytest.approx(0.46)


def test_five_pairs_are_the_least() -> None:
    assert [can_decide_pairs(n, ALPHA) for n in (4, 5)] == [False, True]
    assert compute_signed_rank_p([0.1, 0.2, 0.3, 0.4, 0.5]) == Fraction(1, 32)
    assert estimate_paired_shift([0.1, 0.2, 0.3, 0.4, 0.5], ALPHA)[1:] == (0.1, 0.5)


def test_zeros_keep_their_ranks() -> None:
    """Without their ranks the two choices would be those of 1 + 2 + 3 alone: 1/8 either way; with them they still are,
    but a zero never makes a result significant."""
    assert compute_signed_rank_p([0.0, 0.0, 1.0, 2.0, 3.0]) == Fraction(1, 8)
    assert compute_signed_rank_p([0.0, 0.0, 0.0]) == 1


@settings(deadline=None)
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=9))
def test_shift_is_the_median_of_walsh_averages(differences: list[float]) -> None:
    averages = sorted((a + b) / 2 for i, a in enumerate(differences) for b in differences[i:])
    shift = estimate_paired_shift(differences, ALPHA)
    assert shift.estimate == pytest.approx(median(averages))
    assert shift.lower <= shift.estimate <= shift.upper
    assert estimate_paired_shift(differences[::-1], ALPHA) == shift


def test_approximation_continues_the_exact_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = [(-1.0 if i % 3 == 0 else 1.0) * (i % 10) for i in range(60)]
    exact = float(compute_signed_rank_p(differences))
    shift = estimate_paired_shift(differences, ALPHA)
    monkeypatch.setattr(signed_rank, "EXACT_PAIRS", 0)
    assert float(compute_signed_rank_p(differences)) == pytest.approx(exact, abs=1e-3)
    assert estimate_paired_shift(differences, ALPHA) == pytest.approx(shift, abs=0.5)
