"""How many independent values a series of dependent ones is worth, judged by the values that lie beyond a limit.

Slow requests come in groups. What counts for the share beyond a limit is how these groups are spread, so that the
autocorrelation is that of the marks (1 beyond, 0 within), not of the values.
"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.statistics.normal import normal_quantile
from rulewright.measurements.statistics.students_t import t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

CLOSE_LAGS: Final = 32
"""Every lag is looked at up to here; beyond, one of several, so that a series of any length takes a few hundred."""


class Marks(NamedTuple):
    """Which values of one run lie beyond a limit: bit i of `mask` is that of value i; `beyond` is how many there are.
    Masks shift and count as fast as arrays, so that one way serves lists and arrays alike."""

    size: int
    mask: int
    beyond: int

    def count_lagged(self, lag: int) -> tuple[int, int, int]:
        """Values beyond whose value `lag` later is beyond too; values beyond without the last `lag` of the run; and
        without the first `lag`. 0 < lag < size."""
        both = (self.mask & (self.mask >> lag)).bit_count()
        last = (self.mask >> (self.size - lag)).bit_count()
        first = (self.mask & ((1 << lag) - 1)).bit_count()
        return both, self.beyond - last, self.beyond - first


def mark_places(size: int, places: Sequence[int]) -> Marks:
    """The marks of a run of `size` values, from the places of those beyond, from 0."""
    packed = bytearray(size // 8 + 1)
    for place in places:
        packed[place >> 3] |= 1 << (place & 7)
    return Marks(size, int.from_bytes(packed, "little"), len(places))


def estimate_effective_size(runs: Sequence[Marks]) -> float:
    """n / (1 + 2 Σ ρ_k): the sum of autocorrelations up to the first that is not positive. At most n, the number of
    values of all runs; n where all or no values are beyond.

    The autocovariances are those about the share of all runs, and are computed in integers.
    """
    n, beyond = sum(run.size for run in runs), sum(run.beyond for run in runs)
    variance = n * beyond * (n - beyond)  # times n², as the covariances below
    longest = max(run.size for run in runs)
    total, lag = 1.0, 1
    while variance and lag < longest:
        both = early = late = pairs = 0
        for run in runs:
            if lag < run.size:
                lagged = run.count_lagged(lag)
                both, early, late = both + lagged[0], early + lagged[1], late + lagged[2]
                pairs += run.size - lag
        covariance = n * n * both - n * beyond * (early + late) + pairs * beyond * beyond
        if covariance <= 0:
            break
        step = max(1, lag // CLOSE_LAGS)
        total += 2 * step * (covariance / variance)
        lag += step
    return n / total


def estimate_size_between_runs(sizes: Sequence[float], counts: Sequence[float], confidence: float) -> float:
    """The effective size from how much the share beyond varies between runs: x (1 - x) / v · (z / t)².

    v is the variance of the mean of the runs' shares, weighted by their sizes; z and t (of R - 1 degrees of freedom)
    are quantiles at `confidence`, because v is itself an estimate from R runs. At most n, the number of all values;
    n where the shares do not vary. Needs two runs.
    """
    n, beyond = fsum(sizes), fsum(counts)
    x, runs = beyond / n, len(sizes)
    # The size of a run times its share's distance from x is count - size · x.
    square = fsum((count - size * x) ** 2 for size, count in zip(sizes, counts, strict=True))
    if square <= 1e-18 * n * n:
        return n
    variance = square / (n * n) * runs / (runs - 1)
    shrink = normal_quantile(confidence) / t_quantile(confidence, runs - 1)
    return min(n, x * (1 - x) / variance * shrink * shrink)
