"""Rows: texts with roles, which a widget draws in the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol
from unicodedata import combining, east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterator

Role = Literal["", "muted", "success", "error", "warning", "accent", "strong", "changed", "banner"]


class Span(NamedTuple):
    """A piece of a row."""

    text: str
    role: Role = ""


class Row(NamedTuple):
    """One line of a pane.

    `right` stands at the right edge, and is left out where there is no room for it. `key` names what the row is about;
    None where the cursor may stand there, but nothing can be done. The cursor passes over a `heading`.
    """

    spans: tuple[Span, ...]
    right: tuple[Span, ...] = ()
    key: object = None
    heading: bool = False

    @property
    def text(self) -> str:
        """The row without roles: for copies, searches and tests."""
        left = "".join(span.text for span in self.spans)
        right = "".join(span.text for span in self.right)
        return f"{left}  {right}" if right else left


class Rows(Protocol):
    """Rows by index; those of long lists are made when they are drawn."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Row: ...


def every_row(rows: Rows) -> Iterator[Row]:
    """The rows one after the other."""
    return (rows[index] for index in range(len(rows)))


def text_row(
    text: str, role: Role = "", *, key: object = None, right: str = "", heading: bool = False
) -> Row:
    """A row of one text."""
    return Row((Span(text, role),), (Span(right, "muted"),) if right else (), key, heading)


def wrap_words(text: str, width: int, indent: str = "") -> list[str]:
    """`text` in lines of at most `width` columns, those after the first begun by `indent`; a longer word is cut."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and count_columns(lines[-1]) + 1 + count_columns(word) <= width:
            lines[-1] += f" {word}"
            continue
        for piece in _cut_word(word, max(width - len(indent), 2)):
            lines.append(f"{indent if lines else ''}{piece}")
    return lines


def _cut_word(word: str, width: int) -> Iterator[str]:
    """A word in pieces of at most `width` columns."""
    if len(word) * 2 <= width:
        yield word
        return
    piece, used = "", 0
    for character in word:
        columns = count_columns(character)
        if piece and used + columns > width:
            yield piece
            piece, used = "", 0
        piece += character
        used += columns
    yield piece


def count_columns(text: str) -> int:
    """The columns that a text takes in a terminal: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1 for character in text
    )
