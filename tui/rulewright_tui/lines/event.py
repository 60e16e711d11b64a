"""Pane 6: the event as a form, then the named facts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rulewright.report.evaluation import format_count
from rulewright_tui.lines.pane_text import PaneText
from rulewright_tui.lines.row import Row, Span, text_row
from rulewright_tui.masking import one_line
from rulewright_tui.session.fields import FACT
from rulewright_tui.session.form import form_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.form import FieldRow
    from rulewright_tui.session.state import State


LEAST_VALUE: Final = 20
"""Columns that a value has at least beside what it was."""
MOST_LABEL: Final = 24
"""A longer label is cut."""


def event_text(state: State, glyphs: Glyphs, width: int) -> PaneText:
    """The pane for the draft as it is now, `width` columns wide."""
    history = state.history
    if history is None:
        return PaneText(Row((Span("6 Event  ", "strong"), Span("no event", "muted"))), ())
    event = history.present.event
    name = f"{event.name}.{event.action}" if event.action else event.name
    fields = form_rows(
        history.original, history.present, state.outcome.facts if state.outcome is not None else None
    )
    edited = sum(field.is_edited for field in fields)
    spans = [Span("6 Event  ", "strong"), Span(name)]
    if state.is_edited:
        spans.append(Span(f" {glyphs.separator} {glyphs.edited} {edited} edited", "changed"))
    if state.is_pending:
        spans.append(Span(f" {glyphs.separator} deciding{glyphs.ellipsis}", "muted"))
    return PaneText(Row(tuple(spans)), list(_rows(fields, glyphs, width)))


def _rows(fields: tuple[FieldRow, ...], glyphs: Glyphs, width: int) -> Iterator[Row]:
    most = max(min(MOST_LABEL, width // 2 - 2), 8)
    parts = [field for field in fields if not field.name.startswith(FACT)]
    facts = [field for field in fields if field.name.startswith(FACT)]
    yield from _part_rows(parts, most, glyphs, width)
    if facts:
        yield text_row("  Facts", "strong", heading=True)
    yield from _part_rows(facts, most, glyphs, width)


def _part_rows(fields: list[FieldRow], most: int, glyphs: Glyphs, width: int) -> Iterator[Row]:
    """Rows with their values in one column."""
    longest = min(max((len(field.label) for field in fields), default=0), most)
    for field in fields:
        mark = glyphs.edited if field.is_edited else " "
        spans = [
            Span(f"{mark} ", "changed"),
            Span(
                f"{_cut_label(field.label, longest, glyphs):<{longest}}  ", "" if field.is_edited else "muted"
            ),
        ]
        was = _difference(field, glyphs) if field.is_edited and field.original is not None else ""
        room = width - longest - len(was) - 6
        if room < LEAST_VALUE:
            was = ""
        spans += _value_spans(field, room if was else 300, glyphs)
        yield Row(tuple(spans), (Span(was, "changed"),) if was else (), key=("field", field.name))


def _cut_label(label: str, longest: int, glyphs: Glyphs) -> str:
    """A label, cut at its beginning, between two of its parts where that is possible: `…[0].unit`."""
    label = one_line(label, 200)
    if len(label) <= longest:
        return label
    tail = label[len(label) - longest + 1 :]
    places = [place for place in (tail.find("."), tail.find("[")) if place >= 0]
    start = min(places, default=0)
    return glyphs.ellipsis + tail[start + 1 if tail[start : start + 1] == "." else start :]


def _value_spans(field: FieldRow, room: int, glyphs: Glyphs) -> list[Span]:
    text = one_line(_plain_value(field) if field.name.startswith(FACT) else field.text, room)
    spans = [Span(text or "none", "" if text else "muted")]
    if field.note and field.note != "gathered":
        spans.append(Span(f" {glyphs.separator} {one_line(field.note, 200)}", "muted"))
    return spans


def _plain_value(field: FieldRow) -> str:
    """A fact for reading: `count 1, secrets 1` for an object, a text without its quotes."""
    try:
        value = json.loads(field.text)
    except ValueError:
        return field.text
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain_item(item)}" for name, item in value.items())
    return value if isinstance(value, str) else field.text


def _plain_item(item: object) -> str:
    if isinstance(item, list) and all(isinstance(part, str) for part in item):
        return f"[{', '.join(item)}]"
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


def _difference(field: FieldRow, glyphs: Glyphs) -> str:
    """What was there before the edit; of a list, what came and went."""
    if field.kind != "list":
        return f"was {_brief(field.original or '')}"
    before, now = ([item for item in text.split(", ") if item] for text in (field.original or "", field.text))
    came = [f"+{item}" for item in now if item not in before]
    gone = [f"{glyphs.minus}{item}" for item in before if item not in now]
    return one_line(" ".join([*came, *gone]), 40)


def _brief(text: str) -> str:
    """A value before its edit: long texts by their size."""
    if len(text) <= 24:
        return one_line(text, 24) or "none"
    lines = text.count("\\n") + 1
    return f"{format_count(lines, 'line')}, {len(text)} chars" if lines > 1 else f"{len(text)} chars"
