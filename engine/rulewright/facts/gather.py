"""Facts for one event: what was given, and what undecided rules still need (`facts/gathering.py`)."""

from __future__ import annotations

from functools import lru_cache
from time import time
from typing import TYPE_CHECKING, Any

from rulewright.events.line_ends import with_unix_bodies
from rulewright.events.model import Absent, Event, Facts
from rulewright.events.recognise import recognise
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.quantity import format_moment, read_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.program import Program


def gather(
    program: Program,
    event: Event | Mapping[str, Any],
    *,
    now: str | datetime | None = None,
    given: Mapping[str, Any] | None = None,
    reader: PayloadReader | None = None,
) -> Facts:
    """The facts that `program` may need to decide about `event` (an `Event`, a payload, or an envelope).

    `now` is the moment to decide at, the clock's where it is None. `given` are named facts, by name of the
    `let:` entry or the objective; they are taken as they are and never gathered. `reader` fetches what stands
    around the subject (comments, timeline, …) into the payload of the facts' event, lazily; without one, paths
    to it are missing as any absent path is.

    Raises UsageError for an event of no known shape, a `now` that is no moment, a given name that no policy
    knows. A source that fails makes its facts absent, with the reason.
    """
    event, at, values, *_ = start = start_facts(program, event, now=now, given=given)
    route = program.route(event.name, event.action)
    if reader is None and all(need.name in values for need in route.externals):
        return start
    from rulewright.facts.gathering import Gathering

    absent: dict[str, Absent] = {}
    provenance: dict[str, Mapping[str, Any]] = {}
    known = {**values}
    event = Gathering(program, route, event, at, known, absent, reader, provenance).run()
    return Facts(event, at, known, absent, provenance)


def start_facts(
    program: Program,
    event: Event | Mapping[str, Any],
    *,
    now: str | datetime | None = None,
    given: Mapping[str, Any] | None = None,
) -> Facts:
    """The facts before anything is gathered: the event with the line ends of Unix, the moment, and what is given.

    Raises UsageError as `gather` does.
    """
    if not isinstance(event, Event):
        event = recognise(event)
    payload = with_unix_bodies(event.payload)
    if payload is not event.payload:
        event = Event(event.name, event.action, payload)
    at = _format_second(int(time())) if now is None else normalize_moment(now)
    values = dict(given) if given else {}
    # The route's own names are looked up at once; the whole program is asked only about others.
    if values and not values.keys() <= program.route(event.name, event.action).fact_keys.keys():
        _check_names(program, values)
    return Facts(event, at, values, {}, {})


_format_second = lru_cache(1)(format_moment)
"""A stream asks many times within one second."""


@lru_cache(8)
def normalize_moment(now: str | datetime) -> str:
    """An ISO 8601 moment in UTC: `2026-01-05T09:00:00Z`, a fraction of a second kept where there is one.

    A moment without an offset is UTC: the machine's own zone must not change a decision. Raises UsageError.
    """
    from datetime import UTC

    read = read_moment(now) if isinstance(now, str) else now
    try:
        if read is None:
            raise ValueError(now)
        aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError, AttributeError):
        raise UsageError(
            f"`now` is not a timestamp: {str(now)[:40]!r}.",
            hint="Write it as ISO 8601: 2026-01-05T09:00:00Z.",
        ) from None
    return aware.isoformat().replace("+00:00", "Z")


def _check_names(program: Program, given: Mapping[str, Any]) -> None:
    for name in given:
        if not any(knows_fact(policy, name) for policy in program.policies):
            from difflib import get_close_matches

            known = {fact for policy in program.policies for fact in facts_to_give(policy)}
            close = get_close_matches(name, known, 1)
            raise UsageError(
                f"No policy has a fact named `{name[:60]}`.",
                hint=f"Did you mean `{close[0]}`?" if close else "Facts are given by the names under `let:`.",
            )


def facts_to_give(policy: CompiledPolicy) -> Iterator[str]:
    """The names of a policy's facts that can be given: of `let:`, and of objectives and transitions."""
    yield from policy.facts
    yield from (entry.id for entry in policy.entries if entry.role in ("objective", "transition"))


def knows_fact(policy: CompiledPolicy, name: str) -> bool:
    """Whether a policy has a fact of this name that can be given."""
    return name in facts_to_give(policy)
