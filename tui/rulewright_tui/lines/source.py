"""Pane 4: the YAML of the selected rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright_tui.lines.pane_text import PaneText
from rulewright_tui.lines.row import Row, Span, text_row
from rulewright_tui.masking import policy_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.sources import SourceView

_KEY: Final = re.compile(r"(\s*(?:- )*)([\w.\-\"']+)(:)(?=\s|$)(.*)")


def source_text(view: SourceView | None, glyphs: Glyphs) -> PaneText:
    """The pane; the cursor stands on the rule's first line."""
    if view is None:
        return PaneText(Row((Span("4 Source  ", "strong"), Span("nothing selected", "muted"))), ())
    title = Row((Span("4 Source  ", "strong"), Span(f"{view.file}:{view.line}")))
    if view.problem:
        return PaneText(title, (text_row(f"{glyphs.error} {view.problem}", "error"),))
    lines = policy_lines(view.text)
    rows = _SourceRows(view, lines, glyphs)
    end = max(len(lines) - 1, 0)
    inside = view.first <= view.line <= view.last
    last = min(view.last - 1, end) if inside else None
    return PaneText(title, rows, min(max(view.line - 1, 0), end), last)


class _SourceRows:
    """The lines of a file as rows, each made when it is drawn."""

    def __init__(self, view: SourceView, lines: Sequence[str], glyphs: Glyphs) -> None:
        self._view, self._lines, self._glyphs = view, lines, glyphs
        self._digits = len(str(len(lines)))

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> Row:
        number, view = index + 1, self._view
        inside = view.first <= number <= view.last
        error = view.errors.get(number)
        mark = self._glyphs.error if error else self._glyphs.cursor if inside else " "
        spans = [
            Span(f"{number:>{self._digits}}", "muted"),
            Span(mark, "error" if error else "accent"),
            Span(" "),
            *highlight(self._lines[index]),
        ]
        if error:
            spans.append(Span(f"  {error}", "error"))
        return Row(tuple(spans), key=("place", view.file, number))

    def __iter__(self) -> Iterator[Row]:
        return (self[index] for index in range(len(self)))


def highlight(line: str) -> tuple[Span, ...]:
    """A line of YAML: keys and comments stand out."""
    if line.lstrip().startswith("#"):
        return (Span(line, "muted"),)
    found = _KEY.match(line)
    if found is None:
        return (Span(line),)
    indent, key, colon, rest = found.groups()
    return (Span(indent, "muted"), Span(key, "accent"), Span(colon, "muted"), Span(rest))
