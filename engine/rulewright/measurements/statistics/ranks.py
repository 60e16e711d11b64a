"""Two independent groups of runs: Mann and Whitney's test and Hodges and Lehmann's shift, exact.

U counts the pairs in which the first group's value is the smaller one; without a difference every way to choose which
runs are of the first group is as probable as any other. Counts are integers, so that the p-value of 3 against 3 runs
is 1/20 and not a float beside it.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, groupby
from math import comb, inf, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.statistics.normal import normal_cdf, normal_quantile
from rulewright.measurements.statistics.packed_polynomials import sum_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

EXACT_WORK: Final = 125_000
"""Exact up to min(n1, n2) · n1 · n2 of this size, that of 50 against 50 runs; the normal approximation beyond."""


class Shift(NamedTuple):
    """How much greater one group is than the other: the estimate and its one-sided bounds, -∞ and ∞ where the sizes
    give none."""

    estimate: float
    lower: float
    upper: float


def parse_alpha(confidence: float) -> Fraction:
    """1 - confidence as the exact decimal that it was written as: 0.95 → 1/20."""
    return 1 - Fraction(str(confidence))


def can_decide(n1: int, n2: int, alpha: Fraction) -> bool:
    """Whether `n1` against `n2` runs can reach p ≤ alpha. The least at 1/20: 1 against 19, 2 against 5, 3 against 3."""
    return comb(n1 + n2, n1) * alpha >= 1


def count_outer_shifts(n1: int, n2: int, alpha: Fraction) -> int:
    """k, the number of u with P(U ≤ u) ≤ alpha: the k-th smallest difference bounds the shift from below at the
    confidence 1 - alpha. 0 where the sizes give no bound."""
    total = comb(n1 + n2, n1)
    if not _is_exact(n1, n2):
        middle, spread = n1 * n2 / 2, sqrt(n1 * n2 * (n1 + n2 + 1) / 12)
        return max(0, int(middle - 0.5 + spread * normal_quantile(float(alpha))) + 1)
    return bisect_right(_cumulate_ways(*sorted((n1, n2))), alpha * total)


def estimate_shift(first: Sequence[float], second: Sequence[float], alpha: Fraction) -> Shift:
    """The shift from `second` to `first` (Hodges and Lehmann 1963): the median of all differences, and as bounds the
    k-th smallest and the k-th greatest of them. Values may be -∞ in `first` alone."""
    k = count_outer_shifts(len(first), len(second), alpha)
    pairs = len(first) * len(second)
    places = (k, pairs - k + 1, (pairs + 1) // 2, pairs // 2 + 1)
    low, high, left, right = _select_differences(sorted(first), sorted(second), places)
    return Shift(_average(left, right), low if k else -inf, high if k else inf)


def compute_rank_p(first: Sequence[float], second: Sequence[float]) -> Fraction:
    """The one-sided p of `first` being the greater: how probable a rank sum as great as its own is without difference.

    The distribution of the midranks that occur, exact under ties. Beyond `EXACT_WORK` the normal approximation with
    correction for ties and continuity.
    """
    n1, n2 = len(first), len(second)
    ranks, ties = _double_midranks(first, second)
    observed = sum(ranks[:n1])
    if not _is_exact(n1, n2):
        return _approximate_p(observed, n1, n2, ties)
    total = comb(n1 + n2, n1)
    if max(ties) == 1:
        # U of the second group: pairs in which the first group's value is the smaller one.
        smaller = n1 * n2 + n1 * (n1 + 1) // 2 - observed // 2
        return Fraction(_cumulate_ways(*sorted((n1, n2)))[smaller], total)
    everything = sum(ranks)
    if n1 <= n2:
        ways = sum_tail(sorted(ranks), n1, at_least=observed)
    else:  # the fewer are chosen: the second group's sum is then at most what it was
        ways = sum_tail(sorted(-rank for rank in ranks), n2, at_least=observed - everything)
    return Fraction(ways, total)


def _is_exact(n1: int, n2: int) -> bool:
    return min(n1, n2) * n1 * n2 <= EXACT_WORK


@lru_cache(maxsize=256)
def _cumulate_ways(n1: int, n2: int) -> tuple[int, ...]:
    """For u = 0 … n1·n2, the number of choices with U ≤ u: sums of the coefficients of the Gaussian binomial
    ∏ (1 - x^(n2+i)) / (1 - x^i), i = 1 … n1. Needs n1 ≤ n2."""
    size = n1 * n2 + 1
    ways = [1] + [0] * (size - 1)
    for i in range(1, n1 + 1):
        for u in range(size - 1, n2 + i - 1, -1):
            ways[u] -= ways[u - n2 - i]
        for u in range(i, size):
            ways[u] += ways[u - i]
    return tuple(accumulate(ways))


def _double_midranks(first: Sequence[float], second: Sequence[float]) -> tuple[list[int], list[int]]:
    """Twice the midrank of each value, first group first, and the sizes of all ties (1 for a value alone)."""
    pool = [*first, *second]
    order = sorted(range(len(pool)), key=pool.__getitem__)
    ranks, ties, before = [0] * len(pool), [], 0
    for _, tied in groupby(order, key=pool.__getitem__):
        places = [*tied]
        for place in places:
            ranks[place] = 2 * before + len(places) + 1
        ties.append(len(places))
        before += len(places)
    return ranks, ties


def _approximate_p(observed: int, n1: int, n2: int, ties: Sequence[int]) -> Fraction:
    n = n1 + n2
    square = n1 * n2 / 12 * (n + 1 - sum(tie**3 - tie for tie in ties) / (n * (n - 1)))
    excess = observed / 2 - n1 * (n + 1) / 2
    return Fraction(normal_cdf((0.5 - excess) / sqrt(square))) if square > 0 else Fraction(1)


def _average(left: float, right: float) -> float:
    return left if left == right else (left + right) / 2


def _select_differences(first: list[float], second: list[float], places: Sequence[int]) -> list[float]:
    """The differences first[i] - second[j] at these places (from 1) of their order. Both lists ascend."""
    if len(first) * len(second) <= EXACT_WORK:
        differences = sorted(a - b for a in first for b in second)
        return [differences[min(len(differences), max(1, place)) - 1] for place in places]
    return [_select_difference(first, second, max(1, place)) for place in places]


def _select_difference(first: list[float], second: list[float], place: int) -> float:
    """The difference at a place of the order, without writing all down: by bisection, and the counts of a staircase."""
    low, high = first[0] - second[-1], first[-1] - second[0]
    while True:
        middle = low + (high - low) / 2
        if not low < middle < high:
            return low if _count_differences(first, second, low) >= place else high
        if _count_differences(first, second, middle) >= place:
            high = middle
        else:
            low = middle


def _count_differences(first: list[float], second: list[float], limit: float) -> int:
    """The number of differences ≤ limit. Rounded subtraction is monotone, so that the staircase holds."""
    count, j = 0, 0
    for a in first:
        while j < len(second) and a - second[j] > limit:
            j += 1
        count += len(second) - j
    return count
