"""`gt`, `gte`, `lt`, `lte`, `between`: numbers, and points in time where the node compares moments."""

from __future__ import annotations

from math import inf, nextafter
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.policy.quantity import parse_moment
from rulewright.program.matchers.equality import same_value
from rulewright.program.matchers.matcher import Matcher, never
from rulewright.program.matchers.values import number_of
from rulewright.program.matchers.witness import OneOf, limit_witness

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.matchers.matcher import Test
    from rulewright.program.matchers.witness import Witness
    from rulewright.program.nodes import MatchNode
    from rulewright.program.truth import Truth

COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


def _point(value: Any, node: MatchNode) -> float | None:
    """The number to compare: the value itself, or a moment's seconds since 1970 where the node compares moments."""
    kind = value.__class__
    if kind is int or kind is float:
        return value if value == value else None
    return parse_moment(value) if kind is str and node.compares_moments else None


def _limit_test(name: str) -> Callable[[object, MatchNode], Test]:
    holds = COMPARISONS[name]

    def build(operand: object, node: MatchNode) -> Test:
        limit = _point(operand, node)
        if limit is None:
            return never
        if node.compares_moments:

            def moment(value: object) -> Truth:
                point = _point(value, node)
                return None if point is None else holds(point, limit)

            return moment

        def number(value: Any) -> Truth:
            kind = value.__class__
            if kind is int or (kind is float and value == value):
                return holds(value, limit)
            return None

        return number

    return build


def _between_test(operand: object, node: MatchNode) -> Test:
    if not isinstance(operand, list) or len(operand) != 2:
        return never
    low, high = _point(operand[0], node), _point(operand[1], node)
    if low is None or high is None:
        return never

    def test(value: object) -> Truth:
        point = _point(value, node)
        return None if point is None else low <= point <= high

    return test


def _side_of_limits(operand: object, value: object, node: MatchNode) -> str:
    at_least = _limit_test("gte")(operand[0], node) if isinstance(operand, list) else never
    return "too_high" if at_least(value) is True else "too_low"


def _limits_witness(operand: object, node: MatchNode) -> Witness | None:
    if node.compares_moments or not isinstance(operand, list) or len(operand) != 2:
        return None
    low, high = limit_witness("low", operand[0], node), limit_witness("high", operand[1], node)
    return OneOf((low, high)) if low is not None and high is not None else None


def _beyond(step: Literal[1, -1]) -> Callable[[object, object, MatchNode], object]:
    """The next whole number beyond a limit, or for a fraction the next number at all."""

    def nearest_value(operand: object, value: object, node: MatchNode) -> object:
        limit = number_of(operand)
        if limit is None:
            return None
        if limit == int(limit) and limit + step != limit:
            return limit + step
        return nextafter(limit, inf * step)

    return nearest_value


def _nearer_limit(operand: object, value: object, node: MatchNode) -> object:
    if not isinstance(operand, list) or len(operand) != 2:
        return None
    return operand[1] if _limit_test("gt")(operand[1], node)(value) is True else operand[0]


def _limit(
    name: str,
    words: str,
    side: Literal["low", "high"],
    nearest_value: Callable[[object, object, MatchNode], object],
) -> Matcher:
    """A matcher with one limit, on the low or the high side of what it takes."""

    def witness(operand: object, node: MatchNode) -> Witness | None:
        return None if node.compares_moments else limit_witness(side, operand, node)

    return Matcher(
        name,
        words,
        _limit_test(name),
        "comparison",
        mismatch="too_low" if side == "low" else "too_high",
        witness=witness,
        nearest_value=nearest_value,
    )


COMPARISON: tuple[Matcher, ...] = (
    _limit("gt", "more than", "low", _beyond(1)),
    _limit("gte", "at least", "low", same_value),
    _limit("lt", "less than", "high", _beyond(-1)),
    _limit("lte", "at most", "high", same_value),
    Matcher(
        "between",
        "between",
        _between_test,
        "comparison",
        mismatch=_side_of_limits,
        witness=_limits_witness,
        nearest_value=_nearer_limit,
    ),
)
