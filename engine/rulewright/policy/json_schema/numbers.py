"""Bounds and multiples of other people's schemas: decimal as they are written, and NaN is within no bound."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Keyword = Callable[[Any, Any, Any, Any], Iterable[Any] | None]

BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def refuse_nan(keyword: Keyword) -> Keyword:
    """A keyword of a bound that refuses NaN, which every comparison lets pass."""

    def check(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if isinstance(instance, float) and isnan(instance):
            yield _failure(f"{instance} is no number")
        else:
            yield from keyword(validator, argument, instance, schema) or ()

    return check


def multiple_of(_validator: Any, argument: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    """`multipleOf` without binary fractions: 19.99 is a multiple of 0.01."""
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    finite = all(not isinstance(number, float) or isfinite(number) for number in (instance, argument))
    if not finite or (Fraction(str(instance)) / Fraction(str(argument))).denominator != 1:
        yield _failure(f"{instance} is no multiple of {argument}")


def _failure(message: str) -> Exception:
    from jsonschema import ValidationError

    return ValidationError(message)
