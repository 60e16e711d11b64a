"""Gathering of facts for one event, in rounds.

What is not gathered yet counts as unknown, so a rule that is decided without a fact never asks for it. With a
`PayloadReader`, the same holds for what no webhook carries: it joins the payload when something asks for it.
"""

from __future__ import annotations

import os
from os.path import dirname
from typing import TYPE_CHECKING, Final

from rulewright.events.fact_source import Sourced
from rulewright.events.model import Absent, Event, Facts
from rulewright.facts.payload_loader import is_json, load_parts, missing_parts, parts_of_fact
from rulewright.facts.sources import GatheringContext, source_for
from rulewright.policy.diagnostics import SourceError
from rulewright.program.lazy_payload import absent_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.program.named_facts import Need
    from rulewright.program.program import Program
    from rulewright.program.route import Route

NOT_GATHERED: Final = Absent("not_gathered")
"""The source of the fact has no runtime here."""

ROUNDS: Final = 8


def gather_more(
    program: Program, facts: Facts, parts: Iterable[str], reader: PayloadReader, needs: Iterable[Need] = ()
) -> Facts:
    """The facts with these parts of the surroundings and these named facts as well, and with what is asked for
    because of them.

    What was gathered, or could not be had, stays as it is: nobody is asked twice.
    """
    values, absent, provenance = dict(facts.values), dict(facts.absent), dict(facts.provenance)
    wanted = missing_parts(facts.event, absent).intersection(parts)
    event = load_parts(facts.event, wanted, reader, absent, program.config.identity)
    route = program.route(event.name, event.action)
    gathering = Gathering(program, route, event, facts.now, values, absent, reader, provenance)
    gathering.ask([need for need in needs if need.name not in values and need.name not in absent])
    return Facts(gathering.run(), facts.now, values, absent, provenance)


class Gathering:
    """The gathering for one event. `run` fills `values`, `absent` and `provenance` until nothing undecided asks for
    more, and puts what was read around the subject into the payload of `event`."""

    __slots__ = ("absent", "event", "now", "program", "provenance", "reader", "route", "values")

    def __init__(
        self,
        program: Program,
        route: Route,
        event: Event,
        now: str,
        values: dict[str, object],
        absent: dict[str, Absent],
        reader: PayloadReader | None,
        provenance: dict[str, Mapping[str, object]],
    ) -> None:
        self.program, self.route, self.event, self.now = program, route, event, now
        self.values, self.absent, self.reader, self.provenance = values, absent, reader, provenance

    def run(self) -> Event:
        """What a rule asks of the surroundings is read first: it may decide the rule, and no model is asked."""
        self.absent.update(_contested(self.route, self.values))
        for _ in range(ROUNDS):
            if self.reader is not None:
                self._look_around(self.reader)
            needs = self._needs()
            if not needs:
                return self.event
            self.ask(needs)
        for need in self._needs():
            self.absent[need.name] = Absent(f"not gathered within {ROUNDS} rounds")
        return self.event

    def ask(self, needs: Iterable[Need]) -> None:
        """Ask the sources of these, each source once."""
        by_source: dict[str, list[Need]] = {}
        for need in needs:
            by_source.setdefault(need.source, []).append(need)
        for source, requests in by_source.items():
            self._ask(source, tuple(requests))

    def _needs(self) -> tuple[Need, ...]:
        return self.route.needs(self.event.payload, self.now, self.values, self.absent)

    def _look_around(self, reader: PayloadReader) -> None:
        """Read what rules and matched actions ask for around the subject, until they ask for no more."""
        while parts := missing_parts(self.event, self.absent):
            asked = self.route.parts(self.event.payload, self.now, self.values, self.absent, parts)
            if not asked:
                return
            self.event = load_parts(self.event, asked, reader, self.absent, self.program.config.identity)

    def _ask(self, name: str, requests: tuple[Need, ...]) -> None:
        """Ask one source, once the parts of the payload that it reads are there."""
        context = GatheringContext(
            self.program.config, self.reader, self._home(requests), self.route.externals, os.getcwd()
        )
        source = source_for(name, context)
        if source is None:
            self._record_all(requests, NOT_GATHERED)
            return
        if self.reader is not None:
            requests = self._readable(requests, self.reader)
        try:
            answers = source.gather(requests, self.event, self.now) if requests else {}
        except SourceError as error:
            self._record_all(requests, Absent(error.message, failed=True))
            return
        for request in requests:
            answer = answers.get(request.name, Absent(f"no data from `{name}`"))
            if isinstance(answer, Absent | Sourced) and answer.provenance is not None:
                self.provenance[request.name] = answer.provenance
            value = answer.value if isinstance(answer, Sourced) else answer
            if not isinstance(value, Absent) and not is_json(value):
                value = Absent(f"`{name}` answered with something that is not JSON", failed=True)
            if isinstance(value, Absent):
                self.absent[request.name] = value._replace(provenance=None)
            else:
                self.values[request.name] = value

    def _record_all(self, requests: Iterable[Need], reason: Absent) -> None:
        self.absent.update(dict.fromkeys((request.name for request in requests), reason))

    def _home(self, requests: tuple[Need, ...]) -> str:
        """The folder of the policy that asks."""
        files = (policy.file for policy in self.program.policies if policy.name == requests[0].policy)
        return dirname(next(files, ""))

    def _readable(self, requests: tuple[Need, ...], reader: PayloadReader) -> tuple[Need, ...]:
        """The requests of which every part could be read. A fact is not made of half of what it is to be made
        of: that nothing was found in comments that nobody saw says nothing."""
        parts = {
            request.name: parts_of_fact(request.source, request.arguments, self.program.config.model_tasks)
            for request in requests
        }
        asked = frozenset(part for found in parts.values() for part in found)
        self.event = load_parts(
            self.event,
            asked & missing_parts(self.event, self.absent),
            reader,
            self.absent,
            self.program.config.identity,
        )
        for name, read in parts.items():
            lost = sorted(key for part in read if (key := absent_part(part)) in self.absent)
            if lost:
                self.absent[name] = self.absent[lost[0]]
        return tuple(request for request in requests if request.name not in self.absent)


def _contested(route: Route, values: Mapping[str, object]) -> dict[str, Absent]:
    """Facts that two policies define differently under one name: neither may pass for the other."""
    seen: dict[str, Need] = {}
    out = {}
    for need in route.externals:
        first = seen.setdefault(need.name, need)
        if not first.means_the_same(need) and need.name not in values:
            out[need.name] = Absent(
                f"{first.policy} and {need.policy} define it differently; give one another name"
            )
    return out
