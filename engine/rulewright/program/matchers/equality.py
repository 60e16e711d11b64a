"""`eq`, `ne`, `in`, `not_in`: whole values. A value of another type than the operand's is unknown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rulewright.program.matchers.matcher import Matcher, negate, never, text_operand
from rulewright.program.matchers.values import type_class
from rulewright.program.matchers.witness import equality_witness
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from rulewright.program.frame import Frame
    from rulewright.program.matchers.matcher import Closure, Test
    from rulewright.program.nodes import MatchNode
    from rulewright.program.truth import Truth


def equal_test(operand: object, node: MatchNode) -> Test:
    """Whether a value is the operand."""
    kind = type_class(operand)
    if kind is str:
        return lambda value: value == operand if value.__class__ is str else None
    if kind is None:  # NaN, which nothing can be compared with
        return never
    return lambda value: value == operand if type_class(value) is kind else None


def _one_of_test(operand: object, node: MatchNode) -> Test:
    if not isinstance(operand, list):
        return never
    kinds = frozenset(type_class(item) for item in operand)
    if kinds == {str}:
        table = frozenset(operand)
        return lambda value: value in table if value.__class__ is str else None

    def test(value: object) -> Truth:
        kind = type_class(value)
        if kind is None or (kinds and kind not in kinds):
            return None
        return any(value == item and type_class(item) is kind for item in operand)

    return test


def _equal_closure(node: MatchNode) -> Closure | None:
    text = text_operand(node)
    if text is None:
        return None
    key, wanted = text

    def equal(frame: Frame) -> Truth:
        value = frame[key]
        if value.__class__ is str:
            return value == wanted
        return ERROR if value is ERROR else None

    return equal


def _unequal_closure(node: MatchNode) -> Closure | None:
    text = text_operand(node)
    if text is None:
        return None
    key, wanted = text

    def unequal(frame: Frame) -> Truth:
        value = frame[key]
        if value.__class__ is str:
            return value != wanted
        return ERROR if value is ERROR else None

    return unequal


def same_value(operand: object, value: object, node: MatchNode) -> object:
    """The operand itself satisfies it."""
    return operand


def first_value(operand: object, value: object, node: MatchNode) -> object:
    """The first of the values of the operand satisfies it."""
    return operand[0] if isinstance(operand, list) and operand else None


_equality = partial(Matcher, family="equality")

EQUALITY: tuple[Matcher, ...] = (
    _equality(
        "eq",
        "equal to",
        equal_test,
        make_closure=_equal_closure,
        witness=equality_witness,
        nearest_value=same_value,
    ),
    _equality(
        "ne",
        "other than",
        negate(equal_test),
        make_closure=_unequal_closure,
        negates="eq",
        witness=equality_witness,
    ),
    _equality(
        "in",
        "one of",
        _one_of_test,
        mismatch="not_a_member",
        witness=equality_witness,
        nearest_value=first_value,
    ),
    _equality(
        "not_in",
        "none of",
        negate(_one_of_test),
        negates="in",
        mismatch="unwanted_member",
        witness=equality_witness,
    ),
)
