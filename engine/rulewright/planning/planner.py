"""Decision → Plan. Pure: no input or output, no clock, no randomness.

A contradiction between rules of one round, or of two rounds that come to rest, blocks its field: planning
starts again without it, and it is reported. Rounds that never come to rest are a loop: its rules are left out, named as
a conflict, and planning starts again without them.

Policies in `mode: observe` take no part. What they would do is planned a second time, as if all policies were
enforced, and reported as `Plan.observed`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from rulewright.actions.plan import Conflict, Effect, Note, Plan
from rulewright.evaluate.evaluator import evaluate
from rulewright.events.content_hash import event_sha256
from rulewright.events.snapshot import snapshot, subject
from rulewright.planning.budget import hold_back
from rulewright.planning.deleted_comments import event_at, latest_deletions
from rulewright.planning.overrides import find_overrides
from rulewright.planning.plan_json import plan_hash, predicted_json
from rulewright.planning.search import ROUNDS, EndlessLoop, PlanSearch
from rulewright.planning.steps import predict_state
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.evaluate.decision import Decision
    from rulewright.events.history import Change
    from rulewright.events.snapshot import Snapshot
    from rulewright.planning.overrides import Overrides
    from rulewright.planning.rounds import DecidedRound
    from rulewright.policy.json_types import JsonObject

ENFORCED: Final = frozenset({"enforce"})
PLANNED: Final = ENFORCED | {"observe"}


class TracedPlan(NamedTuple):
    """A plan, and what its later rounds were decided on."""

    plan: Plan
    later: tuple[DecidedRound, ...] = ()


def plan(decision: Decision, *, allowance: int | None = None) -> Plan:
    """What apply will do for a decision.

    `allowance` is what is left of the run's budget, where many events share it.
    """
    return trace_plan(decision, allowance=allowance).plan


def trace_plan(decision: Decision, *, allowance: int | None = None) -> TracedPlan:
    """`plan`, with what it was made from."""
    event = decision.facts.event
    about = subject(event)
    target = about.target if about is not None else ""
    policies = {policy.name: policy.policy.sha256 for policy in decision.policies}
    event_hash = event_sha256(event)
    state = snapshot(event)
    if decision.quiet:
        hashed = plan_hash((), policies, event_hash)
        return TracedPlan(Plan((), hashed, (), predicted_json(state), policies, event_hash))
    overrides = find_overrides(decision)._replace(deleted=_deleted_comments(decision, target))
    search, conflicts = _search(decision, target, state, overrides, ENFORCED)
    effects, held_back = hold_back(search.ordered(), decision.program.config.budgets, allowance)
    preview = _preview(decision, target, state, overrides, search)
    made = Plan(
        effects=effects,
        hash=plan_hash(effects, policies, event_hash),
        conflicts=conflicts,
        predicted=predicted_json(predict_state(state, effects)),
        policies=policies,
        event_sha256=event_hash,
        rounds=search.rounds,
        held_back=held_back,
        notes=(*search.notes, *preview.notes),
        observed=preview.effects,
        models=_asked_models(decision),
    )
    return TracedPlan(made, (*search.later, *preview.later))


def _search(
    decision: Decision, target: str, state: Snapshot | None, overrides: Overrides, modes: frozenset[str]
) -> tuple[PlanSearch, tuple[Conflict, ...]]:
    """The search that comes to rest without contradictions, and the contradictions that it leaves out."""
    conflicts: dict[str, Conflict] = {}
    loops: list[Conflict] = []
    while True:
        left_out = frozenset(rule for loop in loops for rule in loop.rules)
        search = PlanSearch(decision, target, state, frozenset(conflicts), overrides, modes, left_out)
        try:
            search.run()
        except EndlessLoop as loop:
            loops.append(loop.conflict(target))
            continue
        new = {
            conflict.field: conflict
            for conflict in search.conflicts
            if conflict.field not in conflicts and conflict.field != ROUNDS
        }
        if not new:
            too_long = [conflict for conflict in search.conflicts if conflict.field == ROUNDS]
            return search, (*conflicts.values(), *loops, *too_long)
        conflicts |= new


def _deleted_comments(decision: Decision, target: str) -> dict[str, Change]:
    """Marker of a comment that a person deleted → the deletion: what the rules asked for at that moment."""
    facts = decision.facts
    found: dict[str, Change] = {}
    for deletion in latest_deletions(facts.event.payload):
        event = event_at(facts.event, deletion)
        past = evaluate(decision.program, facts._replace(event=event, now=deletion.at))
        search = PlanSearch(past, target, snapshot(event), frozenset(), find_overrides(past), PLANNED)
        with suppress(EndlessLoop):  # then the rounds before it tell
            search.run()
        for effects in search.wanted.values():
            for effect in effects:
                if effect.action == "comment":
                    found.setdefault(effect.text("marker"), deletion)
    return found


class _Preview(NamedTuple):
    """What would be done more if the policies in `mode: observe` were enforced, and why something would not."""

    effects: tuple[Effect, ...] = ()
    notes: tuple[Note, ...] = ()
    later: tuple[DecidedRound, ...] = ()


def _preview(
    decision: Decision, target: str, state: Snapshot | None, overrides: Overrides, enforced: PlanSearch
) -> _Preview:
    """Plan as if all policies were enforced, and keep what the plan of the enforced ones has not."""
    if not any(policy.mode == "observe" for policy in decision.policies):
        return _Preview()
    search, conflicts = _search(decision, target, state, overrides, PLANNED)
    conflict_notes = [Note(conflict.rules[0], "observe", conflict.message) for conflict in conflicts]
    known = {(effect.action, repr(effect.arguments)) for effect in enforced.effects}
    effects = tuple(
        effect for effect in search.ordered() if (effect.action, repr(effect.arguments)) not in known
    )
    notes = tuple(note for note in (*search.notes, *conflict_notes) if note not in enforced.notes)
    later = tuple(decided._replace(is_preview=True) for decided in search.later)
    return _Preview(effects, notes, later)


def _asked_models(decision: Decision) -> Mapping[str, JsonObject]:
    """What models were asked; nothing is imported where nobody was."""
    if not decision.facts.provenance and not decision.facts.absent:
        return {}
    from rulewright.evaluate.model_results import model_results

    return model_results(decision)
