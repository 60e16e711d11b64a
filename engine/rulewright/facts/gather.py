"""Facts for one event: what was given, and what undecided rules still need, fetched in rounds.

What is not gathered yet counts as unknown, so a rule that is decided without a fact never asks for it. With a
`reader`, the same holds for what no webhook carries: it joins the payload when something asks for it.
"""

from __future__ import annotations

from functools import lru_cache
from os.path import dirname
from time import gmtime, strftime, time
from typing import TYPE_CHECKING, Any, Final

from rulewright.events.line_ends import with_unix_bodies
from rulewright.events.model import Event, Facts
from rulewright.events.recognise import recognise
from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from rulewright.facts.payload_loader import Reader
    from rulewright.program.program import Program
    from rulewright.program.route import Need, Route

NOT_GATHERED: Final = "not_gathered"
"""The reason of a fact whose source has no runtime here."""

FAILED: Final = "failed: "
"""How the reason begins where a source or provider failed; such a run exits with 4."""

ROUNDS: Final = 8


def gather(
    program: Program,
    event: Event | Mapping[str, Any],
    *,
    now: str | datetime | None = None,
    given: Mapping[str, Any] | None = None,
    reader: Reader | None = None,
) -> Facts:
    """The facts that `program` may need to decide about `event` (an `Event`, a payload, or an envelope).

    `now` is the moment to decide at, the clock's where it is None. `given` are named facts, by name of the
    `let:` entry or the objective; they are taken as they are and never gathered. `reader` fetches what stands
    around the subject (comments, timeline, …) into the payload of the facts' event, lazily; without one, paths
    to it are missing as any absent path is.

    Raises UsageError for an event of no known shape, a `now` that is no moment, a given name that no policy
    knows. A source that fails makes its facts absent, with the reason.
    """
    found = event if isinstance(event, Event) else recognise(event)
    payload = with_unix_bodies(found.payload)
    if payload is not found.payload:
        found = Event(found.name, found.action, payload)
    at = _second(int(time())) if now is None else moment(now)
    values = dict(given) if given else {}
    absent: dict[str, str] = {}
    route = program.route(found.name, found.action)
    # The route's own names are looked up at once; the whole program is asked only about others.
    if values and not values.keys() <= route.fact_keys.keys():
        _check_names(program, values)
    provenance: dict[str, Mapping[str, Any]] = {}
    if route.externals or reader is not None:
        found = _Gathering(program, route, found, at, values, absent, reader, provenance).run()
    return Facts(found, at, values, absent, provenance)


def gather_more(
    program: Program, facts: Facts, parts: Iterable[str], reader: Reader, needs: Iterable[Need] = ()
) -> Facts:
    """The facts with these parts of the surroundings and these named facts as well, and with what is asked for
    because of them.

    What was gathered, or could not be had, stays as it is: nobody is asked twice.
    """
    from rulewright.facts.payload_loader import lacking, supply

    values, absent, provenance = dict(facts.values), dict(facts.absent), dict(facts.provenance)
    wanted = lacking(facts.event, absent).intersection(parts)
    event = supply(facts.event, wanted, reader, absent, program.config)
    route = program.route(event.name, event.action)
    gathering = _Gathering(program, route, event, facts.now, values, absent, reader, provenance)
    gathering.ask([need for need in needs if need.name not in values and need.name not in absent])
    return Facts(gathering.run(), facts.now, values, absent, provenance)


@lru_cache(1)
def _second(seconds: int) -> str:
    """Seconds since 1970 as a moment; a stream asks many times within one second."""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


@lru_cache(8)
def moment(now: str | datetime) -> str:
    """An ISO 8601 moment in UTC: `2026-01-05T09:00:00Z`, a fraction of a second kept where there is one.

    A moment without an offset is UTC: the machine's own zone must not change a decision. Raises UsageError.
    """
    from datetime import UTC

    from rulewright.policy.quantity import read_moment

    read = read_moment(now) if isinstance(now, str) else now
    try:
        if read is None:
            raise ValueError(now)
        aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError, AttributeError):
        raise UsageError(
            f"`now` is not a moment: {str(now)[:40]!r}.", hint="Write it as ISO 8601: 2026-01-05T09:00:00Z."
        ) from None
    return aware.isoformat().replace("+00:00", "Z")


class _Gathering:
    """The gathering for one event. `run` fills `values`, `absent` and `provenance` until nothing undecided asks for
    more, and puts what was read around the subject into the payload of `event`."""

    __slots__ = ("absent", "event", "now", "program", "provenance", "reader", "route", "values")

    def __init__(
        self,
        program: Program,
        route: Route,
        event: Event,
        now: str,
        values: dict[str, Any],
        absent: dict[str, str],
        reader: Reader | None,
        provenance: dict[str, Mapping[str, Any]],
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
            self.absent[need.name] = f"not gathered within {ROUNDS} rounds"
        return self.event

    def ask(self, needs: Iterable[Need]) -> None:
        """Ask the sources of these, each source once."""
        by_source: dict[str, list[Need]] = {}
        for need in needs:
            by_source.setdefault(need.spec["source"], []).append(need)
        for source, requests in by_source.items():
            self._ask(source, tuple(requests))

    def _needs(self) -> tuple[Need, ...]:
        return self.route.needs(self.event.payload, self.now, self.values, self.absent)

    def _look_around(self, reader: Reader) -> None:
        """Read what rules and matched actions ask for around the subject, until they ask for no more."""
        from rulewright.facts.payload_loader import lacking, supply

        while parts := lacking(self.event, self.absent):
            asked = self.route.parts(self.event.payload, self.now, self.values, self.absent, parts)
            if not asked:
                return
            self.event = supply(self.event, asked, reader, self.absent, self.program.config)

    def _ask(self, name: str, requests: tuple[Need, ...]) -> None:
        """Ask one source, once the parts of the payload that it reads are there."""
        from rulewright.events.fact_source import Absent, Sourced
        from rulewright.facts.sources import INFERRED, source_for

        home = self._home(name in INFERRED, requests)
        source = source_for(name, self.program.config, self.reader, home, self.route.externals)
        if source is None:
            self.absent.update(dict.fromkeys((request.name for request in requests), NOT_GATHERED))
            return
        if self.reader is not None:
            requests = self._readable(requests, self.reader)
        try:
            answers = source.gather(requests, self.event, self.now) if requests else {}
        except SourceError as error:
            self.absent.update(dict.fromkeys((request.name for request in requests), FAILED + error.message))
            return
        for request in requests:
            answer = answers.get(request.name, Absent(f"no data from `{name}`"))
            if isinstance(answer, Absent | Sourced) and answer.provenance is not None:
                self.provenance[request.name] = answer.provenance
            if isinstance(answer, Sourced):
                answer = answer.value
            if isinstance(answer, Absent):
                self.absent[request.name] = (FAILED if answer.failed else "") + answer.reason
            elif _is_json(answer):
                self.values[request.name] = answer
            else:
                self.absent[request.name] = f"{FAILED}`{name}` answered with something that is not JSON"

    def _home(self, wanted: bool, requests: tuple[Need, ...]) -> str:
        """The folder of the policy that asks, where somebody wants to know it."""
        files = (policy.file for policy in self.program.policies if policy.name == requests[0].policy)
        return dirname(next(files, "")) if wanted else ""

    def _readable(self, requests: tuple[Need, ...], reader: Reader) -> tuple[Need, ...]:
        """The requests of which every part could be read. A fact is not made of half of what it is to be made
        of: that nothing was found in comments that nobody saw says nothing."""
        from rulewright.facts.payload_loader import absent_part, lacking, parts_of_fact, supply

        parts = {request.name: parts_of_fact(request) for request in requests}
        asked = frozenset(part for found in parts.values() for part in found)
        self.event = supply(
            self.event, asked & lacking(self.event, self.absent), reader, self.absent, self.program.config
        )
        for name, read in parts.items():
            lost = sorted(key for part in read if (key := absent_part(part)) in self.absent)
            if lost:
                self.absent[name] = self.absent[lost[0]]
        return tuple(request for request in requests if request.name not in self.absent)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two definitions of a fact mean the same, wherever they stand: `key` is made of what they say."""
    return one == other or one.get("key", one) == other.get("key", other)


def _contested(route: Route, values: Mapping[str, Any]) -> dict[str, str]:
    """Facts that two policies define differently under one name: neither may pass for the other."""
    seen: dict[str, Need] = {}
    out = {}
    for need in route.externals:
        first = seen.setdefault(need.name, need)
        if not _same(first.spec, need.spec) and need.name not in values:
            out[need.name] = f"{first.policy} and {need.policy} define it differently; give one another name"
    return out


def _is_json(value: Any) -> bool:
    from rulewright.policy.canonical import canonical_json

    try:
        canonical_json(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _check_names(program: Program, given: Mapping[str, Any]) -> None:
    for name in given:
        if not any(_knows(policy, name) for policy in program.policies):
            from difflib import get_close_matches

            known = {n for p in program.policies for n in (*p.lets, *(e.id for e in p.entries))}
            close = get_close_matches(name, known, 1)
            raise UsageError(
                f"No policy has a fact named `{name[:60]}`.",
                hint=f"Did you mean `{close[0]}`?" if close else "Facts are given by the names under `let:`.",
            )


def _knows(policy: Any, name: str) -> bool:
    return name in policy.lets or any(
        entry.id == name and entry.role in ("objective", "transition") for entry in policy.entries
    )
