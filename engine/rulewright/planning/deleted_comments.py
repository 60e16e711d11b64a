"""Comments of the tool that a person deleted: they stay away for as long as the rule that wrote them holds.

Neither the timeline nor anything else on GitHub tells which comment it was. So the rules are decided once more for the
moment of the deletion: what they asked for then, and what is not there now, is what the person took away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.events.snapshot import snapshot, with_snapshot
from rulewright.planning.overrides import changed_fields
from rulewright.program.frame import SUBJECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.history import Change
    from rulewright.events.model import Event

LATEST: Final = 5
"""How many deletions of one subject are looked at, the latest ones."""


def people_deleted(payload: Mapping[str, Any]) -> tuple[Change, ...]:
    """The deletions of the tool's comments by people, the latest first, at most `LATEST`."""
    from rulewright.events.history import changes

    if "timeline" not in payload:
        return ()
    found = [one for one in changes(payload) or () if one.of_tool and one.human]
    return tuple(reversed(found[-LATEST:]))


def event_at(event: Event, deletion: Change) -> Event:
    """The event without what came after a deletion: labels, assignees, milestone, title, closing, comments, timeline.

    What was taken away or rewritten since is not brought back: a person may have removed the comment and its label in
    one go, and nothing tells what a text was.
    """
    from rulewright.events.history import changes

    first: dict[str, Any] = {}
    for change in changes(event.payload) or ():
        if change.seconds > deletion.seconds:
            for field, value, _ in changed_fields(change):
                first.setdefault(field, value)
    payload: dict[str, Any] = dict(event.payload)
    for part in ("comments", "timeline"):
        if isinstance(payload.get(part), list):
            payload[part] = [one for one in payload[part] if not _is_later(one, deletion)]
    if _is_later(payload.get("comment"), deletion):
        del payload["comment"]
    if first.get("state") == "closed":
        payload |= {
            key: {**payload[key], "closed_at": None}
            for key in SUBJECT_KEYS
            if isinstance(payload.get(key), dict)
        }
    past = event._replace(payload=payload)
    state = snapshot(past)
    if state is None:
        return past
    before: dict[str, Any] = {
        "labels": tuple(name for name in state.labels if first.get(f"label:{name.casefold()}") is not True),
        "assignees": tuple(
            login for login in state.assignees if first.get(f"assignee:{login.casefold()}") is not True
        ),
    }
    if first.get("milestone") is not None:
        before["milestone"] = None
    if first.get("state") == "closed":
        before |= {"state": "open", "state_reason": None}
    if "title" in first and (former := _former_title(event.payload, deletion)) is not None:
        before["title"] = former
    return with_snapshot(past, state._replace(**before))


def _former_title(payload: Mapping[str, Any], deletion: Change) -> str | None:
    """The title at the deletion, where it was changed later."""
    for one in payload.get("timeline") or ():
        if _is_later(one, deletion) and one.get("event") == "renamed":
            rename = one.get("rename")
            former = rename.get("from") if isinstance(rename, dict) else None
            return former if isinstance(former, str) else None
    return None


def _is_later(item: Any, deletion: Change) -> bool:
    from rulewright.policy.quantity import parse_moment

    made = parse_moment(str(item.get("created_at"))) if isinstance(item, dict) else None
    return made is not None and made > deletion.seconds
