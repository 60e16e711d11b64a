"""Counts of subsets by their sum, for exact distributions of ranks under ties.

A polynomial is one large integer: coefficient s stands in the bits from s·width on, so that a shift multiplies by a
power and an addition adds all coefficients at once.
"""

from __future__ import annotations

from itertools import groupby
from math import comb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def sum_tail(scores: Sequence[int], chosen: int, *, at_least: int) -> int:
    """The number of ways to choose `chosen` of the scores with a sum of `at_least` or more. Scores ascend."""
    least = scores[0]
    step = _find_step([score - least for score in scores])
    width = comb(len(scores), chosen).bit_length()
    sums = [1] + [0] * chosen
    taken = 0
    for score, equal in groupby(scores):
        count = sum(1 for _ in equal)
        shift = (score - least) // step * width
        ways = [comb(count, j) for j in range(count + 1)]
        taken += count
        for size in range(min(chosen, taken), 0, -1):
            total = sums[size]
            for j in range(1, min(count, size) + 1):
                if sums[size - j]:
                    total += (sums[size - j] * ways[j]) << (shift * j)
            sums[size] = total
    first = -((least * chosen - at_least) // step)  # rounded up
    return _add_coefficients(sums[chosen] >> (max(0, first) * width), width)


def sum_signed_tail(scores: Sequence[int], *, at_least: int) -> int:
    """The number of the 2^n subsets of the scores with a sum of `at_least` or more. Scores are not negative."""
    step = _find_step(scores)
    width = len(scores) + 1
    sums = 1
    for score in scores:
        sums += sums << (score // step * width)
    return _add_coefficients(sums >> (max(0, -(-at_least // step)) * width), width)


def _find_step(scores: Sequence[int]) -> int:
    """2 where all scores are even, as twice the ranks of values without ties are."""
    return 1 if any(score % 2 for score in scores) else 2


def _add_coefficients(packed: int, width: int) -> int:
    """The sum of all coefficients. It may need no more than `width` bits."""
    count = -(-packed.bit_length() // width)
    while count > 1:
        half = (count + 1) // 2
        packed = (packed >> (half * width)) + (packed & ((1 << (half * width)) - 1))
        count = half
    return packed
