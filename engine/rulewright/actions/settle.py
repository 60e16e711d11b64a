"""Facts → decision and plan, with what the plan must have seen read before it is made.

Gathering reads for the rules that match at once. A rule of a later round of planning may act too: what its actions
must have seen is read then, and everything is decided again. Without a reader this is `plan(evaluate(…))`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.actions.planner import plan
from rulewright.compile.parts import ACTION_PARTS
from rulewright.evaluate.evaluator import evaluate
from rulewright.facts.gather import gather_more
from rulewright.facts.surroundings import lacking

if TYPE_CHECKING:
    from rulewright.actions.plan import Plan
    from rulewright.compile.program import Program
    from rulewright.evaluate.decision import Decision
    from rulewright.facts.model import Facts
    from rulewright.facts.surroundings import Reader

__all__ = ["Settled", "settle", "unseen"]


class Settled(NamedTuple):
    """The facts as they are in the end, what they decide, and the plan."""

    facts: Facts
    decision: Decision
    plan: Plan


def settle(
    program: Program, facts: Facts, reader: Reader | None = None, *, allowance: int | None = None
) -> Settled:
    """Evaluate and plan, and again as long as the plan acts on parts of the subject that nobody looked at.

    Raises PlanLoopError as `plan` does. Parts that cannot be read hold back what needs them.
    """
    while True:
        decision = evaluate(program, facts)
        made = plan(decision, allowance=allowance)
        parts = unseen(made, facts)
        if reader is None or not parts:
            return Settled(facts, decision, made)
        facts = gather_more(program, facts, parts, reader)


def unseen(made: Plan, facts: Facts) -> frozenset[str]:
    """The parts around the subject that the plan's effects ought to have seen, and that were not asked for."""
    effects = (*made.effects, *made.held_back, *made.observed)
    asked = frozenset(part for effect in effects for part in ACTION_PARTS.get(effect.action, ()))
    return asked & lacking(facts.event, facts.absent) if asked else asked
