"""Preconditions: checked against the state as it is when an effect is about to be written, and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.comment import comment_sha256
from rulewright.actions.mask import text_of
from rulewright.actions.names import fold_names, group_members
from rulewright.actions.plan import Precondition, text_sha256
from rulewright.actions.words import format_value
from rulewright.policy.characters import clip_text
from rulewright.policy.json_types import as_objects, as_text, as_texts
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rulewright.actions.plan import Effect
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json


class PreconditionKind(NamedTuple):
    """One kind of precondition. Its value is text, null, or a mapping as the action that asks for it writes it."""

    holds: Callable[[Snapshot, Json], bool]
    describe: Callable[[Json], str]
    part: str = ""
    """The part of a state that it reads, of those that are read only where they are asked for."""
    is_of_item: bool = False
    """Whether it is about one item of the effect's list."""


def _member(value: Json, name: str) -> Json:
    """Raises TypeError where the value is no mapping, KeyError where it has no such member."""
    if not isinstance(value, dict):
        raise TypeError("the value of a precondition is not a mapping")
    return value[name]


def _is_in(name: Json, names: Iterable[str]) -> bool:
    """Raises TypeError for what is no name."""
    if not isinstance(name, str):
        raise TypeError("the value of a precondition is not a name")
    return name.casefold() in fold_names(names)


def _group_holds(snapshot: Snapshot, value: Json) -> bool:
    members = group_members(snapshot.labels, str(_member(value, "group")))
    return fold_names(members) == fold_names(as_texts(_member(value, "labels")))


def _text_holds(snapshot: Snapshot, value: Json) -> bool:
    text = text_of(snapshot, str(_member(value, "field")))
    return text is not None and text_sha256(text) == _member(value, "sha256")


def _comment_holds(snapshot: Snapshot, value: Json) -> bool:
    """Comments that cannot be read forbid nothing: the marker is looked for again at the write."""
    if snapshot.comments is None:
        return True
    return comment_sha256(snapshot, str(_member(value, "marker"))) == _member(value, "sha256")


def _field_holds(snapshot: Snapshot, value: Json) -> bool:
    return bool(snapshot.fields.get(str(_member(value, "field"))) == _member(value, "value"))


def _inner(value: Json) -> Iterator[Precondition]:
    """The alternatives of an `any_of`."""
    for found in as_objects(value):
        yield Precondition(str(found["kind"]), found.get("value"))


def _describe_group(value: Json) -> str:
    group, labels = _member(value, "group"), _member(value, "labels")
    return f"{format_value(group, 40)}/… is {format_value(labels, 80)}"


def _describe_text(value: Json) -> str:
    field, sha256 = _member(value, "field"), _member(value, "sha256")
    return f"{format_value(field, 60)} unchanged ({clip_text(str(sha256)[:8], 8)})"


def _describe_comment(value: Json) -> str:
    sha256 = as_text(_member(value, "sha256"))
    return f"comment unchanged ({sha256[:8]})" if sha256 else "no comment yet"


PRECONDITIONS: Final[dict[str, PreconditionKind]] = {
    "label_absent": PreconditionKind(
        lambda state, value: not _is_in(value, state.labels),
        lambda value: f"no label {format_value(value, 60)}",
        is_of_item=True,
    ),
    "label_present": PreconditionKind(
        lambda state, value: _is_in(value, state.labels),
        lambda value: f"label {format_value(value, 60)} present",
        is_of_item=True,
    ),
    "label_group_is": PreconditionKind(_group_holds, _describe_group),
    "assignee_absent": PreconditionKind(
        lambda state, value: not _is_in(value, state.assignees),
        lambda value: f"{format_value(value, 60)} not assigned",
        is_of_item=True,
    ),
    "assignee_present": PreconditionKind(
        lambda state, value: _is_in(value, state.assignees),
        lambda value: f"{format_value(value, 60)} assigned",
        is_of_item=True,
    ),
    "issue_open": PreconditionKind(lambda state, _: state.state == "open", lambda _: "open"),
    "issue_closed": PreconditionKind(lambda state, _: state.state == "closed", lambda _: "closed"),
    "title_is": PreconditionKind(lambda state, value: state.title == value, lambda _: "title unchanged"),
    "milestone_is": PreconditionKind(
        lambda state, value: state.milestone == value, lambda _: "milestone unchanged"
    ),
    "field_is": PreconditionKind(
        _field_holds, lambda value: f"{format_value(_member(value, 'field'), 60)} unchanged", part="fields"
    ),
    "text_sha256": PreconditionKind(_text_holds, _describe_text),
    "comment_is": PreconditionKind(_comment_holds, _describe_comment, part="comments"),
    "any_of": PreconditionKind(
        lambda state, value: any(holds(inner, state) for inner in _inner(value)),
        lambda value: " or ".join(describe_precondition(inner) for inner in _inner(value)),
    ),
}


def holds(precondition: Precondition, snapshot: Snapshot) -> bool:
    """Whether a precondition holds; one of an unknown kind, or of the wrong shape, never does."""
    kind = PRECONDITIONS.get(precondition.kind)
    if kind is None:
        return False
    try:
        return kind.holds(snapshot, precondition.value)
    except (KeyError, TypeError):
        return False


def describe_precondition(precondition: Precondition) -> str:
    """`no label security`, `issue.body unchanged (1f3a09bc)`."""
    kind = PRECONDITIONS.get(precondition.kind)
    if kind is not None:
        return kind.describe(precondition.value)
    words = precondition.kind.replace("_", " ")
    return words if precondition.value is None else f"{words}: {format_value(precondition.value, 80)}"


def parts_read(preconditions: Iterable[Precondition]) -> frozenset[str]:
    """The parts of a state that preconditions read, besides those that every state has."""
    found: set[str] = set()
    for precondition in preconditions:
        value = precondition.value
        if precondition.kind == "any_of":
            found |= parts_read(_inner(value))
        elif precondition.kind == "text_sha256" and isinstance(value, dict):
            found |= {"comments"} if "comments[" in str(value.get("field")) else set()
        elif precondition.kind in PRECONDITIONS:
            found.add(PRECONDITIONS[precondition.kind].part)
    return frozenset(found - {""})


def first_failing(effect: Effect, left: Effect, snapshot: Snapshot) -> Precondition | None:
    """The first precondition of `effect` that does not hold.

    `left` is what is still needed of it. That a label is there already is no reason to refuse the rest: a
    precondition on an item that is no longer needed does not count.
    """
    needed = fold_names((*left.texts("labels"), *left.texts("users")))
    for precondition in effect.preconditions:
        kind = PRECONDITIONS.get(precondition.kind)
        if kind is not None and kind.is_of_item and str(precondition.value).casefold() not in needed:
            continue
        if not holds(precondition, snapshot):
            return precondition
    return None
