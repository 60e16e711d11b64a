"""Facts → decision and plan, with what the plan must have seen read before it is made.

Gathering reads for the rules as they stand at once. A rule of a later round of planning may ask for more, or act:
what it asks for, and what its actions must have seen, is read then, and everything is decided again. Without a reader,
each is done once: facts → decision → plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.evaluate.evaluator import evaluate
from rulewright.planning.cascade import depends_on
from rulewright.planning.planner import trace_plan
from rulewright.policy.lazy import lazily
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rulewright.actions.plan import Plan
    from rulewright.evaluate.decision import Decision
    from rulewright.events.model import Facts
    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.planning.rounds import DecidedRound
    from rulewright.program.named_facts import Need
    from rulewright.program.program import Program

# Used only where a reader is given: a plan for an event alone loads no code of fact sources.
gather_more: Callable[..., Facts] = lazily("rulewright.facts.gathering", "gather_more")
missing_parts: Callable[..., frozenset[str]] = lazily("rulewright.facts.payload_loader", "missing_parts")


class PlannedDecision(NamedTuple):
    """The facts as they are in the end, what they decide, the plan, and what its later rounds decided."""

    facts: Facts
    decision: Decision
    plan: Plan
    later: tuple[DecidedRound, ...] = ()


def decide_and_plan(
    program: Program, facts: Facts, reader: PayloadReader | None = None, *, allowance: int | None = None
) -> PlannedDecision:
    """Evaluate and plan, and again as long as the plan acts on parts of the subject that nobody looked at, or a later
    round asks for facts that nobody gathered.

    Parts that cannot be read hold back what needs them.
    """
    while True:
        decision = evaluate(program, facts)
        plan, later = trace_plan(decision, allowance=allowance)
        if reader is None:
            return PlannedDecision(facts, decision, plan, later)
        parts, needs = unseen_parts(plan, facts), unasked_facts(program, facts, later)
        parts |= frozenset().union(*(_parts_of_round(program, facts, one.facts) for one in later))
        if not parts and not needs:
            return PlannedDecision(facts, decision, plan, later)
        facts = gather_more(program, facts, parts, reader, needs)


def unasked_facts(program: Program, facts: Facts, later: Iterable[DecidedRound]) -> tuple[Need, ...]:
    """The named facts that rules of later rounds ask for, but for those that the plan itself makes unknown."""
    out: dict[str, Need] = {}
    for decided_round in later:
        decided = decided_round.facts
        event = decided.event
        route = program.route(event.name, event.action)
        for need in route.needs(event.payload, decided.now, decided.values, decided.absent):
            is_known = need.name in facts.values or need.name in facts.absent
            if not is_known and not depends_on(need, decided_round.changed, program.config.model_tasks):
                out.setdefault(need.name, need)
    return tuple(out.values())


def _parts_of_round(program: Program, facts: Facts, decided: Facts) -> frozenset[str]:
    """The parts around the subject that rules of a later round ask for."""
    missing = missing_parts(facts.event, facts.absent)
    if not missing:
        return missing
    event = decided.event
    return program.route(event.name, event.action).parts(
        event.payload, decided.now, decided.values, decided.absent, missing
    )


def unseen_parts(plan: Plan, facts: Facts) -> frozenset[str]:
    """The parts around the subject that the plan's effects ought to have seen, and that were not asked for."""
    effects = (*plan.effects, *plan.held_back, *plan.observed)
    asked = frozenset(part for effect in effects for part in effect.declaration.reads)
    return asked & missing_parts(facts.event, facts.absent) if asked else asked
