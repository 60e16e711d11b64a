"""A text made ready for searching: one byte per code point, look-alike characters as the plain ones.

Full-width and other decimal digits, full-width letters, typographic dashes and spaces become ASCII; characters
that nobody sees (zero width, soft hyphen) are taken out, and the offsets of what is left lead back to the text. Any
other code point beyond ASCII becomes `?`, so that an offset in bytes is one in code points.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from rulewright.compile.pattern import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Page"]

_DIGITS: Final = (0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0E50, 0xFF10, *range(0x1D7CE, 0x1D7FF + 1, 10))
"""Where runs of ten decimal digits begin: Arabic, Persian, NKo, Devanagari, Bengali, Thai, full-width, mathematical."""

_PLAIN: Final[dict[str, str]] = {
    chr(look): chr(plain)
    for look, plain in (
        *((0xFF01 + n, 0x21 + n) for n in range(94)),
        *((first + n, 0x30 + n) for first in _DIGITS for n in range(10)),
        *((space, 0x20) for space in (0xA0, 0x1680, 0x202F, 0x205F, 0x3000, *range(0x2000, 0x200B))),
        *((dash, 0x2D) for dash in (*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63)),
        *((quote, 0x27) for quote in (0x2018, 0x2019, 0x201A, 0x2032)),
        *((quote, 0x22) for quote in (0x201C, 0x201D, 0x201E, 0x2033)),
    )
}
_FORMAT: Final = (0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF)
_UNSEEN: Final = frozenset(
    chr(code)
    for codes in (
        _FORMAT,
        range(0x200B, 0x2010),
        range(0x202A, 0x202F),
        range(0x2060, 0x2065),
        range(0xFE00, 0xFE10),
    )
    for code in codes
)


class Page:
    """`data` holds the text as searched, `lower` the same in lower case; `text` is the text as it was given."""

    __slots__ = ("_digits", "_lower", "_removed", "data", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._removed: list[int] = []
        self._lower: bytes | None = None
        self._digits = -1
        if text.isascii():
            self.data = text.encode("ascii")
            return
        # Few kinds of characters are in a text, and replacing one kind is fast.
        kinds = set(text)
        unseen = kinds & _UNSEEN
        if unseen:
            removed = [at for at, sign in enumerate(text) if sign in unseen]
            # The place, among what is left, before which the n-th character was taken out.
            self._removed = [at - number for number, at in enumerate(removed)]
            for sign in unseen:
                text = text.replace(sign, "")
        for sign in kinds & _PLAIN.keys():
            text = text.replace(sign, _PLAIN[sign])
        self.data = text.encode("ascii", "replace")

    @property
    def lower(self) -> bytes:
        if self._lower is None:
            self._lower = self.data.lower()
        return self._lower

    def holds(self, needles: tuple[bytes, ...]) -> bool:
        """Whether one of the needles (in lower case) stands in the page, whatever its case."""
        lower = self.lower
        for needle in needles:  # noqa: SIM110 — a generator costs more than the search on a short text
            if needle in lower:
                return True
        return False

    @property
    def digits(self) -> int:
        """How many digits the page holds: what rules out most kinds of numbers on most texts."""
        if self._digits < 0:
            self._digits = len(self.data) - len(self.data.translate(None, b"0123456789"))
        return self._digits

    def at(self, offset: int) -> int:
        """The offset in the given text of the code point that is at `offset` here."""
        return offset + bisect_right(self._removed, offset) if self._removed else offset

    def original(self, offset: int) -> str:
        """The character of the given text at an offset of the page."""
        return self.text[self.at(offset)]

    def read(self, start: int, end: int) -> str:
        """What stands between two offsets, as searched."""
        return self.data[start:end].decode("ascii")

    def before(self, start: int, length: int) -> bytes:
        """At most `length` characters before an offset, in lower case, of the same line."""
        return self.lower[max(0, start - length) : start].rpartition(b"\n")[2]

    def after(self, end: int, length: int) -> bytes:
        """At most `length` characters from an offset on, in lower case, of the same line."""
        return self.lower[end : end + length].partition(b"\n")[0]

    def spans(self, pattern: str) -> Iterator[tuple[int, int]]:
        """Where an RE2 pattern matches, left to right, without overlaps."""
        for found in compiled(pattern).finditer(self.data):
            yield found.span()
