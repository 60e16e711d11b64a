"""One effect in full: what it does, to what, by which rules, on which conditions, and texts as differences."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from rulewright.actions.preconditions import describe_precondition
from rulewright.actions.table import describe_effect
from rulewright_tui.lines.row import Role, Row, Span, text_row, wrap_words
from rulewright_tui.masking import masked_lines, one_line, policy_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.planning.steps import PlanStep
    from rulewright_tui.glyphs import Glyphs


def effect_rows(step: PlanStep, glyphs: Glyphs, width: int) -> Iterator[Row]:
    """The effect without its comment's text, which is shown as Markdown."""
    effect = step.effect
    _, verb, what = describe_effect(effect)
    for line in wrap_words(policy_line(f"{verb} {what}", 2_000), width):
        yield text_row(line, "strong")
    yield _member("target", one_line(effect.target, 100))
    yield _member("rule", policy_line(", ".join((effect.rule, *effect.also)), 400))
    yield _member("round", str(effect.round))
    yield _member("key", effect.key)
    for number, needed in enumerate(effect.preconditions):
        yield _member("if" if not number else "", policy_line(describe_precondition(needed), 200))
    if effect.emission:
        yield _member("sent", "at least once; it changes no state")
    if step.before is None or step.after is None:
        return
    for name in ("title", "body"):
        old, new = getattr(step.before, name), getattr(step.after, name)
        if old != new:
            yield text_row("")
            yield text_row(name, "strong", heading=True)
            yield from difference_rows(old or "", new or "")


def difference_rows(before: str, after: str) -> Iterator[Row]:
    """The lines that differ, with three lines around them, masked."""
    roles: dict[str, Role] = {"+": "success", "-": "error", "@": "accent"}
    lines = unified_diff(masked_lines(before), masked_lines(after), lineterm="", n=3)
    for number, line in enumerate(lines):
        if number >= 2:  # the names of two files
            yield text_row(line, roles.get(line[:1], ""))


def _member(name: str, text: str) -> Row:
    return Row((Span(f"{name:<9} ", "muted"), Span(text)))


def comment_markdown(step: PlanStep) -> str:
    """The text of a comment or new issue; empty for other effects."""
    arguments = step.effect.arguments
    text = arguments.get("body") if step.effect.action in ("comment", "create_issue") else None
    return "\n".join(masked_lines(text)) if isinstance(text, str) else ""
