"""A difference in words: what was expected, what came, why, and what would have to change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rulewright.evaluate.explain import explain
from rulewright.evaluate.show import show
from rulewright.testing.model import Problem

if TYPE_CHECKING:
    from rulewright.actions.plan import Effect, Plan
    from rulewright.evaluate.decision import Decision
    from rulewright.testing.model import Difference, PreparedCase

_HIDDEN = frozenset({"marker", "sha256", "masked", "findings"})
"""Arguments that no case would name."""


def describe_difference(
    difference: Difference, ready: PreparedCase, decision: Decision, plan: Plan | None
) -> Problem:
    """The problem as people read it. Untrusted values are masked and cut."""
    span = ready.case.span("expect", *difference.path, key=difference.kind == "rule")
    kind = difference.kind
    if kind == "effects":
        return Problem("the plan differs", span, tuple(_diff_effects(difference, ready, plan)))
    if kind == "conflicts":
        text = f"conflicts: expected {_join_names(difference.wanted)}, got {_join_names(difference.found)}"
        messages = () if plan is None else tuple(conflict.message for conflict in plan.conflicts)
        return Problem(text, span, messages)
    if kind == "verdict":
        reasons = (
            f"{result.id}: {result.status}{_in_brackets(result.reason)}"
            for result in decision.policy(difference.policy).notable
        )
        text = f"verdict: expected {difference.wanted}, got {difference.found}"
        return Problem(text, span, tuple(reasons))
    if kind == "skip":
        text = f"skip: expected {difference.wanted}, got {difference.found or 'none'}"
        return Problem(text, span, tuple(_describe_flips(difference.policy, difference.entry, decision)))
    text = f"{difference.entry}: expected {difference.wanted}, got {difference.found}"
    lines = [f"because {difference.reason}"] if difference.reason else []
    root = re.split(r"[.\[ ]", difference.reason or "", maxsplit=1)[0]
    if root in decision.facts.absent:
        lines.append(f"tests do not gather facts; add `given: {{ {root}: … }}`")
    return Problem(
        text, span, (*lines, *_describe_flips(difference.policy, _deciding_entry(difference), decision))
    )


def _in_brackets(reason: str | None) -> str:
    return f" ({reason})" if reason else ""


def _deciding_entry(difference: Difference) -> str:
    """The entry whose condition settled the status: the rule that stopped it, the skip, or the entry itself."""
    words = (difference.reason or "").split()
    if difference.found == "stopped":
        return words[-1]
    return words[1] if words[:1] == ["skip"] else difference.entry


def _describe_flips(policy: str, entry: str, decision: Decision) -> list[str]:
    found = explain(decision, policy, entry)
    return [
        f"smallest change that changes the result, line {flip.line}: {flip.path} {flip.change}"
        for flip in found.flips
    ]


def _diff_effects(difference: Difference, ready: PreparedCase, plan: Plan | None) -> list[str]:
    """The whole plan as a diff: `−` expected and missing, `+` planned and unexpected, else as expected."""
    extra = difference.found
    lines = []
    for number in difference.wanted:
        wanted = (ready.expected.effects or ())[number]
        lines.append(f"− {wanted.action}{_format_arguments(wanted.arguments)}")
    for effect in plan.effects if plan is not None else ():
        mark = "+" if any(effect is other for other in extra) else " "
        lines.append(f"{mark} {_format_effect(effect)}")
    for note in plan.notes if plan is not None else ():
        lines.append(f"! {note.rule}: {note.action} cannot be planned: {note.reason}")
    return lines


def _format_effect(effect: Effect) -> str:
    """An effect as a case would name it, and the rule that wants it."""
    arguments = {key: value for key, value in effect.arguments.items() if key not in _HIDDEN}
    if effect.action == "comment":  # its first line is the marker
        arguments = {"text": str(arguments["body"]).partition("\n")[2]}
    return f"{effect.action}{_format_arguments(arguments)} of {effect.rule}"


def _format_arguments(arguments: object) -> str:
    return "" if arguments is None or arguments == {} else f" {show(arguments)}"


def _join_names(fields: list[str]) -> str:
    return ", ".join(fields) or "none"
