"""Pane 1: the events, one row each, made when it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright_tui.lines.pane_text import PaneText
from rulewright_tui.lines.row import Row, Span, text_row
from rulewright_tui.masking import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.archive import EventSummary
    from rulewright_tui.session.state import State

NO_EVENT = "No event. Give --event, --events or --repo, or press : and open one."


def events_text(state: State, glyphs: Glyphs) -> PaneText:
    """The pane; the cursor stands on the event that is decided."""
    total = len(state.archive)
    if not total:
        title = Row((Span("1 Events  ", "strong"), Span("none", "muted"), *_problem(state, glyphs)))
        problems = [text_row(f"{glyphs.error} {one_line(text)}", "error") for text in state.archive.problems]
        return PaneText(title, (*problems, text_row(NO_EVENT, "muted")))
    rows = EventRows(state, glyphs)
    cursor = rows.place_of(state.row) if state.row is not None else None
    return PaneText(_title(state, glyphs, total, len(rows)), rows, cursor)


def _title(state: State, glyphs: Glyphs, total: int, shown: int) -> Row:
    spans = [Span("1 Events  ", "strong")]
    spans.append(Span(f"{shown:,} of {total:,}" if state.rows is not None else f"{total:,}"))
    if state.archive.error_rows:
        spans.append(Span(f" {glyphs.separator} {len(state.archive.error_rows):,} unreadable", "error"))
    spans += _problem(state, glyphs)
    if state.row is not None:
        spans.append(Span(f" {glyphs.separator} {describe_summary(state.archive.summary(state.row))}"))
    if state.event_filter:
        spans.append(Span(f" {glyphs.separator} filter {one_line(state.event_filter, 40)}", "accent"))
    return Row(tuple(spans))


def _problem(state: State, glyphs: Glyphs) -> tuple[Span, ...]:
    """Why there are no more events, where a source could not be read to its end."""
    problems = state.archive.problems
    return (
        (Span(f" {glyphs.separator} {glyphs.error} {one_line(problems[-1], 120)}", "error"),)
        if problems
        else ()
    )


def describe_summary(summary: EventSummary) -> str:
    """`#41 App crashes on startup`, or the event's name where it has no number."""
    if summary.error:
        return one_line(summary.error, 120)
    number = f"#{summary.number} " if summary.number else ""
    return one_line(f"{number}{summary.title or summary.event.replace('.', ' ').replace('_', ' ')}", 160)


class EventRows:
    """The rows of the archive that pass the filter."""

    def __init__(self, state: State, glyphs: Glyphs) -> None:
        self._state, self._glyphs = state, glyphs
        self._digits = len(str(len(state.archive)))

    def __len__(self) -> int:
        return len(self._state.archive) if self._state.rows is None else len(self._state.rows)

    def row_at(self, index: int) -> int:
        """The row of the archive."""
        return index if self._state.rows is None else self._state.rows[index]

    def place_of(self, row: int) -> int | None:
        """Where a row of the archive stands; None where the filter hides it."""
        rows = self._state.rows
        if rows is None:
            return row if row < len(self._state.archive) else None
        from bisect import bisect_left

        place = bisect_left(rows, row)
        return place if place < len(rows) and rows[place] == row else None

    def __getitem__(self, index: int) -> Row:
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        row = self.row_at(index)
        summary = self._state.archive.summary(row)
        if summary.error:
            return Row(
                (
                    Span(f"{self._glyphs.error} {row + 1:>{self._digits}} ", "error"),
                    Span(describe_summary(summary), "error"),
                ),
                key=row,
            )
        sign, role = self._sign(row)
        number = f"#{summary.number}" if summary.number else ""
        edited = self._glyphs.edited if row == self._state.row and self._state.is_edited else " "
        return Row(
            (
                Span(f"{sign} ", role),  # type: ignore[arg-type]
                Span(f"{row + 1:>{self._digits}}{edited}", "muted"),
                Span(f"{number:<7} "),
                Span(one_line(summary.title or summary.event.replace(".", " ").replace("_", " "), 200)),
            ),
            (Span(summary.event if summary.title else "", "muted"),),
            key=row,
        )

    def _sign(self, row: int) -> tuple[str, str]:
        """What was decided about the event, as far as it is known."""
        glyphs, word = self._glyphs, self._state.decided_word(row)
        return {
            "": (glyphs.undecided, "muted"),
            "matched": (glyphs.matched, "success"),
            "not_matched": (glyphs.not_matched, "muted"),
            "undetermined": (glyphs.unknown, "warning"),
            "failed": (glyphs.failed, "error"),
            "error": (glyphs.error, "error"),
        }[word]

    def __iter__(self) -> Iterator[Row]:
        return (self[index] for index in range(len(self)))
