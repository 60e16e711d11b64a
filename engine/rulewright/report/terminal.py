"""Escaping and layout of terminal output. Text of a payload is untrusted."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from rulewright.policy.characters import drop_hidden

if TYPE_CHECKING:
    from typing import TextIO

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


VERDICT_MARKS: Final = {
    "PASS": ("✓", ("green",)),
    "ALLOWED": ("✓", ("green",)),
    "WAIVED": ("✓", ("green",)),
    "WARN": ("!", ("yellow",)),
    "FAIL": ("✗", ("red",)),
    "DENIED": ("✗", ("red",)),
    "ERROR": ("✗", ("red",)),
    "NO_DATA": ("?", ("yellow",)),
    "INCONCLUSIVE": ("?", ("yellow",)),
    "UNDETERMINED": ("?", ("yellow",)),
}
"""Verdict → glyph and style."""


def printable(text: str) -> str:
    """The text without control and hidden characters; tabs, newlines, joiners and combining marks are kept."""
    return drop_hidden(text)


def escape_commands_in_json(written: str) -> str:
    """Escape `##[` in JSON, which a runner interprets anywhere in a line; the values do not change."""
    return written.replace("##[", r"#\u0023[")


def wrap_lines(text: str, limit: int, indent: str) -> str:
    """Wrap text to lines of at most `limit` columns. Later lines start with `indent`, which does not count.

    A word that does not fit is on its own line and is not broken, so that paths and hashes can be copied.
    """
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= limit:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return f"\n{indent}".join(lines)


def width(stream: TextIO | None = None) -> int:
    """The width of text output: COLUMNS, else that of the terminal, else 100; between 60 and 120."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal():
        return min(max(int(columns), 60), 120)
    try:
        return min(max(os.get_terminal_size((stream or sys.stdout).fileno()).columns, 60), 120)
    except (OSError, ValueError):
        return 100


def colourful(stream: TextIO) -> bool:
    """Whether to use colour: on a terminal, unless NO_COLOR is set or the terminal has no colour."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def format_seconds(seconds: float) -> str:
    """A duration for people, such as `8 s`, `1 min 14 s` or `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def format_bytes(count: float) -> str:
    """A size for people, in powers of 1000, such as `83.1 MB`."""
    for limit, unit in ((1e3, "B"), (1e6, "kB"), (1e9, "MB")):
        if count < limit:
            return f"{count / limit * 1000:.{0 if unit == 'B' else 1}f} {unit}"
    return f"{count / 1e9:.1f} GB"


class Paint:
    """Adds colour to text if it is enabled."""

    def __init__(self, on: bool = False) -> None:
        self.on = on

    def __call__(self, text: str, *styles: str) -> str:
        if not self.on or not styles:
            return text
        return f"\x1b[{';'.join(CODES[style] for style in styles)}m{text}\x1b[0m"


def beside(left: str, length: int, right: str, columns: int, paint: Paint) -> list[str]:
    """`left` (`length` columns wide) and, dimmed at the right edge, `right`; on two lines if both do not fit on one."""
    gap = columns - length - len(right)
    if gap < 2:
        return [left, paint(f"  {right}", "dim")]
    return [f"{left}{' ' * gap}{paint(right, 'dim')}"]
