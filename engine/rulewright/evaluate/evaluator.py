"""Program + Facts → Decision. Pure: no input or output, no clock, no randomness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.evaluate.decision import Decision

if TYPE_CHECKING:
    from rulewright.events.model import Facts
    from rulewright.program.program import Program


def evaluate(program: Program, facts: Facts) -> Decision:
    """Decide every policy that subscribes to the facts' event."""
    event = facts.event
    route = program.route(event.name, event.action)
    frame = route.frame(event.payload, facts.now, facts.values, facts.absent)
    return Decision(program, route, facts, frame, route.decide_in_layers(frame))
