"""Bounds and multiples of other people's schemas: decimal as they are written, and NaN is within no bound."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite, isnan
from typing import TYPE_CHECKING, Final

from jsonschema import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.json_schema.keyword import Keyword, SchemaValidator
    from rulewright.policy.json_types import Json, JsonObject

BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def refuse_nan(keyword: Keyword) -> Keyword:
    """A keyword of a bound that refuses NaN, which every comparison lets pass."""

    def check(
        validator: SchemaValidator, argument: float, instance: Json, schema: JsonObject
    ) -> Iterator[ValidationError]:
        if isinstance(instance, float) and isnan(instance):
            yield ValidationError(f"{instance} is not a number")
        else:
            yield from keyword(validator, argument, instance, schema) or ()

    return check


def multiple_of(
    _validator: SchemaValidator, argument: float, instance: Json, _schema: JsonObject
) -> Iterator[ValidationError]:
    """`multipleOf` without binary fractions: 19.99 is a multiple of 0.01."""
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    finite = all(not isinstance(number, float) or isfinite(number) for number in (instance, argument))
    if not finite or (Fraction(str(instance)) / Fraction(str(argument))).denominator != 1:
        yield ValidationError(f"{instance} is not a multiple of {argument}")
