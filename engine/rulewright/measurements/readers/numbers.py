"""Values that a tool wrote as floats: what is missing or not finite is told with its place, and never left out."""

from __future__ import annotations

from array import array
from math import isfinite
from typing import TYPE_CHECKING, Final, cast

from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.sample_json import GREATEST, to_float

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Place = Callable[[int], str]
    """The place of a value in its source, from its position in a list: `line 8`."""

MISSING_TEXTS: Final = frozenset({"", "-", "na", "n/a", "null", "none", "nil", "nan", "inf", "infinity"})
"""What tools write for a number that they do not have, in lower case and without a sign."""


def read_values(items: Sequence[object], place: Place, noun: str = "value") -> array[float]:
    """The items as floats. Raises UnusableSource: `not_finite` where values are missing, NaN or infinite, also as
    text; `unreadable` for what is no number."""
    if set(map(type, items)) <= {float, int}:
        values = pack_finite(cast("Sequence[float]", items))
        if values is not None:
            return values
    gaps = [position for position, item in enumerate(items) if _is_gap(item, place(position), noun)]
    if not gaps:  # their sum alone was infinite
        return array("d", cast("Sequence[float]", items))
    first = f"{place(gaps[0])} is {describe_gap(items[gaps[0]])}"
    count = f"{len(gaps)} of {len(items)} {noun}s are missing or not finite, the first: {first}"
    raise UnusableSource("not_finite", first if len(items) == 1 else count)


def read_number(item: object, place: str) -> float:
    """One item as a float. Raises UnusableSource as `read_values` does."""
    return read_values([item], lambda _: place)[0]


def read_count(item: object, place: str) -> int:
    """A whole number from 0 on. Raises UnusableSource as `read_values` does, `unreadable` for a number that is
    none."""
    number = read_number(item, place)
    if number < 0 or number != int(number):
        raise UnusableSource("unreadable", f"{place} is {number:g}, which is no count")
    return int(number)


def pack_finite(numbers: Sequence[float]) -> array[float] | None:
    """The numbers as an array; None where one is NaN, infinite, beyond every float, or the greatest float, which some
    tools write for +∞."""
    try:
        values = array("d", numbers)
        if not isfinite(sum(numbers)):
            return None
    except OverflowError:
        return None
    # The bytes are searched at the speed of memory; what they hold by chance is looked at again.
    packed = values.tobytes()
    if any(pattern in packed for pattern in _GREATEST) and max(map(abs, values)) >= GREATEST:
        return None
    return values


_GREATEST: Final = tuple(array("d", [sign * GREATEST]).tobytes() for sign in (1, -1))


def describe_gap(item: object) -> str:
    """What stands where a number is missing, for a message."""
    if item is None:
        return "missing"
    if isinstance(item, str):
        return f"`{item.strip()}`" if item.strip() else "empty"
    return f"{item:g}" if isinstance(item, float) else "no number that a float holds"


def is_missing_text(text: str) -> bool:
    """Whether a text stands for a number that is not there, or that is not finite."""
    return text.strip().lstrip("+-").lower() in MISSING_TEXTS


def _is_gap(item: object, place: str, noun: str) -> bool:
    """Whether an item has no finite number. Raises UnusableSource for one that could never be a number."""
    if item is None or (isinstance(item, str) and is_missing_text(item)):
        return True
    if isinstance(item, int | float) and not isinstance(item, bool):
        return to_float(item) is None
    kinds = {str: "a text", bool: "a boolean", list: "a list", dict: "an object"}
    shown = f" (`{item[:40]}`)" if isinstance(item, str) else ""
    raise UnusableSource("unreadable", f"{place} is {kinds[type(item)]}{shown}, and {noun}s are numbers")
