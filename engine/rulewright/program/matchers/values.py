"""What kinds of values matchers tell apart."""

from __future__ import annotations

from typing import Final

MEASURED_TYPES: Final[frozenset[object]] = frozenset({str, list, dict})
"""The types of values that have a length."""


def type_class(value: object) -> type | None:
    """What may be compared with what: text, number (int and float), boolean, list, mapping; None for null and NaN."""
    kind = value.__class__
    if kind is float:
        return int if value == value else None
    return None if value is None else kind


def number_of(value: object) -> float | None:
    """The value where it is a number, and no boolean and not NaN."""
    return value if type_class(value) is int and isinstance(value, int | float) else None
