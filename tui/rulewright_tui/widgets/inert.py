"""The last thing before the terminal: no character that steers it, and none that it cannot write, whatever draws it.

Rows are clean before they come here (`masking.py`); this also holds for lines being typed, for Markdown, and for the
borders and scrollbars of Textual.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

from rulewright.policy.characters import drop_hidden

if TYPE_CHECKING:
    from textual.color import Color

ASCII_SIGNS: Final = str.maketrans(
    "‘’“”‐‑‒–—−…·•●▪■▶▼►◦│┃║╎▏▎▍▌▐▕─━═▁▔▂▃▄▅▆▇█▀▊╴╶╸╺░▒▓╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝✓✗→←↑↓▸▾×⭘",
    "''\"\"-----"
    "-~.***#>v>o" + "|" * 10 + "-" * 3 + "_-" + "#" * 9 + "-" * 4 + "..#" + "+" * 17 + "vx><^v>vxo",
)
"""Signs of Textual and of the interface → one ASCII character each."""


class InertFilter(LineFilter):
    """Takes control, direction and other hidden characters out of every segment; with `ascii_only` also writes all
    others as ASCII. Every segment keeps its width."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._ascii_only = ascii_only

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(_is_plain(segment.text, self._ascii_only) for segment in segments):
            return segments
        return [
            segment
            if _is_plain(segment.text, self._ascii_only)
            else Segment(
                inert_text(segment.text, ascii_only=self._ascii_only), segment.style, segment.control
            )
            for segment in segments
        ]


def _is_plain(text: str, ascii_only: bool) -> bool:
    return text.isprintable() and (text.isascii() or not ascii_only)


def inert_text(text: str, *, ascii_only: bool = False) -> str:
    """A text of the same width in columns that does nothing to a terminal."""
    clean = "".join("?" if "\ud800" <= letter <= "\udfff" else letter for letter in drop_hidden(text))
    clean = "".join(letter for letter in clean if letter not in "\t\n")
    if ascii_only:
        clean = "".join(map(_as_ascii, clean.translate(ASCII_SIGNS)))
    missing = cell_len(text) - cell_len(clean)
    return clean + " " * missing if missing >= 0 else clean[:missing]


def _as_ascii(letter: str) -> str:
    """One character as ASCII: its base letter, else `?` for each of its columns."""
    if letter.isascii():
        return letter
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else "?" * cell_len(letter)
