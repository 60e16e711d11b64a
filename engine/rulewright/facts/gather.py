"""Facts for one event: what was given, and what undecided rules still need, fetched in rounds.

What is not gathered yet counts as unknown, so a rule that is decided without a fact never asks for it.
"""

from __future__ import annotations

from functools import lru_cache
from time import gmtime, strftime, time
from typing import TYPE_CHECKING, Any, Final

from rulewright.facts.event.recognise import recognise
from rulewright.facts.model import Event, Facts
from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from rulewright.compile.program import Program
    from rulewright.compile.route import Need, Route

__all__ = ["NOT_GATHERED", "ROUNDS", "gather", "moment"]

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
) -> Facts:
    """The facts that `program` may need to decide about `event` (an `Event`, a payload, or an envelope).

    `now` is the moment to decide at, the clock's where it is None. `given` are named facts, by name of the
    `let:` entry or the objective; they are taken as they are and never gathered.

    Raises UsageError for an event of no known shape, a `now` that is no moment, a given name that no policy
    knows. A source that fails makes its facts absent, with the reason.
    """
    found = event if isinstance(event, Event) else recognise(event)
    at = _second(int(time())) if now is None else moment(now)
    values = dict(given) if given else {}
    absent: dict[str, str] = {}
    route = program.route(found.name, found.action)
    # The route's own names are looked up at once; the whole program is asked only about others.
    if values and not values.keys() <= route.fact_keys.keys():
        _check_names(program, values)
    if route.externals:
        _rounds(program, route, found, at, values, absent)
    return Facts(found, at, values, absent)


@lru_cache(1)
def _second(seconds: int) -> str:
    """Seconds since 1970 as a moment; a stream asks many times within one second."""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


@lru_cache(8)
def moment(now: str | datetime) -> str:
    """An ISO 8601 moment in UTC: `2026-01-05T09:00:00Z`, a fraction of a second kept where there is one.

    A moment without an offset is UTC: the machine's own zone must not change a decision. Raises UsageError.
    """
    from datetime import UTC, datetime

    try:
        read = datetime.fromisoformat(now) if isinstance(now, str) else now
        aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError, AttributeError):
        raise UsageError(
            f"`now` is not a moment: {str(now)[:40]!r}.", hint="Write it as ISO 8601: 2026-01-05T09:00:00Z."
        ) from None
    return aware.isoformat().replace("+00:00", "Z")


def _rounds(
    program: Program, route: Route, event: Event, now: str, values: dict[str, Any], absent: dict[str, str]
) -> None:
    """Fill `values` and `absent` until nothing undecided asks for more."""
    absent.update(_contested(route, values))
    for _ in range(ROUNDS):
        needs = route.needs(event.payload, now, values, absent)
        if not needs:
            return
        by_source: dict[str, list[Need]] = {}
        for need in needs:
            by_source.setdefault(need.spec["source"], []).append(need)
        for source, requests in by_source.items():
            _ask(program, source, tuple(requests), event, now, values, absent)
    for need in route.needs(event.payload, now, values, absent):
        absent[need.name] = f"not gathered within {ROUNDS} rounds"


def _ask(
    program: Program,
    name: str,
    requests: tuple[Need, ...],
    event: Event,
    now: str,
    values: dict[str, Any],
    absent: dict[str, str],
) -> None:
    from rulewright.facts.sources import Absent, source_for

    source = source_for(name, program.config)
    if source is None:
        absent.update(dict.fromkeys((request.name for request in requests), NOT_GATHERED))
        return
    try:
        answers = source.gather(requests, event, now)
    except SourceError as error:
        absent.update(dict.fromkeys((request.name for request in requests), FAILED + error.message))
        return
    for request in requests:
        answer = answers.get(request.name, Absent(f"no data from `{name}`"))
        if isinstance(answer, Absent):
            absent[request.name] = (FAILED if answer.failed else "") + answer.reason
        elif _is_json(answer):
            values[request.name] = answer
        else:
            absent[request.name] = f"{FAILED}`{name}` answered with something that is not JSON"


def _contested(route: Route, values: Mapping[str, Any]) -> dict[str, str]:
    """Facts that two policies define differently under one name: neither may pass for the other."""
    seen: dict[str, Need] = {}
    out = {}
    for need in route.externals:
        first = seen.setdefault(need.name, need)
        if first.spec != need.spec and need.name not in values:
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
