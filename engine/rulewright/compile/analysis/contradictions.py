"""Conditions, and parts of them, that can never be true or never be false."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.policy.diagnostics import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.compile.analysis.analysis_context import Study, Subject
    from rulewright.compile.analysis.logic import Logic, Sign
    from rulewright.program.program import Node

JOINTS = ("all", "any", "none")


def contradictions(study: Study) -> None:
    """Reports the smallest parts that are always or never true; what follows from them is not said again."""
    for subject in study.subjects:
        for entry in subject.compiled.entries:
            _look(entry.when, subject, study.logic)


def _look(node: Node, subject: Subject, logic: Logic) -> bool:
    """Whether something was reported about the node or a part of it."""
    op = node["op"]
    if op not in (*JOINTS, "match"):
        return False
    parts = node.get("of", ())
    if op in JOINTS and not parts:
        return True  # reported where it was read
    found = [_look(part, subject, logic) for part in parts]
    if any(found):
        return True
    if not logic.possible(logic.formula(node, "true")):
        _never_true(node, subject, logic)
        return True
    if not logic.possible(logic.formula(node, "false")):
        _never_false(node, subject)
        return True
    return False


def _never_true(node: Node, subject: Subject, logic: Logic) -> None:
    if node["op"] == "match":
        subject.report("RW501", f"{shown(node)} can never be true", _span(node, subject))
        return
    demands = list(_demands(node, "true"))
    for number, (sign, later) in enumerate(demands):
        for other, earlier in demands[:number]:
            if not logic.possible(logic.formula(earlier, other), logic.formula(later, sign)):
                first, second = _phrase(other, earlier), _phrase(sign, later)
                subject.report(
                    "RW501",
                    f"{first} (line {earlier['at'][0]}) and {second} can never both hold",
                    _span(later, subject),
                    hint="use `any` where either will do, or correct one of them",
                )
                return
    subject.report("RW501", f"the parts of this `{node['op']}` can never hold together", _span(node, subject))


def _never_false(node: Node, subject: Subject) -> None:
    what = shown(node) if node["op"] == "match" else f"this `{node['op']}`"
    subject.report(
        "RW502",
        f"{what} can never be false",
        _span(node, subject),
        hint="to ask only whether there is a value, say `exists: true`",
        severity="warning",
    )


def _demands(node: Node, sign: Sign) -> Iterator[tuple[Sign, Node]]:
    """The parts that must all have their sign for the node to have its own."""
    op = node["op"]
    if op == "all" and sign == "true":
        for part in node["of"]:
            yield from _demands(part, "true")
    elif (op == "none" and sign == "true") or (op == "any" and sign == "false"):
        for part in node["of"]:
            yield from _demands(part, "false")
    elif op == "none" and sign == "false" and len(node["of"]) == 1:
        yield from _demands(node["of"][0], "true")
    else:
        yield sign, node


def _phrase(sign: Sign, node: Node) -> str:
    return shown(node) if sign == "true" else f"no {shown(node)}"


def shown(node: Node) -> str:
    """A leaf as its author wrote it, or the name of a joint."""
    if node["op"] == "match":
        from rulewright.compile.conditions import text_of

        value: Any = node.get("unit", node["v"])
        return f"`{node['path']}: {node['m']} {value if isinstance(value, str) else text_of(value)}`"
    return f"`{node['text']}`" if node["op"] == "expression" else f"`{node['op']}` (line {node['at'][0]})"


def _span(node: Node, subject: Subject) -> Span:
    line, column = node["at"]
    return Span(subject.policy.file, line, column)
