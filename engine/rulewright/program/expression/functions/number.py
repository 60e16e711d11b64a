"""Arithmetic. JMESPath has no operators for it."""

from __future__ import annotations

import math
from functools import partial

from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.functions.model import Example, Function, Raises

_MOST_BITS = 4_096
_OVERFLOW: Raises = (("invalid-value", "the result is too large"),)


def _finite(function: str, value: float) -> float:
    """`value`, unless it is an infinity, NaN, or an integer of more than 4,096 bits."""
    if (isinstance(value, int) and value.bit_length() > _MOST_BITS) or not math.isfinite(value):
        raise ExpressionFailure("invalid-value", f"{function}(): the result is too large")
    return value


def _divide(left: float, right: float) -> float:
    if right == 0:
        raise ExpressionFailure("invalid-value", "divide(): the divisor is 0; ratio() gives null there")
    return _finite("divide", left / right)


def _ratio(part: float, whole: float) -> float | None:
    return None if whole == 0 else _finite("ratio", part / whole)


def _change(before: float, after: float) -> float | None:
    return None if before == 0 else _finite("change", (after - before) / abs(before))


def _round(value: float, digits: float = 0) -> float:
    if digits != int(digits) or not 0 <= digits <= 15:
        raise ExpressionFailure("invalid-value", f"round() takes 0 to 15 digits, got {digits}")
    if isinstance(value, int) or not math.isfinite(value):
        return value
    if value.is_integer():
        return value if digits else int(value)
    from decimal import ROUND_HALF_UP, Decimal, localcontext

    with localcontext() as context:
        context.prec = 400  # a float has at most 309 digits before the point
        rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-int(digits)), rounding=ROUND_HALF_UP)
    return float(rounded) if digits else int(rounded)


def _clamp(value: float, low: float, high: float) -> float:
    if low > high:
        raise ExpressionFailure("invalid-value", f"clamp(): the low end {low} is above the high end {high}")
    return min(max(value, low), high)


_row = partial(Function, family="number", raises=_OVERFLOW)


NUMBER_FUNCTIONS: tuple[Function, ...] = (
    _row(
        "add(left: number, right: number) -> number",
        "The sum of two numbers.",
        Example("add(a, b)", {"a": 1, "b": 2}, 3),
        lambda left, right: _finite("add", left + right),
    ),
    _row(
        "subtract(left: number, right: number) -> number",
        "The left number minus the right number.",
        Example("subtract(a, b)", {"a": 5, "b": 2}, 3),
        lambda left, right: _finite("subtract", left - right),
    ),
    _row(
        "multiply(left: number, right: number) -> number",
        "The product of two numbers.",
        Example("multiply(a, `1.5`)", {"a": 4}, 6.0),
        lambda left, right: _finite("multiply", left * right),
    ),
    _row(
        "divide(left: number, right: number) -> number",
        "The left number divided by the right one; dividing by 0 fails.",
        Example("divide(a, b)", {"a": 1, "b": 4}, 0.25),
        _divide,
        raises=(("invalid-value", "the divisor is 0, or the result is too large"),),
    ),
    _row(
        "ratio(part: number, whole: number) -> number or null",
        "Part divided by whole; null if the whole is 0.",
        Example("ratio(errors, requests)", {"errors": 5, "requests": 1000}, 0.005),
        _ratio,
    ),
    _row(
        "change(before: number, after: number) -> number or null",
        "The relative change, such as 0.1 for an increase of 10 %; null if the number before is 0.",
        Example("change(before, after)", {"before": 200, "after": 250}, 0.25),
        _change,
    ),
    _row(
        "round(value: number, digits: number?) -> number",
        "The number rounded to the given number of decimal digits (default 0); halves are rounded away from zero.",
        Example("round(@, `2`)", 2.675, 2.68),
        _round,
        raises=(("invalid-value", "the number of digits is not an integer from 0 to 15"),),
    ),
    _row(
        "clamp(value: number, low: number, high: number) -> number",
        "The number, limited to the range from low to high.",
        Example("clamp(@, `0`, `1`)", 1.7, 1),
        _clamp,
        raises=(("invalid-value", "low is above high"),),
    ),
)
