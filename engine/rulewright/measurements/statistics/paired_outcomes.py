"""Yes/no items that were judged on both sides: McNemar's exact test, and Tango's interval of the difference."""

from __future__ import annotations

from fractions import Fraction
from math import comb, inf, sqrt
from typing import TYPE_CHECKING

from rulewright.measurements.statistics.normal import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Callable


def compute_mcnemar_p(lost: int, won: int) -> Fraction:
    """The one-sided p of losing more than winning, among `lost` items that turned from yes to no and `won` that turned
    from no to yes: P(X ≥ lost) of X ~ Bin(lost + won, 1/2) (McNemar 1947, exact)."""
    n = lost + won
    return Fraction(sum(comb(n, count) for count in range(lost, n + 1)), 2**n)


def bound_drop(lost: int, won: int, n: int, confidence: float) -> tuple[float, float]:
    """One-sided score bounds of the drop (lost - won) / n of the share of yes, each at `confidence` (Tango,
    "Equivalence Test and Confidence Interval for the Difference in Proportions for the Paired-Sample Design", 1998).

    0 ≤ lost + won ≤ n, n > 0.
    """
    z = normal_quantile(confidence)
    drop = (lost - won) / n
    low = _bisect(lambda bound: _score(lost, won, n, bound) <= z, -1.0, drop)
    high = _bisect(lambda bound: _score(lost, won, n, bound) < -z, drop, 1.0)
    return low, high


def _score(lost: int, won: int, n: int, drop: float) -> float:
    """The score statistic of a true drop; it falls as `drop` rises. The nuisance parameter is its restricted maximum
    likelihood estimate, the greater root of Tango's quadratic equation."""
    a = 2 * n
    b = -lost - won + (2 * n - lost + won) * drop
    c = -won * drop * (1 - drop)
    root = (sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
    variance = n * (2 * root + drop * (1 - drop))
    excess = lost - won - n * drop
    if variance <= 0:
        return 0.0 if excess == 0 else inf if excess > 0 else -inf
    return excess / sqrt(variance)


def _bisect(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition that is false below and true above begins to hold."""
    for _ in range(60):
        middle = (low + high) / 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
