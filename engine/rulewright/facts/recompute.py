"""Recomputation of facts on a predicted state: those made of the event alone, without input or output.

Planning asks for this after its own effects changed the event. What needs a model, an index or GitHub stays unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.events.fact_source import Absent, Sourced
from rulewright.facts.payload_loader import parts_of_fact
from rulewright.facts.sources import GatheringContext, built_in_source, is_replaced
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.fact_sources import FACT_DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from rulewright.events.model import Event, Facts
    from rulewright.program.named_facts import Need
    from rulewright.program.program import Program

ROUNDS: Final = 8


def reproducible_facts(program: Program, facts: Facts, needs: Iterable[Need]) -> set[str]:
    """The names of those facts that their source answers with the same value for this event.

    A fact that was given by hand is not: what stands for it after a change nobody knows.
    """
    asked = tuple(need for need in needs if _is_recomputable(program, need))
    answers = _gather_again(program, asked, facts.event, facts.now)
    return {name for name, value in answers.items() if facts.values.get(name) == value}


def recompute_facts(program: Program, facts: Facts, known: Container[str] = ()) -> Facts:
    """The facts with what undecided rules need of recomputable sources, as the event is now.

    `known`: facts that were gathered before from as much of the event as there is, be it all or not.
    """
    route = program.route(facts.event.name, facts.event.action)
    if not any(_is_recomputable(program, need) for need in route.externals):
        return facts
    values, absent = dict(facts.values), dict(facts.absent)
    for _ in range(ROUNDS):
        needs = route.needs(facts.event.payload, facts.now, values, absent)
        asked = tuple(
            need
            for need in needs
            if _is_recomputable(program, need) and (need.name in known or _is_complete(need, facts.event))
        )
        answers = _gather_again(program, asked, facts.event, facts.now)
        if not answers:
            break
        values.update(answers)
    return facts._replace(values=values)


def _is_recomputable(program: Program, need: Need) -> bool:
    """By the source that rulewright brings; a plugin of the same name may do what it likes."""
    name = need.source
    declaration = FACT_DECLARATIONS.get(name)
    return declaration is not None and declaration.recomputable and not is_replaced(name, program.config)


def _is_complete(need: Need, event: Event) -> bool:
    """Whether everything that the fact is made of is in the event: half a text would give another fact."""
    return parts_of_fact(need.source, need.arguments, {}) <= event.payload.keys()


def _gather_again(program: Program, needs: tuple[Need, ...], event: Event, now: str) -> dict[str, object]:
    out: dict[str, object] = {}
    for name in sorted({need.source for need in needs}):
        source = built_in_source(name, GatheringContext(program.config))
        asked = tuple(need for need in needs if need.source == name)
        try:
            answers = {} if source is None else source.gather(asked, event, now)
        except SourceError:
            continue
        out.update(
            (fact, value) for fact, value in answers.items() if not isinstance(value, Absent | Sourced)
        )
    return out
