"""Two programs about the same events: what each decides and plans, and what differs, event by event.

Facts are gathered once. Where it is certain that the second plan has the same effects as the first, it is not made.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from rulewright.evaluate.evaluator import evaluate
from rulewright.facts.gather import gather, knows_fact
from rulewright.facts.gather_again import gather_again
from rulewright.planning.planner import trace_plan
from rulewright.policy.diagnostics import RulewrightError
from rulewright.policy.kinds import KINDS
from rulewright.run.differences import diff_decisions, diff_plans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.plan import Plan
    from rulewright.evaluate.decision import Decision
    from rulewright.events.model import Event
    from rulewright.planning.planner import TracedPlan
    from rulewright.program.compiled_policy import CompiledPolicy, Entry
    from rulewright.program.program import Program
    from rulewright.run.differences import EffectDifference, PolicyDifference


class ProgramPair:
    """Two programs to compare: the policies before and after a change."""

    def __init__(self, before: Program, after: Program) -> None:
        self.before, self.after = before, after
        self._same_frames: dict[str, bool] = {}

    @cached_property
    def changed(self) -> frozenset[str]:
        """The names of policies that only one program has, or that differ in their text or what they include."""
        old = {policy.name: policy.sha256 for policy in self.before.policies}
        new = {policy.name: policy.sha256 for policy in self.after.policies}
        return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))

    @cached_property
    def has_same_config(self) -> bool:
        """Whether both have the same rulewright.yaml."""
        return self.before.config.to_json() == self.after.config.to_json()

    @cached_property
    def plans_alike(self) -> bool:
        """Whether what both have in common plans alike: configuration and order of the policies are the same."""
        old, new = (
            [policy.name for policy in program.policies if policy.name not in self.changed]
            for program in (self.before, self.after)
        )
        return self.has_same_config and old == new

    def has_same_frame(self, name: str) -> bool:
        """Whether both have a policy of this name in which at most the rules differ."""
        if name not in self._same_frames:
            frames = [
                _frame(policy)
                for program in (self.before, self.after)
                for policy in program.policies
                if policy.name == name
            ]
            self._same_frames[name] = len(frames) == 2 and frames[0] == frames[1]
        return self._same_frames[name]

    def concerns(self, event: Event) -> bool:
        """Whether an event reaches anything that differs."""
        if not self.has_same_config:
            return True
        routes = [program.route(event.name, event.action) for program in (self.before, self.after)]
        return any(policy.name in self.changed for route in routes for policy in route.policies)


def _frame(policy: CompiledPolicy) -> tuple[object, ...]:
    """What the actions of a policy may depend on, besides themselves and what is decided."""
    facts = {name: fact.arguments for name, fact in policy.facts.items()}
    order = [entry.id for entry in policy.entries]
    texts = policy.owner, policy.description, policy.templates, policy.lists
    return policy.kind, policy.mode, policy.on, policy.is_decided_once, texts, facts, order


class ComparedSide(NamedTuple):
    """What one program makes of an event: its decision and its plan, or the message of the error that ended it."""

    decision: Decision | None = None
    plan: Plan | None = None
    error: str | None = None


class EventComparison(NamedTuple):
    """What two programs make of one event, and what differs. Nothing differs where both sides have an error."""

    before: ComparedSide
    after: ComparedSide
    policies: tuple[PolicyDifference, ...] = ()
    effects: tuple[EffectDifference, ...] = ()


class RuleChange(NamedTuple):
    """An entry that decides otherwise: its status, or its verdict where it has one, before and after; None where the
    policy or the entry is not there."""

    policy: str
    rule: str
    before: str | None
    after: str | None


class EffectCount(NamedTuple):
    """How many effects of a rule (`policy/rule`) are new, gone and changed."""

    rule: str
    new: int = 0
    gone: int = 0
    changed: int = 0


class ComparisonSummary(NamedTuple):
    """What differs about one event, small enough to be kept for many. `errors`: the messages of a side that has no
    decision, before and after."""

    rules: tuple[RuleChange, ...] = ()
    effects: tuple[EffectCount, ...] = ()
    errors: tuple[str | None, str | None] = (None, None)

    @property
    def differs(self) -> bool:
        """Whether anything differs."""
        return bool(self.rules or self.effects or self.errors[0] != self.errors[1])


NO_DIFFERENCE = ComparisonSummary()


def compare_event(
    pair: ProgramPair, event: Event, *, now: str | None = None, given: Mapping[str, object] | None = None
) -> EventComparison:
    """Decide and plan about an event by both programs, and list what differs.

    `now`: the moment to decide at, the clock's where it is None. `given`: named facts, for the program that knows them.
    """
    before, after, _, _ = _compare_sides(pair, event, now, given, always=True)
    if before.decision is None or after.decision is None:
        return EventComparison(before, after)
    assert before.plan is not None
    assert after.plan is not None
    return EventComparison(
        before,
        after,
        diff_decisions(before.decision, after.decision),
        diff_plans(before.plan, after.plan),
    )


def summarize_event(
    pair: ProgramPair, event: Event, *, now: str | None = None, given: Mapping[str, object] | None = None
) -> ComparisonSummary:
    """What differs about an event, without what is certain to be the same. Equal to the summary of `compare_event`."""
    if not pair.concerns(event):
        return NO_DIFFERENCE
    before, after, policies, is_same_plan = _compare_sides(pair, event, now, given, always=False)
    if before.decision is None or after.decision is None:
        return _summarize(before, after, (), ())
    effects = (
        ()
        if is_same_plan or before.plan is None or after.plan is None
        else diff_plans(before.plan, after.plan)
    )
    return _summarize(before, after, policies, effects)


def summarize_comparison(comparison: EventComparison) -> ComparisonSummary:
    """The rules that decide otherwise, and the effects that differ, counted by rule."""
    return _summarize(*comparison)


def _summarize(
    before: ComparedSide,
    after: ComparedSide,
    policies: tuple[PolicyDifference, ...],
    effects: tuple[EffectDifference, ...],
) -> ComparisonSummary:
    rules = tuple(
        RuleChange(
            policy.policy,
            entry.id,
            None if entry.before is None else entry.before.verdict or entry.before.status,
            None if entry.after is None else entry.after.verdict or entry.after.status,
        )
        for policy in policies
        for entry in policy.entries
        if entry.decides_otherwise
    )
    counts: dict[str, EffectCount] = {}
    for difference in effects:
        effect = difference.after or difference.before
        if effect is not None:
            count = counts.get(effect.rule, EffectCount(effect.rule))
            counts[effect.rule] = count._replace(**{difference.change: getattr(count, difference.change) + 1})
    return ComparisonSummary(rules, tuple(counts.values()), (before.error, after.error))


def _compare_sides(
    pair: ProgramPair,
    event: Event,
    now: str | None,
    given: Mapping[str, object] | None,
    *,
    always: bool,
) -> tuple[ComparedSide, ComparedSide, tuple[PolicyDifference, ...], bool]:
    """Both sides, the differences of the decisions, and whether the plans have the same effects without the second one
    being made; `always`: it is made in any case."""
    first = None
    traced = None
    try:
        facts = gather(pair.before, event, now=now, given=_known_facts(pair.before, given))
        first = evaluate(pair.before, facts)
        traced = trace_plan(first)
        before = ComparedSide(first, traced.plan)
    except RulewrightError as error:
        before = ComparedSide(error=error.message)
    try:
        known = _known_facts(pair.after, given)
        if first is None:
            second = evaluate(pair.after, gather(pair.after, event, now=now, given=known))
        else:
            second = evaluate(pair.after, gather_again(pair.after, first.facts, pair.before, given=known))
        policies = () if first is None else diff_decisions(first, second)
        if (
            not always
            and first is not None
            and traced is not None
            and not policies
            and _plans_alike(pair, first, second, traced)
        ):
            return before, ComparedSide(second), policies, True
        return before, ComparedSide(second, trace_plan(second).plan), policies, False
    except RulewrightError as error:
        return before, ComparedSide(error=error.message), (), False


def _known_facts(program: Program, given: Mapping[str, object] | None) -> Mapping[str, object]:
    """The given facts that a policy of the program knows: the other program may have others."""
    return {
        name: value
        for name, value in (given or {}).items()
        if any(knows_fact(policy, name) for policy in program.policies)
    }


def _plans_alike(pair: ProgramPair, before: Decision, after: Decision, traced: TracedPlan) -> bool:
    """Whether the second plan certainly has the effects of the first; the decisions are alike.

    Planning repeats on the state that its effects leave. Where in every round both programs decide alike on the same
    facts, and what matches has the same actions, each round plans the same effects, and so leaves the same state.
    """
    plan = traced.plan
    if before.quiet and after.quiet:
        return True
    if not pair.plans_alike or plan.conflicts or plan.notes:
        return False
    if before.facts.values != after.facts.values or before.facts.absent != after.facts.absent:
        return False
    if not _act_alike(pair, before, after):
        return False
    for later in traced.later:
        decided = evaluate(pair.after, later.decision.facts)
        if diff_decisions(later.decision, decided) or not _act_alike(pair, later.decision, decided):
            return False
    return True


def _act_alike(pair: ProgramPair, before: Decision, after: Decision) -> bool:
    """Whether what matches of the policies that differ has the same actions in both."""
    old = {part.name: part for part in before.policies if part.name in pair.changed}
    new = {part.name: part for part in after.policies if part.name in pair.changed}
    for name in old.keys() | new.keys():
        parts = [part for part in (old.get(name), new.get(name)) if part is not None]
        if any(KINDS[part.kind].judge is not None for part in parts):
            return False
        if any(part.matched for part in parts) and (
            len(parts) < 2
            or not pair.has_same_frame(name)
            or [_actions(entry) for entry in parts[0].matched]
            != [_actions(entry) for entry in parts[1].matched]
        ):
            return False
    return True


def _actions(entry: Entry) -> tuple[object, ...]:
    """What an entry does when it matches, wherever it is in the file."""
    uses = [(use.name, use.arguments) for use in entry.actions]
    return entry.id, entry.role, entry.description, entry.stop, uses
