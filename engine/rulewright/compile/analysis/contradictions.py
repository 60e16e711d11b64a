"""Conditions, and parts of them, that can never be true or never be false."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import Span
from rulewright.program.nodes import ConstantNode, ExpressionNode, GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.compile.analysis.analysis_context import Study, Subject
    from rulewright.compile.analysis.logic import Logic, Sign
    from rulewright.program.nodes import Node


def contradictions(study: Study) -> None:
    """Reports the smallest parts that are always or never true; what follows from them is not said again."""
    for subject in study.subjects:
        for entry in subject.compiled.entries:
            _look(entry.when, subject, study.logic)


def _look(node: Node, subject: Subject, logic: Logic) -> bool:
    """Whether something was reported about the node or a part of it."""
    if not isinstance(node, GroupNode | MatchNode):
        return False
    if isinstance(node, GroupNode):
        if not node.children:
            return True  # reported where it was read
        reported = [_look(child, subject, logic) for child in node.children]
        if any(reported):
            return True
    if not logic.possible(logic.formula(node, "true")):
        _never_true(node, subject, logic)
        return True
    if not logic.possible(logic.formula(node, "false")):
        _never_false(node, subject)
        return True
    return False


def _never_true(node: GroupNode | MatchNode, subject: Subject, logic: Logic) -> None:
    if isinstance(node, MatchNode):
        subject.report("RW501", f"{shown(node)} can never be true", _span(node, subject))
        return
    demands = list(_demands(node, "true"))
    for number, (sign, later) in enumerate(demands):
        for other, earlier in demands[:number]:
            if not logic.possible(logic.formula(earlier, other), logic.formula(later, sign)):
                first, second = _phrase(other, earlier), _phrase(sign, later)
                subject.report(
                    "RW501",
                    f"{first} (line {earlier.position.line}) and {second} can never both hold",
                    _span(later, subject),
                    hint="use `any` where either will do, or correct one of them",
                )
                return
    subject.report(
        "RW501", f"the parts of this `{node.operator}` can never hold together", _span(node, subject)
    )


def _never_false(node: GroupNode | MatchNode, subject: Subject) -> None:
    what = shown(node) if isinstance(node, MatchNode) else f"this `{node.operator}`"
    subject.report(
        "RW502",
        f"{what} can never be false",
        _span(node, subject),
        hint="to ask only whether there is a value, say `exists: true`",
        severity="warning",
    )


def _demands(node: Node, sign: Sign) -> Iterator[tuple[Sign, Node]]:
    """The parts that must all have their sign for the node to have its own."""
    asked = (node.operator, sign) if isinstance(node, GroupNode) else None
    children = node.children if isinstance(node, GroupNode) else ()
    if asked == ("all", "true"):
        for child in children:
            yield from _demands(child, "true")
    elif asked in (("none", "true"), ("any", "false")):
        for child in children:
            yield from _demands(child, "false")
    elif asked == ("none", "false") and len(children) == 1:
        yield from _demands(children[0], "true")
    else:
        yield sign, node


def _phrase(sign: Sign, node: Node) -> str:
    return shown(node) if sign == "true" else f"no {shown(node)}"


def shown(node: Node) -> str:
    """A leaf as its author wrote it, or the name of a joint."""
    if isinstance(node, MatchNode):
        from rulewright.compile.conditions import text_of

        value = node.shown_operand
        return f"`{node.path_text}: {node.matcher} {value if isinstance(value, str) else text_of(value)}`"
    if isinstance(node, ExpressionNode):
        return f"`{node.text}`"
    name = "constant" if isinstance(node, ConstantNode) else node.operator
    return f"`{name}` (line {node.position.line})"


def _span(node: Node, subject: Subject) -> Span:
    return Span(subject.policy.file, *node.position)
