"""Nodes to closures: the four-valued `all`, `any`, `none` over leaves. The only place where conditions are decided.

A closure takes a `Frame` and gives a `Truth`. It reads the value of a path by its interned number, so that the value is
computed once per event; one that ignores case reads the folded value. Absent or null is unknown; a failed function is
an error. Only `missing`, `exists` and `on_missing:` make true or false of an absent value. The truths of a value that
is there are in `matchers/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import ConstantNode, ExpressionNode, GroupNode, MatchNode
from rulewright.program.truth import ERROR, Truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.frame import Frame
    from rulewright.program.matchers.matcher import Matcher
    from rulewright.program.nodes import Node

    Closure = Callable[[Frame], Truth]


def build_closure(node: Node) -> Closure:
    """The closure of a condition: `Frame` → `Truth`."""
    if isinstance(node, MatchNode):
        return _match(node)
    if isinstance(node, GroupNode):
        return _group(node)
    if isinstance(node, ExpressionNode):
        return _expression(node.path)
    if isinstance(node, ConstantNode):
        truth = node.truth
        return lambda frame: truth
    return node.decide


def _match(node: MatchNode) -> Closure:
    matcher = MATCHERS[node.matcher]
    closure = matcher.make_closure(node) or (
        _against_literal(matcher, node)
        if node.fact_path is None
        else _against_fact(matcher, node, node.fact_path)
    )
    on_missing, path = node.on_missing, node.path
    if on_missing is None:
        return closure
    return lambda frame: on_missing if frame[path] is None else closure(frame)


def _against_literal(matcher: Matcher, node: MatchNode) -> Closure:
    key, test = matcher.frame_key(node), matcher.build_test(node, node.operand)

    def literal(frame: Frame) -> Truth:
        value = frame[key]
        if value is None or value is ERROR:
            return value
        return test(value)

    return literal


def _against_fact(matcher: Matcher, node: MatchNode, fact_path: int) -> Closure:
    key = matcher.frame_key(node)

    def against(frame: Frame) -> Truth:
        value, operand = frame[key], frame[fact_path]
        if value is ERROR or operand is ERROR:
            return ERROR  # type: ignore[no-any-return]
        if value is None or operand is None:
            return None
        return matcher.build_test(node, operand)(value)

    return against


def _group(node: GroupNode) -> Closure:
    parts = tuple(map(build_closure, node.children))
    if node.operator == "all":
        return parts[0] if len(parts) == 1 else _all(parts)
    any_part = parts[0] if len(parts) == 1 else _any(parts)
    if node.operator == "any":
        return any_part

    def none(frame: Frame) -> Truth:
        value = any_part(frame)
        return (not value) if value.__class__ is bool else value

    return none


def _all(parts: tuple[Closure, ...]) -> Closure:
    if len(parts) == 2:
        return _both(*parts)
    first, rest = parts[0], parts[1:]

    def every(frame: Frame) -> Truth:
        result = first(frame)
        if result is False:
            return False
        for part in rest:
            value = part(frame)
            if value is not True:
                if value is False:
                    return False
                if result is not ERROR:
                    result = value
        return result

    return every


def _both(first: Closure, second: Closure) -> Closure:
    def both(frame: Frame) -> Truth:
        one = first(frame)
        if one is False:
            return False
        other = second(frame)
        if one is True or other is False:
            return other
        return ERROR if other is ERROR else one

    return both


def _any(parts: tuple[Closure, ...]) -> Closure:
    def some(frame: Frame) -> Truth:
        result: Truth = False
        for part in parts:
            value = part(frame)
            if value is not False:
                if value is True:
                    return True
                if result is not ERROR:
                    result = value
        return result

    return some


def _expression(path: int) -> Closure:
    def boolean(frame: Frame) -> Truth:
        value: Any = frame[path]
        if value is None or value is ERROR or value.__class__ is bool:
            return value
        return _not_boolean(frame, path, value)

    return boolean


def _not_boolean(frame: Frame, path: int, value: object) -> Truth:
    kinds: dict[type, str] = {str: "a string", list: "a list", dict: "a mapping"}
    kind = kinds.get(type(value), "a number")
    return frame.fail(path, TypeError(f"the result must be true or false, not {kind}"))
