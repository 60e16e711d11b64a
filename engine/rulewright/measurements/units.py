"""Units of objectives: what values and limits are counted in, and how one becomes the other.

`s`, `ms`, `MiB`, `%` … have a dimension and convert among themselves. Any other text (`requests/s`, `users`)
is a name for plain numbers: it converts into nothing, and limits in it are bare numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.policy.quantity import Quantity, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

_WRITTEN: Final = re.compile(r"[A-Za-zµμ%]+\Z")
_NAMES: Final = {"min": "m", "sec": "s", "percent": "%"}
_RATIO: Final = "ratio"


def dimension(unit: str) -> str | None:
    """`duration`, `size` or `ratio`; None for plain numbers."""
    if unit == _RATIO:
        return "ratio"
    one = _one(unit)
    return None if one is None else one.dimension


def convert(value: float, unit: str, wanted: str) -> float | None:
    """`value` in `wanted`, or None when the two units have nothing in common."""
    if unit == wanted:
        return value
    if dimension(unit) is None or dimension(unit) != dimension(wanted):
        return None
    factor = _size(unit) / _size(wanted)
    # Fifteen digits: 0.07 is 7 %, and not 7.000000000000001 %, which would be above a limit of 7 %.
    return float(f"{value * factor.numerator / factor.denominator:.15g}")


def amount_text(value: float, unit: str, limits: Iterable[float] = ()) -> str:
    """`1.234s`: at least four digits, and as many as it takes to stand on the same side of every limit as the value."""
    asked = tuple(limits)
    for digits in range(4, 18):
        text = f"{value:.{digits}g}"
        if "e" in text:
            text = f"{value:.0f}" if 1e4 <= abs(value) < 1e15 else text
        near = float(text)
        if all((near < limit, near == limit) == (value < limit, value == limit) for limit in asked):
            break
    gap = "" if unit in ("", "%") or len(unit) <= 3 else " "
    return f"{text}{gap}{unit}"


def written_unit(text: str) -> str | None:
    """The unit of an amount as written: `ms` of `300ms`; None where there is none."""
    found = _WRITTEN.search(text)
    return found[0] if found else None


def in_unit(quantity: Quantity, unit: str) -> float | None:
    """A quantity as a number of `unit`, or None when its dimension is another."""
    if dimension(unit) != quantity.dimension:
        return None
    from fractions import Fraction

    return float(Fraction(str(quantity.value)) / _size(unit))


def _one(unit: str) -> Quantity | None:
    return parse_quantity(f"1{_NAMES.get(unit, unit)}") if unit else None


def _size(unit: str) -> Fraction:
    """The unit in seconds, bytes, or 1, without the rounding of binary fractions."""
    from fractions import Fraction

    one = _one(unit)
    return Fraction(1) if one is None else Fraction(str(one.value))
