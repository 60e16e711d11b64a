"""What one test measures.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final, SupportsFloat

import pytest

if TYPE_CHECKING:
    from types import TracebackType

SECONDS: Final = "s"
_create: Final = object.__new__


class Series:
    """The values of one metric in one test. `values`: in order of time, in `unit`, without those of failed calls;
    `failed`: the number of failed calls."""

    __slots__ = ("failed", "metric", "unit", "values")

    def __init__(self, metric: str, unit: str) -> None:
        self.metric = metric
        self.unit = unit
        self.values: list[float] = []
        self.failed = 0


class Stopwatch:
    """A context that adds its duration to `series`, or a failure where it ends with an exception.

    It has no `__init__`, whose call would be a fifth of what a measured block costs.
    """

    __slots__ = ("_start", "series")

    _start: float
    series: Series

    def __enter__(self) -> None:
        self._start = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end = perf_counter()
        if kind is None:
            self.series.values.append(end - self._start)
        else:
            self.series.failed += 1


class Recorder:
    """The fixture `slo`: the series of one test, by metric."""

    __slots__ = ("_durations", "_series")

    def __init__(self) -> None:
        self._series: dict[str, Series] = {}
        self._durations: dict[str, Series] = {}  # those of `measure`, which need no look at the unit

    def measure(self, metric: str) -> Stopwatch:
        """A context whose duration is a value of `metric`, in seconds of the monotonic clock.

        A context that an exception leaves is a failed call: it is counted, and has no value. Raises ValueError when
        the metric has another unit.
        """
        try:
            series = self._durations[metric]
        except KeyError:
            series = self._durations[metric] = self._find_series(metric, SECONDS)
        watch = _create(Stopwatch)
        watch.series = series
        return watch

    def record(self, metric: str, value: SupportsFloat, unit: str = "") -> None:
        """Add a value of `metric`. `unit`: of the value, such as `ms`, `MiB`, `ratio`; "" for a plain number.

        True and False are 1 and 0. A value that is NaN or infinite is kept as missing: an objective that reads it has
        no data. Raises TypeError for what is no number, ValueError when the metric has another unit.
        """
        if isinstance(value, str | bytes | bytearray):
            raise TypeError(f"a value of {metric} is a text: {value!r}")
        number = float(value)
        self._find_series(metric, unit).values.append(number)

    def series(self) -> list[Series]:
        """All series, in the order in which they began."""
        return list(self._series.values())

    def _find_series(self, metric: str, unit: str) -> Series:
        series = self._series.get(metric)
        if series is None:
            if not isinstance(metric, str) or not metric.strip():
                raise ValueError(f"the name of a metric is a text that is not empty, not {metric!r}")
            series = self._series[metric] = Series(metric, unit)
        if series.unit != unit:
            named = (series.unit or "no unit", unit or "no unit")
            raise ValueError(f"{metric} was measured in {named[0]} before, and now in {named[1]}")
        return series


RECORDER: Final = pytest.StashKey[Recorder]()
