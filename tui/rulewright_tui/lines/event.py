"""Pane 6: the event as a form, then the named facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright_tui.lines.pane_text import PaneText
from rulewright_tui.lines.row import Row, Span, text_row
from rulewright_tui.masking import one_line
from rulewright_tui.session.form import form_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.form import FieldRow
    from rulewright_tui.session.state import State


def event_text(state: State, glyphs: Glyphs) -> PaneText:
    """The pane for the draft as it is now."""
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
    return PaneText(Row(tuple(spans)), list(_rows(fields, glyphs)))


def _rows(fields: tuple[FieldRow, ...], glyphs: Glyphs) -> Iterator[Row]:
    is_fact = False
    longest = min(max((len(field.label) for field in fields), default=0), 24)
    for field in fields:
        if field.name.startswith("fact:") and not is_fact:
            is_fact = True
            yield text_row("  Facts", "strong", heading=True)
        mark = glyphs.edited if field.is_edited else " "
        text = one_line(field.text, 300) if field.text else "none"
        spans = [
            Span(f"{mark} ", "changed"),
            Span(f"{field.label:<{longest}}  ", "" if field.is_edited else "muted"),
            Span(text, "" if field.text else "muted"),
        ]
        if field.note:
            spans.append(Span(f" {glyphs.separator} {one_line(field.note, 200)}", "muted"))
        right: tuple[Span, ...] = ()
        if field.is_edited and field.original is not None:
            right = (Span(f"was {one_line(field.original, 60) or 'none'}", "changed"),)
        yield Row(tuple(spans), right, key=("field", field.name))
