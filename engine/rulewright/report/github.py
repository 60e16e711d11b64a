"""The report for a run in GitHub Actions: annotations, as workflow commands on stdout.

The runner shows at most 10 annotations of a level per step and drops the others without a message. Therefore they are
sorted by level and limited to 10, and the last one counts the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.table import describe_effect
from rulewright.actions.words import format_value
from rulewright.evaluate.masking import mask
from rulewright.report.annotation import Annotation, Level
from rulewright.report.applied import count_records, format_record
from rulewright.report.evaluation import format_count
from rulewright.report.gate import row
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rulewright.actions.plan import Plan
    from rulewright.report.evaluation import Evaluation, PolicyView, RuleView

LIMIT: Final = 10
WEIGHT: Final = {"error": 0, "warning": 1, "notice": 2}


def data(text: str) -> str:
    """Text after the `::`, escaped as the runner unescapes it."""
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def format_setting(text: str) -> str:
    """The value of a property, escaped: commas and colons would end it."""
    return data(text).replace(":", "%3A").replace(",", "%2C")


def command(one: Annotation) -> str:
    settings = [
        *([f"file={format_setting(one.file)}"] if one.file else []),
        *([f"line={one.line}"] if one.line else []),
        *([f"col={one.column}"] if one.column else []),
        *([f"title={format_setting(one.title)}"] if one.title else []),
    ]
    return f"::{one.level}{' ' if settings else ''}{','.join(settings)}::{data(one.message)}"


def annotation_lines(annotations: Iterable[Annotation]) -> str:
    """At most 10 workflow commands, sorted by level; the last one counts the omitted ones."""
    ranked = sorted(annotations, key=lambda one: WEIGHT[one.level])
    if len(ranked) > LIMIT:
        left = ranked[LIMIT - 1 :]
        note = Annotation(left[0].level, f"{len(left):,} more are in the job summary.", "Rulewright")
        ranked = [*ranked[: LIMIT - 1], note]
    return "".join(f"{command(one)}\n" for one in ranked)


def evaluation_annotations(shown: Evaluation) -> Iterator[Annotation]:
    """Annotations, masked, for negative verdicts, errors, undetermined rules, conflicts and effects that are held
    back."""
    return (found._replace(message=mask(found.message)) for found in _unmasked_annotations(shown))


def _unmasked_annotations(shown: Evaluation) -> Iterator[Annotation]:
    for policy in shown.policies:
        yield from policy_annotations(policy)
    yield from plan_annotations(shown.plan)
    plan = shown.plan
    effects = format_count(len(plan.effects), "effect") if plan.effects else "nothing to do"
    subject = f" on {shown.subject}" if shown.subject else ""
    outcome = "nothing was changed"
    if shown.records is not None:
        outcome = f"applied: {count_records(shown.records)}"
        for record in shown.records:
            if record.noteworthy:
                level: Level = "error" if record.status == "failed" else "warning"
                yield Annotation(level, format_record(record), "Rulewright")
    yield Annotation(
        "notice", f"{shown.event}{subject}: {effects}; plan {plan.hash[:12]}; {outcome}", "Rulewright"
    )


def policy_annotations(policy: PolicyView) -> Iterator[Annotation]:
    """Annotations for the rules of a policy. Several undetermined rules have one annotation, at the first."""
    undecided = [rule for rule in policy.rules if rule.role == "rule" and rule.status == "undetermined"]
    for rule in policy.rules:
        if len(undecided) > 1 and rule in undecided:
            found = undetermined_annotations(policy, undecided) if rule is undecided[0] else None
        else:
            found = rule_annotation(policy, rule)
        if found is not None:
            yield found
    if policy.verdict == "DENIED":
        yield denied_annotations(policy)


def plan_annotations(plan: Plan) -> Iterator[Annotation]:
    """Annotations for a plan: verdicts, conflicts, effects that the budget holds back."""
    for effect in plan.effects:
        level = effect.declaration.annotation
        if level is not None:
            yield Annotation(level, describe_effect(effect)[2], effect.rule)
    for conflict in plan.conflicts:
        rules = ", ".join(conflict.rules)
        text = f"conflict on {format_value(conflict.field)}: {conflict.message} ({rules})"
        yield Annotation("error", text, "Rulewright")
    if plan.held_back:
        text = f"{format_count(len(plan.held_back), 'effect')} over budget, deferred to the next run"
        yield Annotation("warning", text, "Rulewright")


def denied_annotations(policy: PolicyView) -> Annotation:
    """The missing requirements of each transition of a denied promotion."""
    level: Level = "notice" if policy.mode == "observe" else "error"
    open_ = [rule for rule in policy.rules if rule.status == "not_matched"]
    told = "\n".join(f"{rule.id}: {rule.reason}" for rule in open_ if rule.reason)
    line = open_[0].line if len(open_) == 1 else 0
    return Annotation(
        level,
        f"{policy.verdict_text}\n{told}" if told else policy.verdict_text,
        policy.name,
        policy.file,
        line,
    )


def undetermined_annotations(policy: PolicyView, rules: list[RuleView]) -> Annotation:
    """One annotation for all undetermined rules of a policy: one unresolved fact often affects many."""
    level: Level = "notice" if policy.mode == "observe" else "warning"
    told = "\n".join(f"{rule.id}: {rule.reason or rule.description}" for rule in rules)
    text = f"{format_count(len(rules), 'rule')} undetermined\n{told}"
    return Annotation(level, text, policy.name, rules[0].file, rules[0].line)


def rule_annotation(policy: PolicyView, rule: RuleView) -> Annotation | None:
    verdict = str(rule.detail.get("verdict", "")).upper()
    level: Level
    if rule.status == "error" or verdict in ("FAIL", "DENIED"):
        level = "error"
    elif rule.status == "undetermined" or verdict == "WARN":
        level = "warning"
    else:
        return None
    observed = " (observe mode: does not count)" if policy.is_discounted else ""
    if policy.mode == "observe":
        level = "notice"
    if rule.role == "objective" and rule.detail:
        cells = row(rule)
        message = f"{rule.word}: {cells.observed}, {cells.limit}; {cells.why}{observed}"
    else:
        message = f"{rule.word}: {rule.reason or rule.description or rule.status}"
    return Annotation(level, message, f"{policy.name}/{rule.id}", rule.file, rule.line)
