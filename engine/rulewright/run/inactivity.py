"""Why nothing happened to an issue or pull request: what keeps policies from it, rules from matching, and effects from
being applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rulewright.actions.table import describe_effect
from rulewright.evaluate.explain import explain
from rulewright.events.snapshot import subject_data
from rulewright.run.subject_event import list_unsubscribed
from rulewright.run.subjects import is_opened_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.actions.plan import Effect, Plan
    from rulewright.evaluate.decision import Decision, PolicyDecision, RuleResult
    from rulewright.events.model import Event
    from rulewright.policy.json_types import JsonObject
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.run.pipeline import SubjectPlan

CauseKind = Literal[
    "planned", "paused", "closed", "before_created_after", "undelivered", "not_subscribed", "skipped", "observed",
    "held", "conflict", "over_budget", "undetermined", "settled", "stopped", "not_matched",
]  # fmt: skip
MOST_CHANGES: Final = 2
"""Changes that are named for a rule that did not match."""
ABOUT_SUBJECT: Final = ("Triage", "Grooming")


class Cause(NamedTuple):
    """One reason. `about` is a policy, `policy/rule`, or empty for the whole run; `file` and `line` are its place."""

    kind: CauseKind
    about: str
    text: str
    file: str = ""
    line: int = 0

    def as_json(self) -> JsonObject:
        return {key: value for key, value in self._asdict().items() if value}


def find_causes(planned: SubjectPlan) -> tuple[Cause, ...]:
    """Every reason, in the order in which they are looked at: the run, the policies, their rules, the plan."""
    decision, plan = planned.decision, planned.plan
    causes = [*_find_planned(plan), *_find_limits_of_runs(planned.event, decision)]
    for policy in list_unsubscribed(planned.event, decision.program):
        causes.append(_not_subscribed(planned.event, policy))
    for part in decision.policies:
        if part.kind in ABOUT_SUBJECT:
            causes += _find_in_policy(decision, part, plan)
    causes += _find_held(plan)
    return tuple(causes)


def _find_planned(plan: Plan) -> Iterator[Cause]:
    for effect in plan.effects:
        yield Cause("planned", effect.rule, _describe(effect))


def _find_limits_of_runs(event: Event, decision: Decision) -> Iterator[Cause]:
    """What keeps a run from applying anything, and a sweep from reaching the subject."""
    config, data = decision.program.config, subject_data(event.payload)
    if config.execution.paused:
        yield Cause(
            "paused", "", "writing is paused (`execution.paused` in rulewright.yaml): every run is a dry run"
        )
    if data.get("state") == "closed":
        yield Cause("closed", "", "it is closed: a sweep evaluates open issues and pull requests only")
    since = config.issues.created_after
    if since is not None and is_opened_before(event, since):
        text = (
            f"it was opened before {since}: sweeps leave it out (`issues.created_after` in rulewright.yaml)"
        )
        yield Cause("before_created_after", "", text)


def _not_subscribed(event: Event, policy: CompiledPolicy) -> Cause:
    spoken = f"{event.name}.{event.action}" if event.action else event.name
    text = f"not evaluated: it does not subscribe to {spoken}, but to {', '.join(policy.on)}"
    return Cause("not_subscribed", policy.name, text, policy.file)


def _find_in_policy(decision: Decision, part: PolicyDecision, plan: Plan) -> Iterator[Cause]:
    policy = part.policy
    lines = {entry.id: entry.position.line for entry in policy.entries}
    if part.skipped_by is not None:
        last = part.skips[-1]
        how = "holds" if last.status == "matched" else f"is undetermined ({last.reason})"
        text = f"no rule is evaluated: the skip `{last.id}` {how}"
        yield Cause("skipped", policy.name, text, policy.file, lines[last.id])
        return
    if part.mode == "observe":
        count = sum(effect.rule.startswith(f"{policy.name}/") for effect in plan.observed)
        effects = f"{count} effect{'' if count == 1 else 's'}"
        text = f"the policy has `mode: observe`: it plans nothing ({effects} if it were enforced)"
        yield Cause("observed", policy.name, text, policy.file)
    acting = {
        name for effect in (*plan.effects, *plan.held_back, *plan.observed) for name in _rules_of(effect)
    }
    acting |= {note.rule for note in plan.notes} | {name for one in plan.conflicts for name in one.rules}
    for result in part.rules:
        name = f"{policy.name}/{result.id}"
        if name not in acting:
            found = _explain_rule(decision, part, result)
            if found is not None:
                yield Cause(found[0], name, found[1], policy.file, lines[result.id])


def _explain_rule(
    decision: Decision, part: PolicyDecision, result: RuleResult
) -> tuple[CauseKind, str] | None:
    """Why a rule has no effect; None for one without actions."""
    match result.status:
        case "undetermined" | "error":
            return "undetermined", f"it cannot be decided: {result.reason}"
        case "stopped":
            return "stopped", f"not evaluated: {result.reason}"
        case "matched":
            entry = next(entry for entry in part.policy.entries if entry.id == result.id)
            return (
                ("settled", "it matches, and everything that it does is already so")
                if entry.actions
                else None
            )
        case "not_matched":
            flips = explain(decision, part.name, result.id).flips
            if not flips:
                return "not_matched", "no change of the event makes it match"
            named = "; ".join(f"{flip.path}: {flip.change}" for flip in flips[:MOST_CHANGES])
            more = f"; and {len(flips) - MOST_CHANGES} more" if len(flips) > MOST_CHANGES else ""
            return "not_matched", f"it would match with {named}{more}"
    return None


def _find_held(plan: Plan) -> Iterator[Cause]:
    """Effects that were proposed and are not in the plan."""
    for note in plan.notes:
        yield Cause("held", note.rule, f"{note.action.replace('_', ' ')}: {note.reason}")
    for conflict in plan.conflicts:
        yield Cause("conflict", " ".join(conflict.rules), conflict.message)
    for effect in plan.held_back:
        yield Cause("over_budget", effect.rule, f"{_describe(effect)}: over the budget of a run (`budgets`)")


def _describe(effect: Effect) -> str:
    _, verb, what = describe_effect(effect)
    return f"{verb} {what}"


def _rules_of(effect: Effect) -> tuple[str, ...]:
    return (effect.rule, *effect.also)
