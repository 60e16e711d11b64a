"""Comments of the tool that a person deleted: they stay away for as long as the rule that wrote them holds.

Neither the timeline nor anything else on GitHub tells which comment it was. So the rules are decided once more for the
moment of the deletion: what they asked for then, and what is not there now, is what the person took away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.comment import comment_sha
from rulewright.actions.plan import Note
from rulewright.compile.frame import SUBJECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.actions.rounds import Wish
    from rulewright.facts.event.snapshot import Snapshot
    from rulewright.facts.history import Change
    from rulewright.facts.model import Event

__all__ = ["LATEST", "drop_deleted", "event_at", "people_deleted"]

LATEST: Final = 5
"""How many deletions of one subject are looked at, the latest ones."""


def people_deleted(payload: Mapping[str, Any]) -> tuple[Change, ...]:
    """The deletions of the tool's comments by people, the latest first, at most `LATEST`."""
    from rulewright.facts.history import changes

    if "timeline" not in payload:
        return ()
    found = [one for one in changes(payload) or () if one.of_tool and one.human]
    return tuple(reversed(found[-LATEST:]))


def event_at(event: Event, deletion: Change) -> Event:
    """The event without what came after a deletion: labels, assignees, milestone, title, closing, comments, timeline.

    What was taken away or rewritten since is not brought back: a person may have removed the comment and its label in
    one go, and nothing tells what a text was.
    """
    from rulewright.facts.history import changes
    from rulewright.policy.quantity import parse_moment

    payload: dict[str, Any] = dict(event.payload)
    first: dict[tuple[str, str], str] = {}
    for one in changes(payload) or ():
        if one.seconds > deletion.seconds:
            first.setdefault(_field(one), one.event)
    labels = {name for (field, name), did in first.items() if field == "label" and did == "labeled"}
    people = {name for (field, name), did in first.items() if field == "assignee" and did == "assigned"}
    for part in ("comments", "timeline"):
        if isinstance(payload.get(part), list):
            payload[part] = [one for one in payload[part] if not _is_later(one, deletion, parse_moment)]
    if _is_later(payload.get("comment"), deletion, parse_moment):
        del payload["comment"]
    for key in SUBJECT_KEYS:
        found = payload.get(key)
        if not isinstance(found, dict):
            continue
        payload[key] = {
            **found,
            **_without(found, "labels", "name", labels),
            **_without(found, "assignees", "login", people),
        }
        if first.get(("milestone", "")) == "milestoned":
            payload[key]["milestone"] = None
        if first.get(("state", "")) == "closed":
            payload[key] |= {"state": "open", "state_reason": None, "closed_at": None}
        former = _former_title(event.payload, deletion, parse_moment)
        if former is not None:
            payload[key]["title"] = former
    return event._replace(payload=payload)


def drop_deleted(
    wishes: Iterable[Wish], state: Snapshot | None, deleted: Mapping[str, Change]
) -> tuple[tuple[Wish, ...], tuple[Note, ...]]:
    """The wishes without the comments that a person deleted, and notes that say so. `deleted`: marker → deletion."""
    every = tuple(wishes)
    if not deleted or state is None or state.comments is None:
        return every, ()
    kept, notes = [], []
    for wish in every:
        effect = wish.effect
        marker = effect.arguments.get("marker") if effect.action == "comment" else None
        if marker not in deleted or comment_sha(state, str(marker)) is not None:
            kept.append(wish)
            continue
        by = deleted[str(marker)]
        who = by.actor or "somebody"
        reason = f"{who} deleted this comment at {by.at}; it is not written again while the rule holds"
        notes.append(Note(effect.rule, effect.action, reason))
    return tuple(kept), tuple(notes)


def _field(change: Change) -> tuple[str, str]:
    if change.event in ("labeled", "unlabeled"):
        return "label", (change.label or "").casefold()
    if change.event in ("assigned", "unassigned"):
        return "assignee", (change.assignee or "").casefold()
    if change.event in ("milestoned", "demilestoned"):
        return "milestone", ""
    return ("state", "") if change.event in ("closed", "reopened", "merged") else ("", change.event)


def _former_title(payload: Mapping[str, Any], deletion: Change, parse_moment: Any) -> str | None:
    """The title at the deletion, where it was changed later."""
    for one in payload.get("timeline") or ():
        if _is_later(one, deletion, parse_moment) and one.get("event") == "renamed":
            rename = one.get("rename")
            former = rename.get("from") if isinstance(rename, dict) else None
            return former if isinstance(former, str) else None
    return None


def _is_later(item: Any, deletion: Change, parse_moment: Any) -> bool:
    made = parse_moment(str(item.get("created_at"))) if isinstance(item, dict) else None
    return made is not None and made > deletion.seconds


def _without(found: Mapping[str, Any], key: str, member: str, names: set[str]) -> dict[str, Any]:
    items = found.get(key)
    if not names or not isinstance(items, list):
        return {}

    def name(item: Any) -> str:
        return str(item.get(member) if isinstance(item, dict) else item).casefold()

    return {key: [item for item in items if name(item) not in names]}
