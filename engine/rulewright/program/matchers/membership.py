"""`contains`, `contains_any`, `contains_all`, `contains_none`: elements of a list, parts of a text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rulewright.program.matchers.equality import first_value, same_value
from rulewright.program.matchers.matcher import Matcher, never, text_operand
from rulewright.program.matchers.values import type_class
from rulewright.program.matchers.witness import OneOf, element_witness
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rulewright.program.frame import Frame
    from rulewright.program.matchers.matcher import Closure, Test
    from rulewright.program.matchers.witness import Witness
    from rulewright.program.nodes import MatchNode
    from rulewright.program.truth import Truth


def _element_test(operand: object, node: MatchNode) -> Test:
    kind = type_class(operand)
    if kind is str:
        return lambda value: operand in value if value.__class__ is list or value.__class__ is str else None

    def test(value: object) -> Truth:
        if isinstance(value, list):
            return any(item == operand and type_class(item) is kind for item in value)
        return None

    return test


def _element_closure(node: MatchNode) -> Closure | None:
    text = text_operand(node)
    if text is None:
        return None
    key, wanted = text

    def holds(frame: Frame) -> Truth:
        value = frame[key]
        if value.__class__ is list or value.__class__ is str:
            return wanted in value
        return ERROR if value is ERROR else None

    return holds


def _elements_test(
    combine: Callable[[Iterable[Truth]], bool], wanted: bool
) -> Callable[[object, MatchNode], Test]:
    """Tests that are true where `combine` (`any` or `all`) of the operand's elements being there gives `wanted`."""

    def build(operand: object, node: MatchNode) -> Test:
        if not isinstance(operand, list):
            return never
        tests = [_element_test(item, node) for item in operand]

        def test(value: object) -> Truth:
            if value.__class__ is not list and value.__class__ is not str:
                return None
            results = [item_test(value) for item_test in tests]
            return None if None in results else combine(results) is wanted

        if combine is all or not all(isinstance(item, str) for item in operand):
            return test
        table = frozenset(operand)

        def members(value: Any) -> Truth:
            if value.__class__ is list:
                try:
                    return table.isdisjoint(value) is not wanted
                except TypeError:  # an element that cannot be hashed
                    return test(value)
            return test(value)

        return members

    return build


def _all_witness(operand: object, node: MatchNode) -> Witness | None:
    if not isinstance(operand, list):
        return None
    found = [witness for item in operand if (witness := element_witness(item, node)) is not None]
    return OneOf(tuple(found)) if found else None


_membership = partial(Matcher, family="membership")

MEMBERSHIP: tuple[Matcher, ...] = (
    _membership(
        "contains",
        "containing",
        _element_test,
        make_closure=_element_closure,
        mismatch="not_a_member",
        witness=element_witness,
        nearest_value=same_value,
    ),
    _membership(
        "contains_any",
        "containing any of",
        _elements_test(any, True),
        mismatch="not_a_member",
        witness=element_witness,
        nearest_value=first_value,
    ),
    _membership(
        "contains_all",
        "containing all of",
        _elements_test(all, True),
        mismatch="not_a_member",
        witness=_all_witness,
        nearest_value=same_value,
    ),
    _membership(
        "contains_none",
        "containing none of",
        _elements_test(any, False),
        negates="contains_any",
        mismatch="unwanted_member",
        witness=element_witness,
    ),
)
