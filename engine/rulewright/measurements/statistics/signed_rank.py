"""Pairs of runs, each measured beside the other: Wilcoxon's signed ranks and the shift of Hodges and Lehmann, exact.

Differences of zero keep their ranks and count for neither side (Pratt, "Remarks on Zeros and Ties in the Wilcoxon
Signed Rank Procedures", 1959). Dropped before they are ranked, as Wilcoxon does, they can make a set of pairs less
significant when one of its differences grows.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, groupby
from math import inf, sqrt
from typing import TYPE_CHECKING, Final

from rulewright.measurements.statistics.normal import normal_cdf, normal_quantile
from rulewright.measurements.statistics.packed_polynomials import sum_signed_tail
from rulewright.measurements.statistics.ranks import Shift

if TYPE_CHECKING:
    from collections.abc import Sequence

EXACT_PAIRS: Final = 100
"""Exact up to so many pairs; the normal approximation beyond."""


def can_decide_pairs(n: int, alpha: Fraction) -> bool:
    """Whether `n` pairs can reach p ≤ alpha: from 5 on at 1/20."""
    return (1 << n) * alpha >= 1


def estimate_paired_shift(differences: Sequence[float], alpha: Fraction) -> Shift:
    """The shift of paired differences: the median of their Walsh averages (d_i + d_j) / 2, i ≤ j, and as bounds the
    k-th smallest and k-th greatest, k the number of w with P(W ≤ w) ≤ alpha."""
    ordered = sorted(differences)
    averages = sorted(
        low if low == high else (low + high) / 2 for i, low in enumerate(ordered) for high in ordered[i:]
    )
    count = len(averages)
    k = _count_outer(len(ordered), alpha)
    left, right = averages[(count - 1) // 2], averages[count // 2]
    estimate = left if left == right else (left + right) / 2
    return Shift(estimate, averages[k - 1] if k else -inf, averages[count - k] if k else inf)


def compute_signed_rank_p(differences: Sequence[float]) -> Fraction:
    """The one-sided p of the differences lying above 0. Exact under ties and zeros up to `EXACT_PAIRS`."""
    ranks = _double_ranks(differences)
    observed = sum(rank for rank, difference in ranks if difference > 0)
    signed = [rank for rank, difference in ranks if difference]
    if len(differences) > EXACT_PAIRS:
        spread = sqrt(sum(rank * rank for rank in signed)) / 2
        excess = observed - sum(signed) / 2
        return Fraction(normal_cdf((1 - excess) / spread)) if spread else Fraction(1)
    return Fraction(sum_signed_tail(signed, at_least=observed), 2 ** len(signed))


def _count_outer(n: int, alpha: Fraction) -> int:
    if n > EXACT_PAIRS:
        middle, spread = n * (n + 1) / 4, sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return max(0, int(middle - 0.5 + spread * normal_quantile(float(alpha))) + 1)
    return bisect_right(_cumulate_signed_ways(n), alpha * 2**n)


@lru_cache(maxsize=EXACT_PAIRS)
def _cumulate_signed_ways(n: int) -> tuple[int, ...]:
    """For w = 0 … n(n+1)/2, the number of sign choices with W ≤ w: sums of the coefficients of ∏ (1 + x^i)."""
    ways = [1]
    for i in range(1, n + 1):
        longer = [*ways, *([0] * i)]
        for w, count in enumerate(ways):
            longer[w + i] += count
        ways = longer
    return tuple(accumulate(ways))


def _double_ranks(differences: Sequence[float]) -> list[tuple[int, float]]:
    """(twice the midrank of its size, the difference) of each difference."""
    ranks: list[tuple[int, float]] = []
    for _, tied in groupby(sorted(differences, key=abs), key=abs):
        equal = [*tied]
        rank = 2 * len(ranks) + len(equal) + 1
        ranks += [(rank, difference) for difference in equal]
    return ranks
