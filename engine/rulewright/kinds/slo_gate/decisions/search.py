"""The least number for which a rule holds: how many values, events or runs it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def find_first(holds: Callable[[int], bool], first: int, last: int) -> int | None:
    """The least n of first … last at which a condition holds that holds from somewhere on; None where it never does.
    It is asked about 2 log₂ of the answer times."""
    low, step = first - 1, 1
    high = first
    while not holds(high):
        low = high
        if high == last:
            return None
        high = min(last, high + step)
        step *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
