"""Facts of a predicted state: those that are made of the event alone are made again, without input or output.

Planning asks for this after its own effects changed the event. What needs a model, an index or GitHub stays unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from rulewright.events.model import Event, Facts
    from rulewright.program.program import Program
    from rulewright.program.route import Need

PURE: Final = frozenset({"detect", "required_fields"})
"""Sources that are functions of the texts in the event: the same text gives the same fact anywhere."""

ROUNDS: Final = 8


def reproducible(program: Program, facts: Facts, needs: Iterable[Need]) -> set[str]:
    """The names of those facts that their source would say again of this event.

    A fact that was given by hand is not: what stands for it after a change nobody knows.
    """
    pure = tuple(need for need in needs if _is_pure(program, need))
    return {
        name for name, value in _made(pure, facts.event, facts.now).items() if facts.values.get(name) == value
    }


def made_again(program: Program, facts: Facts, known: Container[str] = ()) -> Facts:
    """The facts with what undecided rules need of pure sources, as the event is now.

    `known`: facts that were made before of as much of the event as there is, be it all or not.
    """
    route = program.route(facts.event.name, facts.event.action)
    if not any(need.spec["source"] in PURE for need in route.externals):
        return facts
    values, absent = dict(facts.values), dict(facts.absent)
    for _ in range(ROUNDS):
        needs = route.needs(facts.event.payload, facts.now, values, absent)
        asked = tuple(
            need
            for need in needs
            if _is_pure(program, need) and (need.name in known or _whole(need, facts.event))
        )
        made = _made(asked, facts.event, facts.now)
        if not made:
            break
        values.update(made)
    return facts._replace(values=values)


def _is_pure(program: Program, need: Need) -> bool:
    """By the source that rulewright brings; a plugin of the same name may do what it likes."""
    from rulewright.facts.sources import SOURCES, source_for

    name = need.spec["source"]
    return name in PURE and source_for(name, program.config) is SOURCES[name]


def _whole(need: Need, event: Event) -> bool:
    """Whether everything that the fact is made of is in the event: half a text would give another fact."""
    from rulewright.facts.payload_loader import parts_of_fact

    return parts_of_fact(need) <= event.payload.keys()


def _made(needs: tuple[Need, ...], event: Event, now: str) -> Mapping[str, Any]:
    from rulewright.events.fact_source import Absent
    from rulewright.facts.sources import SOURCES

    out: dict[str, Any] = {}
    for source in sorted({need.spec["source"] for need in needs}):
        asked = tuple(need for need in needs if need.spec["source"] == source)
        try:
            answers = SOURCES[source].gather(asked, event, now)
        except SourceError:
            continue
        out.update({name: value for name, value in answers.items() if not isinstance(value, Absent)})
    return out
