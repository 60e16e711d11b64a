"""The source `timeline`: who did what to the subject, and when; out of the payload's timeline alone.

label_changes: { timeline: labels, within: 24h, by: human }     # label_changes.count, .last.at, .events
active: { timeline: activity, by: human }                 # the stale clock: active.last.at
approved: { timeline: labeled, label: approved, by: human, standing: true }   # a person set it, and it stands
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.events.history import Change, is_human, is_own, read_changes
from rulewright.events.model import Absent
from rulewright.events.snapshot import subject_data
from rulewright.policy.quantity import QuantityError, parse_duration, parse_moment
from rulewright.policy.timeline import TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.program.named_facts import Need

PASSIVE: Final = frozenset({"mentioned", "subscribed", "unsubscribed"})
"""Events whose actor did nothing: GitHub writes them down for whoever was named."""

MOST: Final = 100
"""Events that a fact lists, the latest; `count` counts all."""


class Timeline:
    """Answers `{"count", "last"?, "events"}`, oldest first."""

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, object]:
        """Facts by name; all absent where the event shows no timeline."""
        history = read_changes(event.payload)
        if history is None:
            return {request.name: Absent("the event shows no timeline") for request in requests}
        history = tuple(sorted((*_unlisted_changes(event), *history), key=lambda change: change.seconds))
        at = parse_moment(now) or 0.0
        out: dict[str, object] = {}
        for request in requests:
            arguments = request.arguments
            meant = _standing(event.payload, history) if arguments.get("standing") else history
            out[request.name] = _answer(arguments, meant, at)
        return out


def _standing(payload: Mapping[str, object], history: tuple[Change, ...]) -> tuple[Change, ...]:
    """The last change of every label that stands: whoever set it last answers for it, and nobody before.

    A label that a person set, somebody took away, and a model chose again is the model's.
    """
    last: dict[str, Change] = {}
    for change in history:
        if change.event in TOPICS["labels"] and change.label is not None:
            last[change.label.casefold()] = change
    subject = subject_data(payload)
    there = {
        str(label.get("name") if isinstance(label, dict) else label).casefold()
        for label in subject.get("labels") or ()
    }
    return tuple(one for name, one in last.items() if one.event == "labeled" and name in there)


def _answer(
    arguments: Mapping[str, Any], history: tuple[Change, ...], now: float
) -> dict[str, object] | Absent:
    since = float("-inf")
    if "within" in arguments:
        try:
            since = now - parse_duration(arguments["within"])
        except QuantityError:
            return Absent(f"`within: {arguments['within']}` is no duration")
    wanted, by, label = arguments["timeline"], arguments.get("by", "anyone"), arguments.get("label")
    found = [
        change
        for change in history
        if _is_meant(change, wanted)
        and since <= change.seconds
        and (by == "anyone" or change.human == (by == "human"))
        and (label is None or (change.label or "").casefold() == label.casefold())
    ]
    events = [_change_value(change) for change in found[-MOST:]]
    answer: dict[str, object] = {"count": len(found), "events": events}
    return {**answer, "last": events[-1]} if events else answer


def _is_meant(change: Change, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return change.event in wanted.get("events", ())
    if wanted == "activity":
        return change.event not in PASSIVE
    # The opening and an edit of the text stand in no timeline: they count as activity, and by their names.
    return change.event in TOPICS.get(wanted, (wanted,))


def _change_value(change: Change) -> dict[str, object]:
    """A change as policies read it."""
    named = {
        "actor": change.actor,
        "label": change.label,
        "assignee": change.assignee,
        "milestone": change.milestone,
    }
    found = {name: value for name, value in named.items() if value}
    return {"event": change.event, "human": change.human, "at": change.at, **found}


def _unlisted_changes(event: Event) -> list[Change]:
    """The opening of the subject, and the edit that this event is: no timeline holds them."""
    viewer = event.payload.get("viewer")
    payload = event.payload
    subject = subject_data(payload)
    via = subject.get("performed_via_github_app")
    entries = [("opened", subject.get("created_at"), subject.get("user"), via)]
    if event.action == "edited" and "comment" not in event.payload:
        entries.append(("edited", subject.get("updated_at"), event.payload.get("sender"), None))
    found = []
    for name, at, actor, app in entries:
        seconds = parse_moment(at) if isinstance(at, str) else None
        if isinstance(at, str) and seconds is not None:
            login = actor.get("login") if isinstance(actor, dict) else None
            human, own = is_human(actor, viewer, app), is_own(actor, viewer, app)
            found.append(Change(name, at, seconds, login if isinstance(login, str) else "", human, own))
    return found
