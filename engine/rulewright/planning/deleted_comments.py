"""Comments of the tool that a person deleted: they stay away for as long as the rule that wrote them holds.

Neither the timeline nor anything else on GitHub tells which comment it was. So the rules are decided once more for the
moment of the deletion: what they asked for then, and what is not there now, is what the person took away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.events.history import read_changes
from rulewright.events.snapshot import snapshot, with_snapshot
from rulewright.planning.overrides import changed_fields
from rulewright.policy.actions.claims import label_field
from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.quantity import parse_moment
from rulewright.program.frame import SUBJECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.history import Change
    from rulewright.events.model import Event
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json, JsonObject

LATEST: Final = 5
"""How many deletions of one subject are looked at, the latest ones."""


def latest_deletions(payload: Mapping[str, Json]) -> tuple[Change, ...]:
    """The deletions of the tool's comments by people, the latest first, at most `LATEST`."""
    found = [change for change in read_changes(payload) or () if change.of_tool and change.human]
    return tuple(reversed(found[-LATEST:]))


def event_at(event: Event, deletion: Change) -> Event:
    """The event without what came after a deletion: labels, assignees, milestone, title, closing, comments, timeline.

    What was taken away or rewritten since is not brought back: a person may have removed the comment and its label in
    one go, and nothing tells what a text was.
    """
    first: dict[str, Json] = {}
    """Field → the value that it was given first after the deletion."""
    for change in read_changes(event.payload) or ():
        if change.seconds > deletion.seconds:
            for field, value, _ in changed_fields(change):
                first.setdefault(field, value)
    past = event._replace(
        payload=_payload_at(event.payload, deletion, is_closed=first.get("state") == "closed")
    )
    state = snapshot(past)
    if state is None:
        return past
    before = _state_before(state, first)
    if "title" in first and (former := _former_title(event.payload, deletion)) is not None:
        before = before._replace(title=former)
    return with_snapshot(past, before)


def _payload_at(payload: Mapping[str, Json], deletion: Change, *, is_closed: bool) -> JsonObject:
    """The payload without later comments and events; `is_closed`: whether the subject was closed later."""
    past = dict(payload)
    for part in ("comments", "timeline"):
        if isinstance(items := past.get(part), list):
            past[part] = [item for item in items if not _is_later(item, deletion)]
    if _is_later(past.get("comment"), deletion):
        del past["comment"]
    for key in SUBJECT_KEYS if is_closed else ():
        if (subject := as_object(past.get(key))) is not None:
            past[key] = {**subject, "closed_at": None}
    return past


def _state_before(state: Snapshot, first: Mapping[str, Json]) -> Snapshot:
    """The state without the labels, assignees, milestone and closing that came by the `first` changes."""
    before = state._replace(
        labels=tuple(name for name in state.labels if first.get(label_field(name)) is not True),
        assignees=tuple(
            login for login in state.assignees if first.get(f"assignee:{login.casefold()}") is not True
        ),
    )
    if first.get("milestone") is not None:
        before = before._replace(milestone=None)
    if first.get("state") == "closed":
        before = before._replace(state="open", state_reason=None)
    return before


def _former_title(payload: Mapping[str, Json], deletion: Change) -> str | None:
    """The title at the deletion, where it was changed later."""
    timeline = payload.get("timeline")
    for item in timeline if isinstance(timeline, list) else ():
        if isinstance(item, dict) and item.get("event") == "renamed" and _is_later(item, deletion):
            return as_text((as_object(item.get("rename")) or {}).get("from"))
    return None


def _is_later(item: Json, deletion: Change) -> bool:
    made = parse_moment(str(item.get("created_at"))) if isinstance(item, dict) else None
    return made is not None and made > deletion.seconds
