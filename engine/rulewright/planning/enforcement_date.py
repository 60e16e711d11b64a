"""`execution.enforce_since`: what was opened before enforcement began is not closed at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.events.history import is_by_tool, read_changes
from rulewright.policy.named_tuple import NamedTuple
from rulewright.policy.quantity import parse_moment
from rulewright.program.frame import SUBJECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.evaluate.decision import Decision
    from rulewright.policy.json_types import Json

BACKLOG_GRACE: Final = 30 * 86_400.0
"""Seconds that a subject from before `execution.enforce_since` stays open after that date and our last question."""

ASKING: Final = frozenset({"commented", "labeled"})
"""Events of the timeline that show a question of ours."""


class Postponement(NamedTuple):
    """Until when (seconds since 1970) a subject is not closed, because enforcement began at `since`."""

    since: str
    until: float


def postponed_closing(decision: Decision) -> Postponement | None:
    """What holds the closing of a subject that was opened before `execution.enforce_since`: people could not know
    the rules then. They have 30 days from that date, and from the last thing that we asked or marked on the subject.

    Where the tool does not know its own account, what any program did counts as ours.
    """
    facts, payload = decision.facts, decision.facts.event.payload
    since = decision.program.config.execution.enforce_since or ""
    start = parse_moment(since)
    subjects = [payload[key] for key in SUBJECT_KEYS if isinstance(payload.get(key), dict)]
    if start is None or not subjects:
        return None
    opened = parse_moment(str(subjects[0].get("created_at")))
    if opened is not None and opened >= start:
        return None
    until = max((start, *_questions(payload))) + BACKLOG_GRACE
    return Postponement(since, until) if until > (parse_moment(facts.now) or 0.0) else None


def _questions(payload: Mapping[str, Json]) -> Iterator[float]:
    """When the tool asked or marked something, in seconds since 1970."""
    for change in read_changes(payload) or ():
        if change.event in ASKING and is_by_tool(change, payload):
            yield change.seconds
