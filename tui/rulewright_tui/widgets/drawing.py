"""Rows to strips: cut to the width in terminal columns, in the styles of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style

    from rulewright_tui.lines.row import Role, Row, Span

SHORT_RIGHT = 14
"""What stands at the right edge and is no longer than this is kept where the left part must be cut for it."""


def draw_row(row: Row, width: int, style_of: Callable[[Role], Style], base: Style, ellipsis: str) -> Strip:
    """One line of exactly `width` columns. `base` lies under the style of each span."""
    right_width = sum(cell_len(span.text) for span in row.right)
    left_width = sum(cell_len(span.text) for span in row.spans)
    keeps_right = bool(right_width) and (
        left_width + 2 + right_width <= width or (right_width <= SHORT_RIGHT and right_width + 12 <= width)
    )
    room = width - (right_width + 2 if keeps_right else 0)
    segments = _cut_spans(row.spans, left_width, room, style_of, base, ellipsis)
    filled = min(left_width, room)
    end = right_width if keeps_right else 0
    if width > filled + end:
        segments.append(Segment(" " * (width - filled - end), base))
    if keeps_right:
        segments += [Segment(span.text, base + style_of(span.role)) for span in row.right]
    return Strip(segments, width)


def _cut_spans(
    spans: tuple[Span, ...],
    total: int,
    room: int,
    style_of: Callable[[Role], Style],
    base: Style,
    ellipsis: str,
) -> list[Segment]:
    if total <= room:
        return [Segment(span.text, base + style_of(span.role)) for span in spans if span.text]
    segments: list[Segment] = []
    left = max(room - 1, 0)
    for span in spans:
        size = cell_len(span.text)
        text = span.text if size <= left else set_cell_size(span.text, left)
        if text:
            segments.append(Segment(text, base + style_of(span.role)))
        left -= min(size, left)
        if not left:
            break
    if room:
        segments.append(Segment(ellipsis, base + style_of("muted")))
    return segments
