"""Preconditions, checked against the state as it is when an effect is about to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import sha
from rulewright.actions.comment import comment_sha
from rulewright.actions.labels import held, of_group
from rulewright.actions.mask import text_of
from rulewright.actions.plan import Precondition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rulewright.actions.plan import Effect
    from rulewright.events.snapshot import Snapshot


def _group(snapshot: Snapshot, value: Any) -> bool:
    return held(of_group(snapshot.labels, value["group"])) == held(value["labels"])


def _text(snapshot: Snapshot, value: Any) -> bool:
    text = text_of(snapshot, value["field"])
    return text is not None and sha(text) == value["sha256"]


def _comment(snapshot: Snapshot, value: Any) -> bool:
    """Comments that cannot be read forbid nothing: the marker is looked for again at the write."""
    return snapshot.comments is None or comment_sha(snapshot, value["marker"]) == value["sha256"]


PRECONDITIONS: Final[dict[str, Callable[[Snapshot, Any], bool]]] = {
    "label_absent": lambda snapshot, value: value.casefold() not in held(snapshot.labels),
    "label_present": lambda snapshot, value: value.casefold() in held(snapshot.labels),
    "label_group_is": _group,
    "assignee_absent": lambda snapshot, value: value.casefold() not in held(snapshot.assignees),
    "assignee_present": lambda snapshot, value: value.casefold() in held(snapshot.assignees),
    "issue_open": lambda snapshot, value: snapshot.state == "open",
    "issue_closed": lambda snapshot, value: snapshot.state == "closed",
    "title_is": lambda snapshot, value: snapshot.title == value,
    "milestone_is": lambda snapshot, value: snapshot.milestone == value,
    "field_is": lambda snapshot, value: snapshot.fields.get(value["field"]) == value["value"],
    "text_sha256": _text,
    "comment_is": _comment,
    "any_of": lambda snapshot, value: any(
        holds(Precondition(one["kind"], one.get("value")), snapshot) for one in value
    ),
}
"""Kind → whether it holds. Its value is a name, or a mapping as the action that asks for it writes it."""

_PARTS: Final[dict[str, str]] = {"comment_is": "comments", "field_is": "fields"}
"""Kind → the part of a state that it reads, of those that are read only where they are asked for."""

_ITEMS: Final = frozenset({"label_absent", "label_present", "assignee_absent", "assignee_present"})


def holds(precondition: Precondition, snapshot: Snapshot) -> bool:
    """Whether a precondition holds; one of an unknown kind, or of the wrong shape, never does."""
    check = PRECONDITIONS.get(precondition.kind)
    if check is None:
        return False
    try:
        return check(snapshot, precondition.value)
    except (KeyError, TypeError, AttributeError):
        return False


def parts_read(preconditions: Iterable[Precondition]) -> frozenset[str]:
    """The parts of a state that preconditions read, besides those that every state has."""
    found: set[str] = set()
    for one in preconditions:
        if one.kind == "any_of" and isinstance(one.value, list):
            found |= parts_read(Precondition(inner["kind"], inner.get("value")) for inner in one.value)
        elif one.kind == "text_sha256" and isinstance(one.value, dict):
            found |= {"comments"} if "comments[" in str(one.value.get("field")) else set()
        elif one.kind in _PARTS:
            found.add(_PARTS[one.kind])
    return frozenset(found)


def first_failing(effect: Effect, left: Effect, snapshot: Snapshot) -> Precondition | None:
    """The first precondition of `effect` that does not hold.

    `left` is what is still needed of it. That a label is there already is no reason to refuse the rest: a
    precondition on an item that is no longer needed does not count.
    """
    needed = held((*left.arguments.get("labels", ()), *left.arguments.get("users", ())))
    for precondition in effect.preconditions:
        if precondition.kind in _ITEMS and str(precondition.value).casefold() not in needed:
            continue
        if not holds(precondition, snapshot):
            return precondition
    return None
