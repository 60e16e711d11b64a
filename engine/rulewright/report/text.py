"""The text report: the event, the results of each policy with reasons, the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.preconditions import describe_precondition
from rulewright.actions.table import describe_effect
from rulewright.actions.words import format_value
from rulewright.evaluate.masking import mask_line
from rulewright.policy.characters import clip_text
from rulewright.report.applied import count_records, format_record
from rulewright.report.evaluation import format_count
from rulewright.report.terminal import VERDICT_MARKS, Paint, beside, wrap_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.actions.plan import Effect, Plan
    from rulewright.report.evaluation import Evaluation, PolicyView, RuleView

STATUS: Final = {
    "matched": ("✓", ("green",)),
    "undetermined": ("?", ("yellow",)),
    "error": ("✗", ("red",)),
    "skipped": ("–", ("dim",)),
    "stopped": ("–", ("dim",)),
    "not_matched": ("·", ("dim",)),
}
PLAIN: Final[tuple[str, tuple[str, ...]]] = ("", ())
GLYPHS: Final = {"+": ("green",), "-": ("red",), "~": ("yellow",), "!": ("cyan",), "x": ("red",)}

MAX_REASON: Final = 480
"""Characters of why a fact is unresolved: several providers may each have a reason, a server its message."""


def evaluation_text(shown: Evaluation, *, columns: int = 100, paint: Paint | None = None) -> str:
    """The report, with a newline at its end."""
    colour = paint or Paint()
    lines = [*format_heading(shown, colour)]
    for policy in shown.policies:
        lines += ["", *policy_lines(policy, shown.every, columns, colour)]
    if not shown.policies:
        lines += ["", "No policy subscribes to this event."]
    lines += absent_lines(shown, columns)
    lines += model_lines(shown.plan, columns)
    lines += ["", *plan_lines(shown.plan, columns, colour), "", *format_ending(shown, columns, colour)]
    return "\n".join(lines) + "\n"


def absent_lines(shown: Evaluation, columns: int) -> Iterator[str]:
    """Unresolved facts, grouped by reason, without those that the row of an objective shows."""
    objectives = {rule.id for policy in shown.policies for rule in policy.rules if rule.role == "objective"}
    reasons: dict[str, list[str]] = {}
    for name, reason in shown.absent.items():
        if name not in objectives:
            # A code is shown as words; in a sentence, an underscore is part of a name.
            words = reason if " " in reason else reason.replace("_", " ")
            reasons.setdefault(mask_line(words, MAX_REASON), []).append(name)
    if reasons:
        yield ""
        yield "Unresolved facts"
    for reason, names in reasons.items():
        yield f"  ? {wrap_lines(f'{reason}: {format_value(names)}', columns - 4, '    ')}"


def model_lines(plan: Plan, columns: int) -> Iterator[str]:
    """The model facts: the answer, the provider and the probability."""
    if plan.models:
        from rulewright.evaluate.model_results import format_model_result

        yield ""
        yield "Model results"
        for name, found in plan.models.items():
            yield f"  ~ {wrap_lines(mask_line(format_model_result(name, found), 300), columns - 4, '    ')}"


def format_heading(shown: Evaluation, paint: Paint) -> Iterator[str]:
    subject = f"  {mask_line(shown.subject, 80)}" if shown.subject else ""
    yield f"{paint(clip_text(shown.event, 60), 'bold')}{subject}  {paint(f'event {shown.sha256[:12]}', 'dim')}"


def policy_lines(policy: PolicyView, every: bool, columns: int, paint: Paint) -> Iterator[str]:
    """The line of the policy, then one or two lines for each noteworthy rule."""
    kind = f"{policy.kind}, observe mode" if policy.mode == "observe" else policy.kind
    left = f"{policy.name}  {kind}  {policy.verdict_text}"
    verdict = paint(policy.verdict_text, *VERDICT_MARKS.get(policy.verdict, PLAIN)[1])
    head = f"{paint(policy.name, 'bold')}  {kind}  {verdict}"
    yield from beside(head, len(left), policy.file, columns, paint)
    ended = [skip for skip in policy.skips if skip.status != "not_matched"]
    longest = min(max((len(rule.id) for rule in (*policy.rules, *ended)), default=0), 40)
    if not ended:
        yield from all_rule_lines(policy, every, longest, columns, paint)
        return
    for skip in ended:
        yield from rule_lines(
            skip, longest, columns, paint, "skip matched" if skip.status == "matched" else ""
        )
    yield paint(f"  – {format_count(len(policy.rules) + policy.not_matched, 'rule')} not evaluated", "dim")


def all_rule_lines(
    policy: PolicyView, every: bool, longest: int, columns: int, paint: Paint
) -> Iterator[str]:
    """The rules of a policy that no skip ended."""
    judged = [rule for rule in policy.rules if rule.role == "objective" and rule.detail]
    if judged:
        from rulewright.report.gate import gate_lines

        yield from gate_lines(judged, columns, paint)
    for rule in policy.rules:
        if (every or rule.noteworthy) and rule not in judged:
            yield from rule_lines(rule, longest, columns, paint)
    quiet = sum(not rule.noteworthy for rule in policy.rules)
    rest = policy.not_matched + (0 if every else quiet)
    if rest:
        yield paint(f"  · {format_count(rest, 'rule')} did not match", "dim")


def rule_lines(rule: RuleView, longest: int, columns: int, paint: Paint, word: str = "") -> Iterator[str]:
    glyph, styles = STATUS[rule.status]
    place = f"{rule.file.rpartition('/')[2]}:{rule.line}" if rule.line else ""
    left = f"  {glyph} {rule.id:<{longest}}  {word or rule.word:<12}"
    why = mask_line(rule.why, 400)
    beside = why if len(left) + len(why) + len(place) + 4 <= columns else ""
    gap = " " * max(2, columns - len(left) - len(beside) - len(place) - 2)
    yield f"{paint(left, *styles)}  {beside}{gap}{paint(place, 'dim')}".rstrip()
    if why and not beside:
        yield f"    {wrap_lines(why, columns - 4, '    ')}"
    if rule.description and (rule.noteworthy and rule.status not in ("skipped", "stopped")):
        yield paint(f"    {wrap_lines(clip_text(rule.description, 400), columns - 4, '    ')}", "dim")


def plan_lines(plan: Plan, columns: int, paint: Paint) -> Iterator[str]:
    """Numbered effects, then effects that are not applied with reasons, then the last line."""
    title = f"Plan  {format_count(len(plan.effects), 'effect')}" if plan.effects else "Plan  nothing to do"
    yield f"{paint(title, 'bold')}  {paint(f'hash {plan.hash[:12]}', 'dim')}"
    digits = len(str(len(plan.effects)))
    longest = max((len(describe_effect(effect)[1]) for effect in plan.effects), default=0)
    for number, effect in enumerate(plan.effects, 1):
        yield from effect_lines(effect, f"{number:>{digits}}", longest, columns, paint)
    for conflict in plan.conflicts:
        yield paint(f"  ✗ conflict on {format_value(conflict.field, 60)}: neither effect is applied", "red")
        yield f"    {wrap_lines(mask_line(conflict.message, 300), columns - 4, '    ')}"
    if plan.held_back:
        left = f"  – {format_count(len(plan.held_back), 'effect')} over budget, deferred to the next run"
        yield paint(left, "yellow")
        for effect in plan.held_back:
            glyph, verb, what = describe_effect(effect)
            yield "    " + clip_text(f"{glyph} {verb} {what} · {effect.rule}", columns - 4)
    for note in plan.notes:
        text = (
            f"? {note.action.replace('_', ' ')} of {clip_text(note.rule, 200)} cannot be planned: "
            f"{mask_line(note.reason, 200)}"
        )
        yield paint(f"  {wrap_lines(text, columns - 4, '    ')}", "yellow")
    if plan.observed:
        yield f"  {format_count(len(plan.observed), 'effect')} of policies in observe mode, not applied:"
        for effect in plan.observed:
            glyph, verb, what = describe_effect(effect)
            yield "    " + clip_text(f"{glyph} {verb} {what} · {effect.rule}", columns - 4)


def format_ending(shown: Evaluation, columns: int, paint: Paint) -> Iterator[str]:
    """The last line: that nothing was changed and why, or the outcome of the plan."""
    if shown.records is None:
        yield paint("DRY RUN: nothing was changed.", "bold")
        if shown.dry:
            yield f"  {wrap_lines(shown.dry, columns - 2, '  ')}"
        return
    yield paint(f"APPLIED: {count_records(shown.records)}.", "bold")
    for record in shown.records:
        if record.noteworthy:
            style = "red" if record.status == "failed" else "yellow"
            yield paint(f"  {format_record(record, columns - 2)}", style)


def effect_lines(effect: Effect, number: str, longest: int, columns: int, paint: Paint) -> Iterator[str]:
    """One effect: its change, wrapped if necessary, then its target, rule and preconditions."""
    glyph, verb, what = describe_effect(effect)
    indent = " " * (len(number) + 6)
    head = f"  {number}  {glyph} {verb:<{longest}}  "
    body = wrap_lines(what, columns - len(head), " " * len(head))
    yield f"  {number}  {paint(glyph, *GLYPHS.get(glyph, ()))} {verb:<{longest}}  {body}".rstrip()
    parts = [mask_line(effect.target, 80), clip_text(", ".join((effect.rule, *effect.also)), 400)]
    if effect.round > 1:
        parts.append(f"round {effect.round}")
    if effect.preconditions:
        parts.append("if " + ", ".join(describe_precondition(needed) for needed in effect.preconditions))
    elif effect.emission:
        parts.append("at least once")
    yield paint(f"{indent}{wrap_lines(' · '.join(parts), columns - len(indent), indent)}", "dim")
