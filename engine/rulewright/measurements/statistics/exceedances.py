"""The values of several runs, asked again and again for what lies above a limit, and for their order statistics."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, Protocol

from rulewright.measurements.statistics.aggregates import (
    interpolate,
    percentile,
    place_quantile,
    select_percentile,
)
from rulewright.measurements.statistics.arrays import as_numpy
from rulewright.measurements.statistics.autocorrelation import Marks, mark_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy
    from numpy.typing import NDArray

    from rulewright.measurements.statistics.arrays import FloatArray


class RunValues(Protocol):
    """The values of at least one run, none of which is empty."""

    @property
    def size(self) -> int:
        """The number of values of all runs."""
        ...

    def mark_above(self, limit: float, *, inclusive: bool) -> Sequence[Marks]:
        """The values of each run that are greater than the limit, or equal to it where `inclusive`."""
        ...

    def nth_greatest(self, n: int) -> float:
        """The n-th greatest of all values, 1 ≤ n ≤ size."""
        ...

    def percentile(self, q: float) -> float:
        """The q-quantile of all values, as `percentile`."""
        ...

    def run_percentiles(self, q: float) -> list[float]:
        """The q-quantile of each run."""
        ...


def prepare_values(runs: Sequence[Sequence[float]], *, negated: bool = False) -> RunValues:
    """The values of runs as NumPy arrays where all of them are, else sorted once. `negated` turns them around, so that
    what lies below a limit lies above its opposite."""
    arrays = [array for array in map(as_numpy, runs) if array is not None]
    if len(arrays) == len(runs):
        return ArrayValues([-array for array in arrays] if negated else arrays)
    sign = -1.0 if negated else 1.0
    return ListValues([[sign * value for value in values] for values in runs])


class ListValues:
    """Values in lists, sorted once."""

    def __init__(self, runs: Sequence[Sequence[float]]) -> None:
        self.size = sum(map(len, runs))
        self._orders = [sorted(range(len(values)), key=values.__getitem__) for values in runs]
        self._ordered = [[values[i] for i in order] for values, order in zip(runs, self._orders, strict=True)]
        self._pool = self._ordered[0] if len(runs) == 1 else sorted(value for run in runs for value in run)

    def mark_above(self, limit: float, *, inclusive: bool) -> Sequence[Marks]:
        search = bisect_left if inclusive else bisect_right
        return [
            mark_places(len(order), order[search(ordered, limit) :])
            for order, ordered in zip(self._orders, self._ordered, strict=True)
        ]

    def nth_greatest(self, n: int) -> float:
        return self._pool[-n]

    def percentile(self, q: float) -> float:
        return percentile(self._pool, q)

    def run_percentiles(self, q: float) -> list[float]:
        return [percentile(ordered, q) for ordered in self._ordered]


class ArrayValues:
    """Values in NumPy arrays, which are partitioned and never sorted as a whole.

    The order statistics that are asked for lie close together: those around the first are sorted, and limits above
    them are compared with the values above them alone.
    """

    def __init__(self, runs: Sequence[FloatArray]) -> None:
        import numpy

        self._runs = runs
        self._pool = runs[0] if len(runs) == 1 else numpy.concatenate(runs)
        self.size = len(self._pool)
        self._ends = numpy.cumsum([0, *map(len, runs)])
        self._window: FloatArray = self._pool[:0]
        """Ascending; the greatest is the one that stands at `_first` in descending order, from 1."""
        self._first = 1
        self._above: tuple[float, NDArray[numpy.intp], FloatArray] | None = None
        """A limit, and the places and values of what is at least as great."""

    def mark_above(self, limit: float, *, inclusive: bool) -> Sequence[Marks]:
        import numpy

        if self._above is not None and limit >= self._above[0]:
            _, places, values = self._above
            beyond = places[values >= limit if inclusive else values > limit]
        else:
            beyond = numpy.flatnonzero(self._pool >= limit if inclusive else self._pool > limit)
        cuts = beyond.searchsorted(self._ends)
        return [
            _mark_array(int(end - start), beyond[first:last] - start)
            for (start, end), (first, last) in zip(pairwise(self._ends), pairwise(cuts), strict=True)
        ]

    def nth_greatest(self, n: int) -> float:
        if not 0 <= n - self._first < len(self._window):
            self._sort_around(n)
        return float(self._window[self._first + len(self._window) - 1 - n])

    def percentile(self, q: float) -> float:
        below, rest = place_quantile(self.size, q)
        low = self.nth_greatest(self.size - below)
        return interpolate(low, self.nth_greatest(self.size - below - 1), rest) if rest else low

    def run_percentiles(self, q: float) -> list[float]:
        return [select_percentile(values, q) for values in self._runs]

    def _sort_around(self, n: int) -> None:
        """Sort the order statistics around the n-th greatest: wide enough for the bounds of a share, and wider each
        time that was not enough."""
        share = n / self.size
        margin = int(8 * sqrt(self.size * share * (1 - share))) + 32 + 2 * len(self._window)
        first, last = max(1, n - margin), min(self.size, n + margin)
        parted = self._pool.copy()
        parted.partition((self.size - last, self.size - first))
        self._window = parted[self.size - last : self.size - first + 1]
        self._window.sort()
        self._first = first
        import numpy

        low = float(self._window[0])
        places = numpy.flatnonzero(self._pool >= low)
        self._above = low, places, self._pool[places]


def _mark_array(size: int, places: NDArray[numpy.intp]) -> Marks:
    """As `mark_places`, of an array."""
    import numpy

    beyond = numpy.zeros(size, dtype=numpy.bool_)
    beyond[places] = True
    packed = numpy.packbits(beyond, bitorder="little").tobytes()
    return Marks(size, int.from_bytes(packed, "little"), len(places))
