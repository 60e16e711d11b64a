"""Conditions, and parts of them, that can never be true or never be false."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.compile.conditions import text_of
from rulewright.policy.diagnostics import Span
from rulewright.program.nodes import ConstantNode, ExpressionNode, GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.compile.analysis.analysis_context import AnalysedPolicy, AnalysisContext
    from rulewright.compile.analysis.formula import Sign
    from rulewright.compile.analysis.logic import Logic
    from rulewright.program.nodes import Node


def check_contradictions(analysis: AnalysisContext) -> None:
    """Reports the smallest parts that are always or never true; what follows from them is not said again."""
    for policy in analysis.policies:
        for entry in policy.compiled.entries:
            _check_node(entry.when, policy, analysis.logic)


def _check_node(node: Node, policy: AnalysedPolicy, logic: Logic) -> bool:
    """Whether something was reported about the node or a part of it."""
    if not isinstance(node, GroupNode | MatchNode):
        return False
    if isinstance(node, GroupNode):
        if not node.children:
            return True  # reported where it was read
        reported = [_check_node(child, policy, logic) for child in node.children]
        if any(reported):
            return True
    if not logic.is_possible(logic.formula(node, "true")):
        _report_never_true(node, policy, logic)
        return True
    if not logic.is_possible(logic.formula(node, "false")):
        _report_never_false(node, policy)
        return True
    return False


def _report_never_true(node: GroupNode | MatchNode, policy: AnalysedPolicy, logic: Logic) -> None:
    if isinstance(node, MatchNode):
        policy.report("RW501", f"{_describe(node)} can never be true", _span_of(node, policy))
        return
    demands = list(_demanded_signs(node, "true"))
    for number, (sign, later) in enumerate(demands):
        for earlier_sign, earlier in demands[:number]:
            if not logic.is_possible(logic.formula(earlier, earlier_sign), logic.formula(later, sign)):
                policy.report(
                    "RW501",
                    f"{_describe_signed(earlier_sign, earlier)} (line {earlier.position.line}) and "
                    f"{_describe_signed(sign, later)} can never both be true",
                    _span_of(later, policy),
                    hint="use `any` if either may hold, or correct one of them",
                )
                return
    message = f"the parts of this `{node.operator}` can never be true together"
    policy.report("RW501", message, _span_of(node, policy))


def _report_never_false(node: GroupNode | MatchNode, policy: AnalysedPolicy) -> None:
    what = _describe(node) if isinstance(node, MatchNode) else f"this `{node.operator}`"
    policy.report(
        "RW502",
        f"{what} can never be false",
        _span_of(node, policy),
        hint="write `exists: true` to check only that there is a value",
        severity="warning",
    )


def _demanded_signs(node: Node, sign: Sign) -> Iterator[tuple[Sign, Node]]:
    """The parts that must all have their sign for the node to have its own."""
    asked = (node.operator, sign) if isinstance(node, GroupNode) else None
    children = node.children if isinstance(node, GroupNode) else ()
    if asked == ("all", "true"):
        for child in children:
            yield from _demanded_signs(child, "true")
    elif asked in (("none", "true"), ("any", "false")):
        for child in children:
            yield from _demanded_signs(child, "false")
    elif asked == ("none", "false") and len(children) == 1:
        yield from _demanded_signs(children[0], "true")
    else:
        yield sign, node


def _describe_signed(sign: Sign, node: Node) -> str:
    return _describe(node) if sign == "true" else f"not {_describe(node)}"


def _describe(node: Node) -> str:
    """A leaf as its author wrote it, or the name of a joint."""
    if isinstance(node, MatchNode):
        value = node.shown_operand
        return f"`{node.path_text}: {node.matcher} {value if isinstance(value, str) else text_of(value)}`"
    if isinstance(node, ExpressionNode):
        return f"`{node.text}`"
    name = "constant" if isinstance(node, ConstantNode) else node.operator
    return f"`{name}` (line {node.position.line})"


def _span_of(node: Node, policy: AnalysedPolicy) -> Span:
    return Span(policy.written.file, *node.position)
