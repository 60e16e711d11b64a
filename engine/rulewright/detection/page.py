"""Texts prepared for searching: one byte per code point, look-alike characters as the plain ones.

What nobody sees (zero-width characters, fillers, combining marks) is taken out, letters and digits that look like
ASCII ones become those (`policy/characters.py`), and the offsets of what is left lead back to the text. Any other
code point beyond ASCII becomes `?`, so that an offset in bytes is one in code points.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

from rulewright.detection.tables import SCRIPT_WORDS
from rulewright.policy.characters import is_mark, search_form
from rulewright.program.pattern import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW: Final = 64
"""Up to so many kinds of characters are replaced one by one, which is faster than a look at each character."""


class TextView(ABC):
    """Bytes to search in, and where they are in the given text. `data` holds them, `lower` the same in lower
    case."""

    __slots__ = ("_digits", "_lower", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._lower: bytes | None = None
        self._digits = -1

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

    def has(self, pattern: str) -> bool:
        """Whether an RE2 pattern of small letters matches somewhere, whatever the case of the page."""
        return compile_pattern(pattern).search(self.lower) is not None

    @property
    def digits(self) -> int:
        """How many digits the page holds: what rules out most kinds of numbers on most texts."""
        if self._digits < 0:
            self._digits = len(self.data) - len(self.data.translate(None, b"0123456789"))
        return self._digits

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
        for found in compile_pattern(pattern).finditer(self.data):
            yield found.span()

    @abstractmethod
    def has_gap(self, offset: int) -> bool:
        """Whether something unseen stood before the character at an offset: it may have parted two words."""

    @abstractmethod
    def place(self, start: int, end: int) -> tuple[int, int]:
        """The same place in the text as it was given: start and end, in code points."""


class TextPage(TextView):
    """The view of a text as it was given, which `text` holds."""

    __slots__ = ("_removed", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._removed: list[int] = []
        if not text.isascii():
            text = self._simplify(text)
        super().__init__(text.encode("ascii", "replace"))

    def _simplify(self, text: str) -> str:
        for word, name in SCRIPT_WORDS.items():
            text = text.replace(word, name)
        forms = {sign: search_form(sign) for sign in set(text) if not sign.isascii()}
        known = {sign: form for sign, form in forms.items() if form is not None}
        unseen = {sign for sign, form in known.items() if not form}
        if unseen:
            removed = [at for at, sign in enumerate(text) if sign in unseen]
            # The place, among what is left, before which the n-th character was taken out.
            self._removed = [at - number for number, at in enumerate(removed)]
        if len(known) > _FEW:
            # A table without gaps: a missing entry costs more than one that changes nothing.
            return text.translate({ord(s): known.get(s, s) for s in {*forms, *map(chr, range(128))}})
        for sign, form in known.items():
            text = text.replace(sign, form)
        return text

    def at(self, offset: int) -> int:
        """The offset in the given text of the code point that is at `offset` here."""
        return offset + bisect_right(self._removed, offset) if self._removed else offset

    def original(self, offset: int) -> str:
        """The character of the given text at an offset of the page."""
        return self.text[self.at(offset)]

    def has_gap(self, offset: int) -> bool:
        at = bisect_left(self._removed, offset)
        return at < len(self._removed) and self._removed[at] == offset

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The same place in the given text, with what is unseen inside it and the marks on its last character."""
        last = self.at(end - 1) + 1
        if self._removed:
            while last < len(self.text) and is_mark(self.text[last]):
                last += 1
        return self.at(start), last
