"""Edits of what is decided about: an event, the time, and facts given by hand. Every edit makes a new draft."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from rulewright.events.model import Event
from rulewright.events.payload_edit import with_value, without_value
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import snapshot, with_snapshot
from rulewright.facts.gather import normalize_moment
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.json_types import as_text, value_at
from rulewright.program.lazy_payload import PARTS
from rulewright_tui.session.field_text import (
    EditError,
    format_document,
    format_json,
    format_names,
    parse_field,
    parse_json,
    parse_time,
)
from rulewright_tui.session.fields import FACT, NOW, find_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Facts
    from rulewright.policy.json_types import Json, JsonPath
    from rulewright_tui.session.fields import Field

READ_PARTS: Final = (*PARTS, "viewer")
"""Members of a payload that a reader puts beside the subject."""
_ABSENT: Final = object()
"""The value of a place in a payload that there is not."""


class Draft(NamedTuple):
    """What is decided about. `now` is an ISO 8601 moment in UTC; `given` are named facts that are not gathered."""

    event: Event
    now: str
    given: Mapping[str, Json]


class EditHistory(NamedTuple):
    """The drafts up to the present one, the oldest first in `past`."""

    present: Draft
    past: tuple[Draft, ...] = ()

    @property
    def original(self) -> Draft:
        """The draft before all edits."""
        return self.past[0] if self.past else self.present

    def push(self, draft: Draft) -> EditHistory:
        """The history with one edit more; the same one where the edit left the draft as it was."""
        return self if draft is self.present else EditHistory(draft, (*self.past, self.present))

    def undo(self) -> EditHistory:
        """The history without its last edit."""
        return EditHistory(self.past[-1], self.past[:-1]) if self.past else self

    def undo_all(self) -> EditHistory:
        """The history without any edit."""
        return EditHistory(self.original) if self.past else self


def carry_read_parts(history: EditHistory, facts: Facts) -> EditHistory:
    """The history with what was read around the subject for `facts` in every draft, so that edits go on from the event
    that was decided about; the same history where nothing was read."""
    found = {name: facts.event.payload[name] for name in READ_PARTS if name in facts.event.payload}
    if found.keys() <= history.original.event.payload.keys():
        return history

    def carry(draft: Draft) -> Draft:
        return draft._replace(event=draft.event._replace(payload={**found, **draft.event.payload}))

    return EditHistory(carry(history.present), tuple(map(carry, history.past)))


def set_field(draft: Draft, name: str, text: str) -> Draft:
    """The draft with the value that the line `text` stands for in a row of the form. The draft itself where the line is
    what the row has already. Raises EditError.

    An empty line takes a named fact given by hand away, makes the body null, and the author that of a deleted account.
    """
    if name == NOW:
        now = parse_time(text)
        return draft if now == draft.now else draft._replace(now=now)
    if name.startswith(FACT):
        fact = name.removeprefix(FACT)
        return set_fact(draft, fact, parse_json(text, fact)) if text.strip() else clear_fact(draft, fact)
    field = _field_of(draft.event, name)
    if text == field.read_line(draft.event):
        return draft
    if name == "author" and not text.strip():
        return _put(draft, field.path[:-1], None)
    if name == "body" and not text:
        return _put(draft, field.path, None)
    value = parse_field(field.kind, text, field.label, field.choices)
    return _with_names(draft, field, value) if field.member else _put(draft, field.path, value)


def set_value(draft: Draft, path: JsonPath, value: Json) -> Draft:
    """The draft with a value at a place in the payload; mappings on the way that are missing are made.

    Raises EditError where the path leads into something that is no mapping, or beyond the end of a list.
    """
    return _put(draft, path, value)


def remove_value(draft: Draft, path: JsonPath) -> Draft:
    """The draft without a member or element of the payload. Raises EditError where the path leads into a scalar."""
    return _put(draft, path, _ABSENT)


def set_fact(draft: Draft, name: str, value: Json) -> Draft:
    """The draft with a named fact given by hand; the draft itself where it was given with this value."""
    if name in draft.given and format_json(draft.given[name]) == format_json(value):
        return draft
    return draft._replace(given={**draft.given, name: value})


def clear_fact(draft: Draft, name: str) -> Draft:
    """The draft with a named fact gathered again, where it was given by hand."""
    if name not in draft.given:
        return draft
    return draft._replace(given={fact: value for fact, value in draft.given.items() if fact != name})


def add_label(draft: Draft, label: str) -> Draft:
    """The draft with a label more; the draft itself where the issue has it. Raises EditError."""
    present = _labels(draft)
    if label.casefold() in (name.casefold() for name in present):
        return draft
    return set_field(draft, "labels", format_names((*present, label)))


def remove_label(draft: Draft, label: str) -> Draft:
    """The draft without a label; the draft itself where the issue does not have it. Raises EditError."""
    present = _labels(draft)
    kept = [name for name in present if name.casefold() != label.casefold()]
    return draft if len(kept) == len(present) else set_field(draft, "labels", format_names(kept))


def shift_now(draft: Draft, days: float) -> Draft:
    """The draft with the time that many days later, or earlier. Raises EditError beyond the years 1 to 9999."""
    try:
        return draft._replace(now=normalize_moment(datetime.fromisoformat(draft.now) + timedelta(days=days)))
    except (OverflowError, ValueError):
        raise EditError("there is no such day", "the years go from 1 to 9999") from None


def reset_field(original: Draft, draft: Draft, name: str) -> Draft:
    """The draft with one row of the form as it is in `original`. Raises EditError."""
    if name == NOW:
        return draft if draft.now == original.now else draft._replace(now=original.now)
    if name.startswith(FACT):
        fact = name.removeprefix(FACT)
        return (
            set_fact(draft, fact, original.given[fact]) if fact in original.given else clear_fact(draft, fact)
        )
    field = find_field(original.event, name) or _field_of(draft.event, name)
    if field.read_line(original.event) == field.read_line(draft.event):
        return draft
    draft = _put(draft, field.path, _value_or_absent(original.event, field.path))
    if name == "assignees":
        path = (*field.path[:-1], "assignee")
        draft = _put(draft, path, _value_or_absent(original.event, path))
    return draft


def document_text(draft: Draft) -> str:
    """The event as JSON: `{"event": …, "action": …, "payload": …}`."""
    event = draft.event
    return format_document({"event": event.name, "action": event.action, "payload": event.payload})


def replace_document(draft: Draft, text: str) -> Draft:
    """The draft with the event of a JSON text: what `document_text` gives, or a payload alone. The draft itself where
    the text is unchanged. Raises EditError, with line and column where the text is no JSON."""
    if text == document_text(draft):
        return draft
    document = parse_json(text, "the event")
    try:
        return draft._replace(event=recognise(document))
    except UsageError as error:
        raise EditError(error.message, error.hint) from None


def _field_of(event: Event, name: str) -> Field:
    field = find_field(event, name)
    if field is None:
        raise EditError(f"this event has no {name}", "edit the event as JSON")
    return field


def _labels(draft: Draft) -> tuple[str, ...]:
    names = _field_of(draft.event, "labels").read(draft.event)
    return tuple(names) if isinstance(names, list) else ()


def _with_names(draft: Draft, field: Field, names: list[str]) -> Draft:
    """The draft with these labels or assignees; what the payload says of those that stay is kept."""
    present = snapshot(draft.event)
    if present is None:
        raise EditError(f"this event has no {field.label}")
    changed = (
        present._replace(labels=tuple(names))
        if field.name == "labels"
        else present._replace(assignees=tuple(names))
    )
    return draft._replace(event=with_snapshot(draft.event, changed))


def _value_or_absent(event: Event, path: JsonPath) -> object:
    try:
        return value_at(cast("Json", event.payload), path)
    except (LookupError, TypeError):
        return _ABSENT


def _put(draft: Draft, path: JsonPath, value: object) -> Draft:
    """The draft with a value of the payload, or without it where `value` is `_ABSENT`."""
    event = draft.event
    try:
        payload = (
            without_value(event.payload, path)
            if value is _ABSENT
            else with_value(event.payload, path, cast("Json", value))
        )
    except ValueError as error:
        raise EditError(str(error), "edit the event as JSON") from None
    action = as_text(payload.get("action")) if path == ("action",) else event.action
    return draft._replace(event=Event(event.name, action, payload))
