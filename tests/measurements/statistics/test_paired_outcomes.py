"""Yes/no items of two sides."""

from __future__ import annotations

from fractions import Fraction
from math import log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.statistics.paired_outcomes import bound_drop, compute_mcnemar_p


@pytest.mark.parametrize(
    ("lost", "won", "p"),
    [(0, 0, Fraction(1)), (5, 0, Fraction(1, 32)), (4, 0, Fraction(1, 16)), (12, 4, Fraction(2517, 65536))],
)
def test_mcnemar(lost: int, won: int, p: Fraction) -> None:
    assert compute_mcnemar_p(lost, won) == p


def score(lost: int, won: int, n: int, drop: float) -> float:
    """The score statistic with its nuisance parameter found by a search, not by Tango's equation."""

    def likelihood(p: float) -> float:  # p: of won; p + drop: of lost
        parts = ((lost, p + drop), (won, p), (n - lost - won, 1 - 2 * p - drop))
        return sum(count * log(share) if count else 0.0 for count, share in parts)

    low, high = max(0.0, -drop) + 1e-12, (1 - drop) / 2 - 1e-12
    for _ in range(200):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if likelihood(left) < likelihood(right):
            low = left
        else:
            high = right
    return (lost - won - n * drop) / sqrt(n * (2 * low + drop - drop * drop))


@pytest.mark.parametrize(("lost", "won", "n"), [(10, 2, 50), (3, 9, 40), (16, 12, 212), (7, 1, 8)])
def test_bounds_are_where_the_score_is_the_quantile(lost: int, won: int, n: int) -> None:
    low, high = bound_drop(lost, won, n, 0.95)
    assert score(lost, won, n, low) == pytest.approx(1.6448536, abs=1e-4)
    assert score(lost, won, n, high) == pytest.approx(-1.6448536, abs=1e-4)


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 40))
def test_bounds_enclose_the_drop_and_mirror(lost: int, won: int, same: int) -> None:
    n = lost + won + same + 1
    low, high = bound_drop(lost, won, n, 0.95)
    assert -1 <= low <= (lost - won) / n <= high <= 1
    assert bound_drop(won, lost, n, 0.95) == pytest.approx((-high, -low), abs=1e-9)


def test_no_change_among_many_items_excludes_a_large_drop() -> None:
    assert bound_drop(0, 0, 200, 0.95)[1] == pytest.approx(0.0133, abs=1e-3)
