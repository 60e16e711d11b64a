"""Raw values → one number, and what two sets of raw values say about their ratio.

Percentiles interpolate linearly between closest ranks (definition 7 of Hyndman and Fan, "Sample Quantiles in
Statistical Packages", 1996; the default of numpy and R). Everything is pure, bounded and deterministic:
random numbers come from a fixed seed, and the order of the values matters to `last` alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import comb, fsum, inf, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
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

_PERCENTILE: Final = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,3})?)")


def percentile(ordered: Sequence[float], q: float) -> float:
    """The q-quantile (0 ≤ q ≤ 1) of values in ascending order, interpolated linearly. Needs at least one."""
    position = (len(ordered) - 1) * q
    below = int(position)
    rest = position - below
    if not rest:
        return ordered[below]
    low, high = ordered[below], ordered[below + 1]
    # Symmetric, so that it never leaves [low, high].
    return low + (high - low) * rest if rest < 0.5 else high - (high - low) * (1 - rest)


def quantile_of(name: str) -> float | None:
    """The quantile that an aggregate is (`p95` → 0.95, `median`, `min`, `max`), or None."""
    fixed = {"median": 0.5, "min": 0.0, "max": 1.0}.get(name)
    if fixed is not None:
        return fixed
    found = _PERCENTILE.fullmatch(name)
    return float(f"{found[1]}e-2") if found and float(found[1]) > 0 else None


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


AGGREGATES: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "mean": _mean,
    "rate": _mean,
    "sum": fsum,
    "count": len,
    "last": lambda values: values[-1],
}
"""All aggregates but the quantiles. `rate` is the mean of outcomes between 0 and 1."""


def aggregate(name: str, values: Sequence[float]) -> float:
    """One number for at least one finite value. Raises KeyError for a name that is no aggregate."""
    q = quantile_of(name)
    return percentile(sorted(values), q) if q is not None else float(AGGREGATES[name](values))


def wilson(share: float, n: int, confidence: float) -> tuple[float, float]:
    """Wilson's interval of a share of n outcomes (Wilson 1927), both ends within 0 and 1."""
    from statistics import NormalDist

    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = (middle - spread) / scale if share > 0 else 0.0
    high = (middle + spread) / scale if share < 1 else 1.0
    return max(0.0, low), min(1.0, high)


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
    mean = _mean(ordered)
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
