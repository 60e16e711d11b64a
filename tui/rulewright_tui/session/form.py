"""The form of pane 6: one row for every field of an event, the time, and the named facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.program.lazy_payload import absent_part
from rulewright.program.named_facts import OTHERWISE
from rulewright_tui.session.field_text import format_json
from rulewright_tui.session.fields import FACT, NOW, event_fields, find_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rulewright.events.model import Facts
    from rulewright_tui.session.edits import Draft
    from rulewright_tui.session.field_text import Kind
    from rulewright_tui.session.fields import Field


class FieldRow(NamedTuple):
    """One row. `name` is for `set_field` and `reset_field`; `text` the value as one line, not masked; `original` the
    text before all edits, None where there was no such row. `note` says where a fact comes from."""

    name: str
    label: str
    text: str
    original: str | None
    editable: bool
    is_edited: bool
    kind: Kind
    note: str = ""
    choices: tuple[str, ...] = ()


def form_rows(
    original: Draft,
    draft: Draft,
    facts: Facts | None,
    original_facts: Facts | None = None,
    more: Iterable[str] = (),
) -> tuple[FieldRow, ...]:
    """The rows for a draft. `facts` are those of its decision, `original_facts` those before all edits; `more` names
    further places in the payload, which come last (`paths_policies_read`)."""
    names = dict.fromkeys(field.name for field in event_fields(draft.event))
    if original.event.name == draft.event.name:
        names.update(dict.fromkeys(field.name for field in event_fields(original.event)))
    rows = [row for name in names if (row := _field_row(original, draft, name)) is not None]
    changed = draft.now != original.now
    rows.append(FieldRow(NOW, NOW, draft.now, original.now, True, changed, "time"))
    rows += [_fact_row(original, draft, name, facts, original_facts) for name in _fact_names(draft, facts)]
    paths = {field.path for name in names if (field := find_field(draft.event, name)) is not None}
    for name in more:
        field = find_field(draft.event, name)
        if field is not None and field.path not in paths:
            rows += [row for row in [_field_row(original, draft, name)] if row is not None]
    return tuple(rows)


def count_edits(rows: Iterable[FieldRow]) -> int:
    """How many rows are edited."""
    return sum(row.is_edited for row in rows)


def _field_row(original: Draft, draft: Draft, name: str) -> FieldRow | None:
    before, field = find_field(original.event, name), find_field(draft.event, name)
    shown: Field | None = field or before
    if shown is None:
        return None
    text = "" if field is None else field.read_line(draft.event)
    was = None if before is None else before.read_line(original.event)
    changed = text != was or (field is None) is not (before is None)
    return FieldRow(name, shown.label, text, was, True, changed, shown.kind, choices=shown.choices)


def _fact_names(draft: Draft, facts: Facts | None) -> Iterator[str]:
    """The names of facts under `let:`, and of objectives: of those with an `otherwise:`, the name of the whole fact."""
    known = dict.fromkeys(draft.given)
    if facts is not None:
        known.update(dict.fromkeys((*facts.values, *facts.absent)))
    whole = dict.fromkeys(name.partition(OTHERWISE)[0] for name in known)
    return (name for name in whole if not name.startswith(absent_part("")))


def _fact_row(
    original: Draft, draft: Draft, name: str, facts: Facts | None, original_facts: Facts | None
) -> FieldRow:
    text, note = _fact_text(draft, name, facts)
    was = _fact_text(original, name, original_facts)[0] or None
    is_given, was_given = name in draft.given, name in original.given
    changed = is_given is not was_given or (is_given and text != was)
    return FieldRow(FACT + name, name, text, was, True, changed, "fact", note)


def _fact_text(draft: Draft, name: str, facts: Facts | None) -> tuple[str, str]:
    """The value as JSON, empty where there is none, and where it comes from."""
    if name in draft.given:
        return format_json(draft.given[name]), "given"
    if facts is None:
        return "", "not gathered"
    absent = facts.absent.get(name)
    fallbacks = [key for key in facts.values if key == name or key.startswith(name + OTHERWISE)]
    if not fallbacks:
        return "", f"absent: {absent.reason}" if absent else "not gathered"
    note = "gathered" if absent is None else f"otherwise: {absent.reason}"
    return format_json(facts.values[fallbacks[-1]]), note
