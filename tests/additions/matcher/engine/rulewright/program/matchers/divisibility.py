"""`divisible_by`: whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.program.matchers.matcher import Matcher, never

if TYPE_CHECKING:
    from rulewright.program.matchers.matcher import Test
    from rulewright.program.nodes import MatchNode


def _divisible_test(operand: object, node: MatchNode) -> Test:
    if not isinstance(operand, int) or isinstance(operand, bool) or operand == 0:
        return never
    divisor = operand
    return lambda value: value % divisor == 0 if isinstance(value, int) and value.__class__ is int else None


DIVISIBILITY: tuple[Matcher, ...] = (Matcher("divisible_by", "divisible by", _divisible_test),)
