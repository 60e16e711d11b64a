"""Conditions to nodes: paths resolved, values read, everything that cannot work diagnosed.

All findings of a policy are collected; a condition with an error compiles to a constant that is unknown, so
that the rest can still be checked.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.operands.check import compile_operand
from rulewright.compile.taint import describe_flow
from rulewright.policy.diagnostics import shorten
from rulewright.policy.json_types import as_array
from rulewright.policy.model import Condition, Expression, Match
from rulewright.program.nodes import ConstantNode, ExpressionNode, GroupNode, MatchNode, Position

if TYPE_CHECKING:
    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.diagnostics import Span
    from rulewright.program.nodes import Node


def compile_condition(condition: Condition, context: Context) -> Node:
    """The compiled form of a condition; findings go to the context."""
    if isinstance(condition, Match):
        if condition.matcher == "between" and _has_fact(condition.value):
            return _between_facts(condition, context)
        return _match(condition, context)
    if isinstance(condition, Expression):
        return _expression(condition, context)
    if not condition.children:
        context.report("RW410", f"`{condition.operator}` is empty", condition.span)
    children = tuple(compile_condition(child, context) for child in condition.children)
    return GroupNode(condition.operator, children, position_of(condition.span))


def position_of(span: Span) -> Position:
    """Where a span begins, as nodes keep it."""
    return Position(span.line, span.column)


def broken(text: str, span: Span) -> Node:
    """What a condition with an error compiles to."""
    return ConstantNode(None, text, position_of(span))


def _expression(condition: Expression, context: Context) -> Node:
    path = context.path(condition.text, condition.span)
    if path is None:
        return broken(condition.text, condition.span)
    _guard(path, condition.text, condition.span, context)
    return ExpressionNode(condition.text, path.number, position_of(condition.span))


def _match(match: Match, context: Context) -> Node:
    path = context.path(match.path, match.key_span)
    if match.on_missing is not None and context.gate:
        context.report("RW408", "`on_missing` is not allowed here: unknown values must block", match.span)
    if path is None:
        return broken(f"{match.path}: {match.matcher}", match.key_span)
    _guard(path, match.path, match.key_span, context)
    operand = compile_operand(match, path, context)
    if operand is None:
        return broken(f"{match.path}: {match.matcher}", match.span)
    return MatchNode(
        path.number,
        match.path,
        match.matcher,
        operand.value,
        position_of(match.key_span),
        fact_path=operand.fact_path,
        folded=path.ci or operand.folded,
        compares_moments=operand.compares_moments,
        written=operand.written,
        on_missing=match.on_missing,
    )


def _has_fact(limits: Any) -> bool:
    return isinstance(limits, list) and len(limits) == 2 and any(isinstance(limit, dict) for limit in limits)


def _between_facts(match: Match, context: Context) -> Node:
    """`between` with a limit that is a fact: both comparisons, one by one."""
    low, high = as_array(match.value) or (None, None)
    parts = [replace(match, matcher=name, value=limit) for name, limit in (("gte", low), ("lte", high))]
    return GroupNode("all", tuple(_match(part, context) for part in parts), position_of(match.key_span))


STANDING: Final = "`{ timeline: labeled, label: NAME, by: human, standing: true }`"


def _guard(path: PathUse, text: str, span: Span, context: Context) -> None:
    """What anyone can write, or a model answered, opens no gate."""
    if context.gate and path.untrusted:
        hint = "use measurements, evidence and approvals"
        fact = context.policy.let.get(re.split(r"[.\[]", text, maxsplit=1)[0])
        if fact is not None and fact.source == "timeline":
            hint = f"check that a person set the label and that it is still set: {STANDING}"
        told = f"`{text}` is untrusted: anyone, or a model, may write it{describe_origin(text, context)}"
        context.report("RW411", told, span, hint=hint)
    elif context.gate and path.label:
        context.report(
            "RW411",
            f"`{text}` contains labels, and a model may have chosen one of them in this or an earlier run",
            span,
            hint=f"check in the timeline who set it: {STANDING}, and its `count`",
        )


def describe_origin(text: str, context: Context) -> str:
    """How marked data comes to a path that is, or reads, a fact: nothing for a path of the event."""
    way = describe_flow(text, context.policy.let)
    return f" ({way})" if "→" in way else ""


def text_of(value: Any) -> str:
    """A YAML value as a message shows it, cut at 60 characters."""
    import json

    return shorten(json.dumps(value, ensure_ascii=False, default=str), 60)
