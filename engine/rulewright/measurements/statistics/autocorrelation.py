"""How many independent values a series of dependent ones is worth, judged by the values that lie beyond a limit.

Slow requests come in groups. What counts for the share beyond a limit is how these groups are spread, so that the
autocorrelation is that of the marks (1 beyond, 0 within), not of the values.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING, Final, Protocol

from rulewright.measurements.statistics.normal import normal_quantile
from rulewright.measurements.statistics.students_t import t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy
    from numpy.typing import NDArray

CLOSE_LAGS: Final = 64
"""Every lag is looked at up to here; beyond, one of several, so that a series of any length takes a few hundred."""


class Marks(Protocol):
    """Which values of one run lie beyond a limit."""

    @property
    def size(self) -> int:
        """The number of values of the run."""
        ...

    @property
    def count(self) -> int:
        """The number of values beyond."""
        ...

    def count_lagged(self, lag: int) -> tuple[int, int, int]:
        """Values beyond whose value `lag` later is beyond too; values beyond without the last `lag` of the run; and
        without the first `lag`. 0 < lag < size."""
        ...


class ListMarks:
    """Marks as a list of places."""

    def __init__(self, size: int, places: Sequence[int]) -> None:
        """`places`: of the values beyond, from 0, ascending."""
        self.size = size
        self.count = len(places)
        self._places = places

    @cached_property
    def _members(self) -> frozenset[int]:
        return frozenset(self._places)

    def count_lagged(self, lag: int) -> tuple[int, int, int]:
        early = bisect_left(self._places, self.size - lag)
        both = sum(1 for place in self._places[:early] if place + lag in self._members)
        return both, early, self.count - bisect_left(self._places, lag)


class ArrayMarks:
    """Marks as an array of places."""

    def __init__(self, size: int, places: NDArray[numpy.intp]) -> None:
        """`places`: of the values beyond, from 0, ascending."""
        self.size = size
        self.count = len(places)
        self._places = places

    @cached_property
    def _mask(self) -> NDArray[numpy.bool_]:
        import numpy

        mask = numpy.zeros(self.size, dtype=numpy.bool_)
        mask[self._places] = True
        return mask

    def count_lagged(self, lag: int) -> tuple[int, int, int]:
        early = int(self._places.searchsorted(self.size - lag))
        both = int(self._mask[self._places[:early] + lag].sum())
        return both, early, self.count - int(self._places.searchsorted(lag))


def estimate_effective_size(runs: Sequence[Marks]) -> float:
    """n / (1 + 2 Σ ρ_k): the sum of autocorrelations up to the first that is not positive. At most n, the number of
    values of all runs; n where all or no values are beyond.

    The autocovariances are those about the share of all runs, and are computed in integers.
    """
    n, beyond = sum(run.size for run in runs), sum(run.count for run in runs)
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
