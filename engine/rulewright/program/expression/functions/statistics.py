"""Statistics over arrays of numbers. All give null for no data: nothing measured is not zero."""

from __future__ import annotations

import math
from functools import partial

from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.functions.model import Example, Function, Raises

_NOT_FINITE: Raises = (("invalid-value", "a value is NaN or infinite"),)


def _sorted(function: str, values: list[float]) -> list[float]:
    if not all(map(math.isfinite, values)):
        raise ExpressionFailure("invalid-value", f"{function}(): a value is NaN or infinite")
    return sorted(values)


def percentile(values: list[float], percent: float) -> float | None:
    """The percentile by linear interpolation between the two nearest ranks, null for no values.

    Type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50
    (1996): position (n - 1)·p among the sorted values, counted from 0. The default of NumPy and R.
    """
    if not 0 <= percent <= 100:
        raise ExpressionFailure("invalid-value", f"percentile() takes 0 to 100, got {percent}")
    ordered = _sorted("percentile", values)
    if not ordered:
        return None
    position = (len(ordered) - 1) * percent / 100
    below = math.floor(position)
    low = ordered[below]
    if position == below:
        return low
    high = ordered[below + 1]
    # Never outside [low, high], whatever the rounding.
    return min(max(low + (high - low) * (position - below), low), high)


def _median(values: list[float]) -> float | None:
    return percentile(values, 50)


def _stddev(values: list[float]) -> float | None:
    ordered = _sorted("stddev", values)
    if len(ordered) < 2:
        return None
    mean = math.fsum(ordered) / len(ordered)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in ordered) / (len(ordered) - 1))


def _mad(values: list[float]) -> float | None:
    middle = _median(values)
    return None if middle is None else _median([abs(value - middle) for value in values])


def _trimmed_mean(values: list[float], percent: float) -> float | None:
    if not 0 <= percent < 50:
        raise ExpressionFailure(
            "invalid-value", f"trimmed_mean() takes 0 up to 50 (exclusive), got {percent}"
        )
    ordered = _sorted("trimmed_mean", values)
    cut = math.floor(len(ordered) * percent / 100)
    kept = ordered[cut : len(ordered) - cut]
    return math.fsum(kept) / len(kept) if kept else None


_row = partial(Function, family="statistics", raises=_NOT_FINITE)


STATISTICS: tuple[Function, ...] = (
    _row(
        "percentile(values: array[number], percent: number) -> number or null",
        "The value below which the given percentage of the values lies, with linear interpolation between the "
        "two nearest ranks "
        "(Hyndman and Fan's type 7, the default of NumPy); null for no values.",
        Example("percentile(@, `95`)", [10, 20, 30, 40, 50], 48.0),
        percentile,
        raises=(("invalid-value", "the percentage is outside 0 to 100, or a value is NaN or infinite"),),
    ),
    _row(
        "median(values: array[number]) -> number or null",
        "The middle value, or the mean of the two middle values; null for no values.",
        Example("median(@)", [3, 1, 2], 2),
        _median,
    ),
    _row(
        "stddev(values: array[number]) -> number or null",
        "The sample standard deviation (division by n - 1); null for fewer than two values.",
        Example("stddev(@)", [2, 4, 4, 4, 6], 1.4142135623730951),
        _stddev,
    ),
    _row(
        "mad(values: array[number]) -> number or null",
        "The median absolute deviation from the median, unscaled: a measure of spread that is robust against outliers.",
        Example("mad(@)", [1, 1, 2, 2, 4, 6, 90], 1),
        _mad,
    ),
    _row(
        "trimmed_mean(values: array[number], percent: number) -> number or null",
        "The mean without the given percentage of the values at each end, rounded down to whole values.",
        Example("trimmed_mean(@, `20`)", [1, 2, 3, 4, 1000], 3.0),
        _trimmed_mean,
        raises=(("invalid-value", "the percentage is outside 0 to 50, or a value is NaN or infinite"),),
    ),
)
