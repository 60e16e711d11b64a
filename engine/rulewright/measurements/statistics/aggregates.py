"""Values → one number.

Percentiles interpolate linearly between closest ranks (definition 7 of Hyndman and Fan, "Sample Quantiles in
Statistical Packages", 1996; the default of numpy and R).
"""

from __future__ import annotations

import re
from math import fsum
from typing import TYPE_CHECKING, Final

from rulewright.measurements.statistics.arrays import as_numpy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rulewright.measurements.statistics.arrays import FloatArray

_PERCENTILE: Final = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,3})?)")


def percentile(ordered: Sequence[float], q: float) -> float:
    """The q-quantile (0 ≤ q ≤ 1) of values in ascending order, interpolated linearly. Needs at least one."""
    below, rest = place_quantile(len(ordered), q)
    if not rest:
        return float(ordered[below])
    return interpolate(float(ordered[below]), float(ordered[below + 1]), rest)


def select_percentile(values: Sequence[float] | FloatArray, q: float) -> float:
    """The q-quantile of values in any order, as `percentile`. A NumPy array is partitioned, never sorted."""
    array = as_numpy(values)
    if array is None:
        return percentile(sorted(values), q)
    below, rest = place_quantile(len(array), q)
    parted = array.copy()
    parted.partition(below)
    # The next value in order is the least of those behind: cheaper than a second place to partition at.
    low = float(parted[below])
    return interpolate(low, float(parted[below + 1 :].min()), rest) if rest else low


def quantile_of(name: str) -> float | None:
    """The quantile that an aggregate is (`p95` → 0.95, `median`, `min`, `max`), or None."""
    fixed = {"median": 0.5, "min": 0.0, "max": 1.0}.get(name)
    if fixed is not None:
        return fixed
    found = _PERCENTILE.fullmatch(name)
    return float(f"{found[1]}e-2") if found and float(found[1]) > 0 else None


def sum_exactly(values: Sequence[float]) -> float:
    """The sum, rounded once. Raises OverflowError where it is beyond every float."""
    array = as_numpy(values)
    return fsum(values if array is None else array.tolist())


def _mean(values: Sequence[float]) -> float:
    return sum_exactly(values) / len(values)


AGGREGATES: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "mean": _mean,
    "rate": _mean,
    "sum": sum_exactly,
    "count": len,
    "last": lambda values: values[-1],
}
"""All aggregates but the quantiles. `rate` is the mean of outcomes between 0 and 1."""


def aggregate(name: str, values: Sequence[float]) -> float:
    """One number for at least one finite value. Raises KeyError for a name that is no aggregate."""
    q = quantile_of(name)
    return select_percentile(values, q) if q is not None else float(AGGREGATES[name](values))


def place_quantile(count: int, q: float) -> tuple[int, float]:
    """The place, from 0, of the order statistic below the q-quantile, and how far towards the next one it lies."""
    position = (count - 1) * q
    below = int(position)
    return below, position - below


def interpolate(low: float, high: float, rest: float) -> float:
    """The number `rest` (0 … 1) of the way from low to high."""
    # Symmetric, so that it never leaves [low, high].
    return low + (high - low) * rest if rest < 0.5 else high - (high - low) * (1 - rest)
