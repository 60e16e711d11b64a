"""Pane 5: the subject before and after, then the effects by rule, with what an edit changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.actions.preconditions import describe_precondition
from rulewright.actions.table import describe_effect
from rulewright.planning.steps import plan_steps
from rulewright.report.evaluation import format_count
from rulewright_tui.lines.pane_text import PaneText
from rulewright_tui.lines.row import Role, Row, Span, text_row, wrap_words
from rulewright_tui.masking import one_line, policy_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.actions.plan import Effect, Plan
    from rulewright.events.snapshot import Snapshot
    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.outcome import Outcome
    from rulewright_tui.session.state import State

EFFECT_ROLES: Final[Mapping[str, Role]] = {
    "+": "success", "-": "error", "~": "warning", "!": "accent", "x": "error",
}  # fmt: skip


MOST_LINES: Final = 4
"""So many lines of an effect are in the pane; `enter` shows it in full."""


class EffectChanges(NamedTuple):
    """What an edit changed in a plan: effects that are new, gone, or have other arguments, by key."""

    new: frozenset[str] = frozenset()
    gone: tuple[Effect, ...] = ()
    changed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)


def effect_changes(before: Plan | None, now: Plan | None) -> EffectChanges:
    """The difference of two plans. An effect of the same rule and action with other arguments is a changed one."""
    old = {effect.key: effect for effect in before.effects} if before is not None else {}
    new = {effect.key: effect for effect in now.effects} if now is not None else {}
    gone = [effect for key, effect in old.items() if key not in new]
    added = [effect for key, effect in new.items() if key not in old]
    changed = set()
    for effect in added:
        twin = next((one for one in gone if (one.rule, one.action) == (effect.rule, effect.action)), None)
        if twin is not None and effect.action in ("comment", "set_title", "create_issue"):
            gone.remove(twin)
            changed.add(effect.key)
    fresh = frozenset(effect.key for effect in added) - changed
    return EffectChanges(fresh, tuple(gone), frozenset(changed))


def plan_text(state: State, glyphs: Glyphs, width: int) -> PaneText:
    """The pane for the draft as it is now."""
    outcome = state.outcome
    if outcome is None or outcome.plan is None:
        text = (
            "no plan"
            if outcome is None or outcome.error is None
            else "no plan: " + one_line(outcome.error.message, 200)
        )
        rows = () if outcome is None or outcome.error is None else tuple(_error_rows(outcome, glyphs, width))
        return PaneText(Row((Span("5 Plan  ", "strong"), Span(text, "muted"))), rows)
    before = state.original.plan if state.original is not None and state.is_changed else outcome.plan
    changes = effect_changes(before, outcome.plan)
    return PaneText(
        _title(state, outcome.plan, changes, glyphs), list(_rows(outcome, changes, glyphs, width))
    )


def _error_rows(outcome: Outcome, glyphs: Glyphs, width: int) -> Iterator[Row]:
    assert outcome.error is not None
    for line in wrap_words(one_line(outcome.error.message), width - 2, "  "):
        yield text_row(f"{glyphs.error} {line}", "error")
    for line in wrap_words(one_line(outcome.error.hint), width - 2) if outcome.error.hint else ():
        yield text_row(f"  {line}", "muted")


def _title(state: State, plan: Plan, changes: EffectChanges, glyphs: Glyphs) -> Row:
    spans = [Span("5 Plan  ", "strong"), Span(format_count(len(plan.effects), "effect"))]
    if state.is_changed:
        delta = f"  {glyphs.changed} +{len(changes.new)} {glyphs.minus}{len(changes.gone)} ~{len(changes.changed)}"
        spans.append(Span(delta, "changed"))
    if plan.rounds > 1:
        spans.append(Span(f"  {plan.rounds} rounds", "muted"))
    if plan.conflicts:
        spans.append(Span(f"  {format_count(len(plan.conflicts), 'conflict')}", "error"))
    spans.append(Span(f"  {plan.hash[:8]}", "muted"))
    return Row(tuple(spans))


def _rows(outcome: Outcome, changes: EffectChanges, glyphs: Glyphs, width: int) -> Iterator[Row]:
    plan = outcome.plan
    assert plan is not None
    steps = [step for step in plan_steps(plan, outcome.draft.event) if step.role == "planned"]
    if steps and steps[0].before is not None and steps[-1].after is not None:
        yield from subject_rows(steps[0].before, steps[-1].after, glyphs, width)
    if not plan.effects:
        yield text_row("Nothing to do.", "muted")
    rule = ""
    for number, effect in enumerate(plan.effects):
        if effect.rule != rule:
            rule = effect.rule
            yield Row(
                (Span(policy_line(rule, 100), "strong"), Span(f"  round {effect.round}", "muted")),
                heading=True,
            )
        yield from _effect_rows(effect, number, changes, glyphs, width)
    for effect in changes.gone:
        sign, verb, what = describe_effect(effect)
        text = policy_line(f"{verb} {what}", 300)
        yield Row((Span(f"{glyphs.changed} ", "changed"), Span(f"{_shown_sign(sign, glyphs)} {text}", "muted"),
                   Span("  no longer", "changed"), Span(f"  {effect.rule}", "muted")))  # fmt: skip
    yield from _other_rows(plan, glyphs, width)


def _shown_sign(sign: str, glyphs: Glyphs) -> str:
    return {"-": glyphs.minus, "x": glyphs.failed}.get(sign, sign)


def _effect_rows(
    effect: Effect, number: int, changes: EffectChanges, glyphs: Glyphs, width: int
) -> Iterator[Row]:
    sign, verb, what = describe_effect(effect)
    mark = glyphs.changed if effect.key in changes.new or effect.key in changes.changed else " "
    word = "" if mark == " " else "  new" if effect.key in changes.new else "  changed"
    needed = policy_line(", ".join(describe_precondition(found) for found in effect.preconditions), 200)
    spans = [Span(f"{mark} ", "changed"), Span(f"{_shown_sign(sign, glyphs)} ", EFFECT_ROLES.get(sign, ""))]
    lines = wrap_words(policy_line(f"{verb} {what}", 300), max(width - 6, 20))
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]}{glyphs.ellipsis}"]
    beside = bool(needed) and len(lines) == 1 and len(lines[0]) + len(word) + len(needed) + 9 <= width
    yield Row(
        (*spans, Span(lines[0]), Span(word, "changed")),
        (Span(f"if {needed}", "muted"),) if beside else (),
        key=("effect", number),
    )
    for line in lines[1:]:
        yield text_row(f"    {line}", key=("effect", number))
    if needed and not beside:
        for line in wrap_words(f"if {needed}", max(width - 4, 20), "   "):
            yield text_row(f"    {line}", "muted", key=("effect", number))
    if effect.also:
        yield text_row(f"    also {policy_line(', '.join(effect.also), 200)}", "muted")


def _other_rows(plan: Plan, glyphs: Glyphs, width: int) -> Iterator[Row]:
    """Conflicts, what is held back, notes, and what policies in observe mode would do."""
    for conflict in plan.conflicts:
        yield text_row(
            f"{glyphs.failed} conflict on {policy_line(conflict.field, 60)}: neither effect is applied",
            "error",
        )
        for line in wrap_words(policy_line(conflict.message, 300), max(width - 4, 20)):
            yield text_row(f"    {line}")
    if plan.held_back:
        count = format_count(len(plan.held_back), "effect")
        yield text_row(f"{glyphs.stopped} {count} over budget, deferred to the next run", "warning")
        yield from _brief_rows(plan.held_back, glyphs)
    for note in plan.notes:
        text = f"{glyphs.unknown} {note.action.replace('_', ' ')} of {note.rule} cannot be planned: {note.reason}"
        for line in wrap_words(policy_line(text), max(width - 2, 20), "  "):
            yield text_row(line, "warning")
    if plan.observed:
        count = format_count(len(plan.observed), "effect")
        yield text_row(f"{count} of policies in observe mode, not applied", "muted", heading=True)
        yield from _brief_rows(plan.observed, glyphs)


def _brief_rows(effects: tuple[Effect, ...], glyphs: Glyphs) -> Iterator[Row]:
    for effect in effects:
        sign, verb, what = describe_effect(effect)
        yield text_row(
            f"    {_shown_sign(sign, glyphs)} {policy_line(f'{verb} {what}', 200)}  {effect.rule}", "muted"
        )


def subject_rows(before: Snapshot, after: Snapshot, glyphs: Glyphs, width: int) -> Iterator[Row]:
    """What the plan makes of the subject, member by member; what stays is left out."""
    if before.title != after.title:
        yield _member_row("title", one_line(before.title or "", width), "muted")
        yield _member_row("", f"{glyphs.arrow} {one_line(after.title or '', width)}")
    yield from _list_row("labels", before.labels, after.labels, glyphs)
    yield from _list_row("assignees", before.assignees, after.assignees, glyphs)
    states = [_state_text(snapshot) for snapshot in (before, after)]
    for name, old, new in (("state", states[0], states[1]), ("milestone", before.milestone, after.milestone)):
        if old != new:
            yield _member_row(
                name, f"{one_line(old or 'none', 80)} {glyphs.arrow} {one_line(new or 'none', 80)}"
            )
    for name in sorted({*before.fields, *after.fields}):
        old, new = before.fields.get(name), after.fields.get(name)
        if old != new:
            text = (
                f"{one_line(str(name), 60)}: {one_line(str(old), 60)} {glyphs.arrow} {one_line(str(new), 60)}"
            )
            yield _member_row("board", text)
    if before.body != after.body:
        yield _member_row("body", "changed")


def _state_text(snapshot: Snapshot) -> str:
    reason = f" ({snapshot.state_reason.replace('_', ' ')})" if snapshot.state_reason else ""
    return f"{snapshot.state or 'none'}{reason}"


def _list_row(name: str, before: tuple[str, ...], after: tuple[str, ...], glyphs: Glyphs) -> Iterator[Row]:
    old, new = {item.casefold() for item in before}, {item.casefold() for item in after}
    spans = [Span(f"+{one_line(item, 60)} ", "success") for item in after if item.casefold() not in old]
    spans += [
        Span(f"{glyphs.minus}{one_line(item, 60)} ", "error") for item in before if item.casefold() not in new
    ]
    if spans:
        yield Row((Span(f"  {name:<9} ", "muted"), *spans))


def _member_row(name: str, text: str, role: Role = "") -> Row:
    return Row((Span(f"  {name:<9} ", "muted"), Span(text, role)))
