"""Closures for the six comparators, specialised where one side is a literal.

Order is for numbers only: `<` on anything else is null, as the standard says (jmespath.py also orders
strings, and raises on a mix). NaN is unordered.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final

from rulewright.program.expression.values import equal, is_number
from rulewright.program.member_access import Evaluator

if TYPE_CHECKING:
    from collections.abc import Callable

Operand = tuple[Evaluator, bool, object]

_ORDER: Final[dict[str, Callable[[float, float], bool]]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
_TURNED: Final = {"lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte", "eq": "eq", "ne": "ne"}


def build_comparator(name: str, left: Operand, right: Operand) -> Evaluator:
    """The evaluator of `left name right`; an operand is (evaluator, whether literal, the literal)."""
    if left[1] and not right[1]:
        return build_comparator(_TURNED[name], right, left)
    if name in ("eq", "ne"):
        same = _equals_literal(left[0], right[2]) if right[1] else _equals(left[0], right[0])
        return same if name == "eq" else lambda value: not same(value)
    if right[1]:
        return _ordered_literal(_ORDER[name], left[0], right[2])
    return _ordered(_ORDER[name], left[0], right[0])


def _equals(left: Evaluator, right: Evaluator) -> Evaluator:
    return lambda value: equal(left(value), right(value))


def _equals_literal(read: Evaluator, literal: object) -> Evaluator:
    if isinstance(literal, str):
        return lambda value: bool(read(value) == literal)
    if literal is None or isinstance(literal, bool):
        return lambda value: read(value) is literal
    if is_number(literal):
        return lambda value: (found := read(value)) == literal and type(found) is not bool
    return lambda value: equal(read(value), literal)


def _ordered(order: Callable[[float, float], bool], left: Evaluator, right: Evaluator) -> Evaluator:
    def compare(value: object) -> object:
        one, other = left(value), right(value)
        return order(one, other) if is_number(one) and is_number(other) else None

    return compare


def _ordered_literal(order: Callable[[float, float], bool], read: Evaluator, literal: object) -> Evaluator:
    if is_number(literal):

        def compare(value: object) -> object:
            found = read(value)
            return order(found, literal) if type(found) is int or type(found) is float else None

        return compare

    def never(value: object) -> None:
        read(value)

    return never
