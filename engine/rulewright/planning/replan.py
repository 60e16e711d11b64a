"""Facts → decision and plan, with what the plan must have seen read before it is made.

Gathering reads for the rules as they stand at once. A rule of a later round of planning may ask for more, or act:
what it asks for, and what its actions must have seen, is read then, and everything is decided again. Without a reader
this is `plan(evaluate(…))`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.evaluate.evaluator import evaluate
from rulewright.facts.gathering import gather_more
from rulewright.facts.payload_loader import missing_parts
from rulewright.planning.cascade import reads
from rulewright.planning.planner import draw

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.actions.plan import Plan
    from rulewright.evaluate.decision import Decision
    from rulewright.events.model import Facts
    from rulewright.facts.payload_loader import Reader
    from rulewright.program.program import Program
    from rulewright.program.route import Need


class Settled(NamedTuple):
    """The facts as they are in the end, what they decide, and the plan."""

    facts: Facts
    decision: Decision
    plan: Plan


def settle(
    program: Program, facts: Facts, reader: Reader | None = None, *, allowance: int | None = None
) -> Settled:
    """Evaluate and plan, and again as long as the plan acts on parts of the subject that nobody looked at, or a later
    round asks for facts that nobody gathered.

    Parts that cannot be read hold back what needs them.
    """
    while True:
        decision = evaluate(program, facts)
        made, later = draw(decision, allowance=allowance)
        if reader is None:
            return Settled(facts, decision, made)
        parts, needs = unseen(made, facts), unasked(program, facts, later)
        parts |= frozenset().union(*(_read_by(program, facts, one) for one, _ in later))
        if not parts and not needs:
            return Settled(facts, decision, made)
        facts = gather_more(program, facts, parts, reader, needs)


def unasked(
    program: Program, facts: Facts, later: Iterable[tuple[Facts, frozenset[str]]]
) -> tuple[Need, ...]:
    """The named facts that rules of later rounds ask for, but for those that the plan itself makes unknown."""
    out: dict[str, Need] = {}
    for one, changed in later:
        route = program.route(one.event.name, one.event.action)
        for need in route.needs(one.event.payload, one.now, one.values, one.absent):
            if (
                need.name not in facts.values
                and need.name not in facts.absent
                and not reads(need.spec, changed)
            ):
                out.setdefault(need.name, need)
    return tuple(out.values())


def _read_by(program: Program, facts: Facts, later: Facts) -> frozenset[str]:
    """The parts around the subject that rules of a later round ask for."""
    missing = missing_parts(facts.event, facts.absent)
    if not missing:
        return missing
    event = later.event
    return program.route(event.name, event.action).parts(
        event.payload, later.now, later.values, later.absent, missing
    )


def unseen(made: Plan, facts: Facts) -> frozenset[str]:
    """The parts around the subject that the plan's effects ought to have seen, and that were not asked for."""
    effects = (*made.effects, *made.held_back, *made.observed)
    asked = frozenset(part for effect in effects for part in effect.declaration.reads)
    return asked & missing_parts(facts.event, facts.absent) if asked else asked
