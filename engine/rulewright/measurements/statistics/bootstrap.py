"""What two sets of raw values say about the ratio of their aggregates, by resampling values.

Values of one run are taken as independent, which they are not. Everything is pure, bounded and deterministic: random
numbers come from a fixed seed, and the order of the values matters to `last` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, fsum, inf, sqrt
from typing import TYPE_CHECKING, Final

from rulewright.measurements.statistics.aggregates import aggregate, percentile, quantile_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

SEED: Final = 20260105
MIN_PER_SIDE: Final = 5
"""With fewer values on a side no exact test reaches p < 0.02: 4 against 4 ends at 0.029."""
RESAMPLES: Final = 600
PERMUTATIONS: Final = 500
SMALL: Final = 40
"""Up to this many values are resampled one by one; above it the aggregate is drawn from its distribution."""
GUARDED: Final = 30
"""Below this many values on a side a failure must also survive a permutation test."""


@dataclass(frozen=True, slots=True)
class RatioComparison:
    """The ratio of two aggregates, current to baseline, with its bootstrap interval."""

    ratio: float
    lower: float
    upper: float


def compare(
    name: str, current: Sequence[float], baseline: Sequence[float], confidence: float
) -> RatioComparison:
    """Compare an aggregate of two sets of non-negative values, at least `MIN_PER_SIDE` each.

    `confidence` is two-sided: 0.98 leaves 1 % on each side of the interval.
    """
    from random import Random

    now, before = sorted(current), sorted(baseline)
    rng = Random(SEED)
    pairs = zip(_draws(name, now, rng), _draws(name, before, rng), strict=True)
    ratios = sorted(_ratio(a, b) for a, b in pairs)
    # Nearest ranks, outwards: infinite ratios cannot be interpolated.
    cut = int((1 - confidence) / 2 * (len(ratios) - 1))
    ratio = _ratio(aggregate(name, now), aggregate(name, before))
    return RatioComparison(ratio, ratios[cut], ratios[-1 - cut])


def chance(
    name: str, current: Sequence[float], baseline: Sequence[float], *, higher_is_better: bool
) -> float | None:
    """How probable a difference at least this bad is when both sides are alike: a one-sided permutation test.

    The bootstrap is too sure of itself when values are few. None where there are enough not to need this.
    """
    from random import Random

    if min(len(current), len(baseline)) >= GUARDED:
        return None
    sides = _thin(sorted(current)), _thin(sorted(baseline))
    return _chance(name, *sides, Random(SEED), higher_is_better)


def _ratio(value: float, base: float) -> float:
    if base > 0:
        return value / base
    return 1.0 if value == base else inf


def _draws(name: str, ordered: list[float], rng: Random) -> list[float]:
    """The aggregate of `RESAMPLES` resamples."""
    n = len(ordered)
    if n <= SMALL:
        return [aggregate(name, rng.choices(ordered, k=n)) for _ in range(RESAMPLES)]
    q = quantile_of(name)
    if q is not None:
        # The k-th smallest of a resample stands at the place of a Beta(k, n-k+1) variate.
        k = (n - 1) * q + 1
        return [ordered[min(n - 1, int(n * rng.betavariate(k, n - k + 1)))] for _ in range(RESAMPLES)]
    mean = fsum(ordered) / n
    spread = sqrt(fsum((value - mean) ** 2 for value in ordered) / (n - 1) / n)
    scale = n if name == "sum" else 1
    return [scale * max(0.0, rng.gauss(mean, spread)) for _ in range(RESAMPLES)]


def _thin(ordered: list[float]) -> list[float]:
    """At most `SMALL` evenly spaced order statistics."""
    n = len(ordered)
    return ordered if n <= SMALL else [percentile(ordered, place / (SMALL - 1)) for place in range(SMALL)]


def _chance(name: str, now: list[float], before: list[float], rng: Random, higher: bool) -> float:
    """One-sided p of the permutation test; exact where there are few ways to divide the values."""
    pool = [*now, *before]
    sign = -1.0 if higher else 1.0
    seen = sign * _gap(name, now, before)
    count = comb(len(pool), len(now))
    if count <= 2 * PERMUTATIONS:
        from itertools import combinations

        worse = 0
        for chosen in combinations(range(len(pool)), len(now)):
            inside = set(chosen)
            left = [pool[i] for i in chosen]
            right = [value for i, value in enumerate(pool) if i not in inside]
            worse += sign * _gap(name, left, right) >= seen
        return worse / count
    worse = 1
    for _ in range(PERMUTATIONS):
        rng.shuffle(pool)
        worse += sign * _gap(name, pool[: len(now)], pool[len(now) :]) >= seen
    return worse / (PERMUTATIONS + 1)


def _gap(name: str, now: list[float], before: list[float]) -> float:
    # A sum over sides of different size would differ by their sizes alone.
    name = "mean" if name == "sum" else name
    return aggregate(name, now) - aggregate(name, before)
