"""A terminal's screen as an SVG picture: text and rectangles, each at its column, so that no font can shift them."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIZE: Final = 13
ADVANCE: Final = 7.83
"""Width of a character in pixels, 0.602 of the size: the common monospaced fonts have it within a hundredth."""
LINE: Final = 18
MARGIN: Final = 18
BAR: Final = 34

PLAIN: Final = "#e6edf3"
BACKGROUND: Final = "#0d1117"
_FONTS: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"
_RUN: Final = re.compile(r"\S+(?: \S+)*")
"""Words one space apart: wider gaps are made by position, for pictures keep no spaces."""


class Piece(NamedTuple):
    """A part of a line in one style. `cells`: its width in columns, where that is not its length."""

    text: str
    colour: str = ""
    bold: bool = False
    background: str = ""
    cells: int = -1

    @property
    def columns(self) -> int:
        return len(self.text) if self.cells < 0 else self.cells


def draw_terminal(
    lines: Sequence[Sequence[Piece]], columns: int, label: str, *, background: str = BACKGROUND
) -> str:
    """The picture of a window with these lines. `label` is its alternative text."""
    width = round(columns * ADVANCE + 2 * MARGIN)
    height = BAR + len(lines) * LINE + MARGIN
    dots = "".join(
        f'<circle cx="{MARGIN + 6 + 18 * number}" cy="17" r="5.5" fill="{colour}"/>'
        for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
    )
    back = f'<rect width="{width}" height="{height}" rx="8" fill="{background}"/>'
    body = "\n".join(row for number, line in enumerate(lines) for row in _draw_line(line, number))
    font = f'fill="{PLAIN}" font-size="{SIZE}" font-family="{_FONTS}"'
    return f"{head}\n{back}\n{dots}\n<g {font}>\n{body}\n</g>\n</svg>\n"


def _draw_line(line: Sequence[Piece], number: int) -> Iterator[str]:
    y = BAR + number * LINE + SIZE
    column = 0
    for piece in line:
        if piece.background:
            yield (
                f'<rect x="{MARGIN + column * ADVANCE:.1f}" y="{y - SIZE - 0.5}" '
                f'width="{piece.columns * ADVANCE:.1f}" height="{LINE}" fill="{piece.background}"/>'
            )
        column += piece.columns
    column = 0
    for piece in line:
        style = f'fill="{piece.colour}"' if piece.colour else ""
        style += ' font-weight="bold"' if piece.bold else ""
        for run in _RUN.finditer(piece.text):
            words = run[0]
            size = len(words) if piece.cells < 0 else len(words) + piece.cells - len(piece.text)
            room = f'textLength="{size * ADVANCE:.1f}" lengthAdjust="spacingAndGlyphs"'
            place = f'x="{MARGIN + (column + run.start()) * ADVANCE:.1f}" y="{y}"'
            yield f"<text {' '.join(filter(None, (place, room, style)))}>{escape(words, quote=False)}</text>"
        column += piece.columns
