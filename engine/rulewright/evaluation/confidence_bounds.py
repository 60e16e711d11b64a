"""Confidence bounds of metrics: a percentile bootstrap over units, with a fixed seed.

A unit is what was drawn independently of the others (an issue, a pair, a question, a request). Several answers about
one unit depend on each other, so units are resampled and never answers.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final, TypeVar

from rulewright.measurements.statistics import percentile, wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Unit = TypeVar("Unit")

CONFIDENCE: Final = 0.95
RESAMPLES: Final = 2000
SEED: Final = 20260105


def bootstrap(
    units: Sequence[Unit],
    statistic: Callable[[Sequence[Unit]], float | None],
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[float, float]:
    """(lower, upper) of a statistic of the units, by percentiles of resamples with replacement.

    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3. Resamples in which the statistic is
    not defined (None) are left out. Raises ValueError without a unit, or when it is defined in none.
    """
    if not units:
        raise ValueError("there is no unit to draw from")
    random, count = Random(seed).random, len(units)
    found: list[float] = []
    for _ in range(resamples):
        value = statistic([units[int(random() * count)] for _ in range(count)])
        if value is not None:
            found.append(value)
    if not found:
        raise ValueError("the statistic is defined in no resample")
    found.sort()
    cut = (1 - confidence) / 2
    return percentile(found, cut), percentile(found, 1 - cut)


def compute_bounds(
    units: Sequence[Unit],
    statistic: Callable[[Sequence[Unit]], float | None],
    *,
    share: bool,
    seed: int = SEED,
) -> tuple[float, float]:
    """The bootstrap's bounds; for a share (a mean of units' values between 0 and 1) never narrower than Wilson's.

    Where no unit flipped, every resample says 0 and the bootstrap is sure after a single one. Wilson's interval
    (1927) of as many outcomes is not, and it holds for any values between 0 and 1: with the same mean, outcomes vary
    most. Raises ValueError as `bootstrap`.
    """
    low, high = bootstrap(units, statistic, seed=seed)
    value = statistic(units)
    if not share or value is None:
        return low, high
    least, most = wilson(min(1.0, max(0.0, value)), len(units), CONFIDENCE)
    return min(low, least), max(high, most)
