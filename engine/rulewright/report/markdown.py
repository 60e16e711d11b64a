"""The Markdown report, for a job summary or a comment. Text of a payload is put into code spans.

Mentions, links and markup are inactive in a code span, whose fence is longer than any run of backticks in the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.preconditions import describe_precondition
from rulewright.actions.table import describe_effect
from rulewright.actions.words import format_value
from rulewright.report.applied import count_records, format_record
from rulewright.report.evaluation import format_count
from rulewright.report.gate import row
from rulewright.report.markdown_text import code, prose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rulewright.actions.plan import Effect, Plan
    from rulewright.report.evaluation import Evaluation, PolicyView, RuleView
    from rulewright.run.journal import Record

ROWS: Final = 200
"""Maximum rows of a table. A job summary is limited to 1 MiB, a comment to 65,536 characters."""

QUIET: Final = ("skipped", "stopped")


def evaluation_markdown(shown: Evaluation) -> str:
    """The report, with a newline at its end."""
    subject = f" on {code(shown.subject)}" if shown.subject else ""
    lines = [f"### Rulewright: {code(shown.event)}{subject}", ""]
    lines += plan_lines(shown)
    if shown.plan.models:
        from rulewright.evaluate.model_results import format_model_result

        lines += [f"- model result: {code(format_model_result(*one))}" for one in shown.plan.models.items()]
    if shown.absent:
        lines += [f"- unresolved fact {code(name)}: {code(why)}" for name, why in shown.absent.items()]
        lines.append("")
    if not shown.policies:
        lines += ["No policy subscribes to this event.", ""]
    for policy in shown.policies:
        lines += policy_lines(policy, shown.every)
    return "\n".join(lines).rstrip("\n") + "\n"


def plan_lines(shown: Evaluation) -> Iterator[str]:
    plan = shown.plan
    title = format_count(len(plan.effects), "effect") if plan.effects else "nothing to do"
    if shown.records is None:
        why = f" {prose(shown.dry)}" if shown.dry else ""
        yield f"**Dry run: nothing was changed.**{why} Plan `{plan.hash[:12]}`: {title}."
    else:
        yield from render_outcomes(shown.records, plan)
    yield ""
    rows = [effect_row(number, effect) for number, effect in enumerate(plan.effects, 1)]
    yield from table("| # | effect | | rule | target | if |", "|--:|---|---|---|---|---|", rows, "effects")
    remarks = [*plan_remarks(plan)]
    yield from (*remarks, "") if remarks else ()


def plan_remarks(plan: Plan) -> Iterator[str]:
    """The parts of a plan that are not applied, one item each."""
    for conflict in plan.conflicts:
        rules = ", ".join(code(rule) for rule in conflict.rules)
        field = code(format_value(conflict.field))
        yield f"- **conflict** on {field}, neither effect is applied: {prose(conflict.message)} ({rules})"
    if plan.held_back:
        yield f"- {format_count(len(plan.held_back), 'effect')} over budget, deferred to the next run"
    for note in plan.notes:
        yield f"- {prose(note.action)} of {code(note.rule)} cannot be planned: {code(note.reason)}"
    if plan.observed:
        told = "; ".join(code(f"{verb} {what}") for _, verb, what in map(describe_effect, plan.observed[:20]))
        yield f"- observe mode, not applied ({len(plan.observed):,}): {told}"


def table(head: str, alignment: str, rows: Sequence[str], noun: str) -> Iterator[str]:
    """A table of at most ROWS rows and the number of further `noun`; empty without rows."""
    if rows:
        yield from (head, alignment, *rows[:ROWS], "")
    if len(rows) > ROWS:
        yield f"… and {len(rows) - ROWS:,} more {noun}."
        yield ""


def render_outcomes(records: tuple[Record, ...], plan: Plan) -> Iterator[str]:
    yield f"**Applied: {count_records(records)}.** Plan `{plan.hash[:12]}`."
    rest = [record for record in records if record.noteworthy]
    if rest:
        yield ""
    for record in rest[:ROWS]:
        yield f"- {code(format_record(record, 300), 300)}"


def effect_row(number: int, effect: Effect) -> str:
    _, verb, what = describe_effect(effect)
    needed = "<br>".join(code(describe_precondition(one), 80) for one in effect.preconditions)
    if not needed and effect.emission:
        needed = "at least once"
    return (
        f"| {number} | {verb} | {code(what)} | {code(effect.rule)} | {code(effect.target, 80)} | {needed} |"
    )


def policy_lines(policy: PolicyView, every: bool) -> Iterator[str]:
    """A collapsible section for each policy, open if there is a problem."""
    ended = [skip for skip in policy.skips if skip.status != "not_matched"]
    told = ended or [rule for rule in policy.rules if every or rule.noteworthy]
    rest = 0 if ended else policy.not_matched + len(policy.rules) - len(told)
    observed = ", observe mode" if policy.mode == "observe" else ""
    wrong = any(rule.status in ("undetermined", "error") or rule.word in ("FAIL", "DENIED") for rule in told)
    title = f"<b>{prose(policy.name)}</b> ({policy.kind}{observed}): {prose(policy.verdict_text)}"
    yield f"<details{' open' if wrong else ''}><summary>{title}</summary>"
    yield ""
    rows = [rule_row(rule) for rule in told]
    yield from table("| rule | status | why | line |", "|---|---|---|--:|", rows, "rules")
    if rest:
        yield f"{format_count(rest, 'rule')} did not match."
        yield ""
    yield "</details>"
    yield ""


def rule_row(rule: RuleView) -> str:
    status = f"**{rule.word}**" if rule.noteworthy and rule.status not in QUIET else rule.word
    if rule.role == "objective" and rule.detail:
        cells = row(rule)
        told = f"{cells.observed} ({cells.limit}; {cells.size})"
        return f"| {code(rule.id)} | {status} | {code(told)} {code(cells.why, 300)} | {rule.line or ''} |"
    why = code(rule.why) if rule.why else prose(rule.description)
    return f"| {code(rule.id)} | {status} | {why} | {rule.line or ''} |"
