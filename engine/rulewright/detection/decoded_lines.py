"""A second view of a text: the lines that hold escapes, with the escapes read.

A secret is often pasted out of a URL (`%3D`), a JSON, Python or JavaScript string (`\\n`, `\\u003d`), HTML (`&#95;`),
Markdown (`\\_`), a terminal's log (colour codes) or a program that joins it from parts (`"ab" + "cd"`). Offsets lead
back to the page, so that what is found here covers the escapes inside it.

Sources: RFC 3986 section 2.1, RFC 8259 section 7, the Python and ECMAScript references on string literals, the HTML
standard on character references, CommonMark on backslash escapes, ECMA-48 on control sequences.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from rulewright.detection.page import TextView
from rulewright.policy.characters import search_form
from rulewright.program.pattern import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEQUENCE: Final = rb"(?:\x1b|\\{1,2}(?:x1[bB]|u001[bB]|033|e)|\^\[)\[[0-9;:?]{0,30}[ -/]{0,4}[@-~]"
"""A control sequence, as itself and as it is written in strings and shown by editors."""
_TOKENS: Final = frozenset(
    bytes([code]) for code in range(128) if re.fullmatch(rb"[A-Za-z0-9_+/=.:~-]", bytes([code]))
)
"""What a token is made of."""
_OPERATOR: Final = rb"[ \t\r\n\\]{0,40}(?:\+{1,2}|\.{1,2}|&|\|\||<>|~)[ \t\r\n\\_]{0,40}"
_BETWEEN: Final = (
    rb"[\"'`]" + _OPERATOR + rb"[A-Za-z]{0,2}\\{0,3}[\"'`]"
    rb"|[\"'](?:[ \t\\]{0,20}\r?\n[ \t]{0,40}|[ \t]{0,20})[A-Za-z]{0,2}\\{0,3}[\"']"
)
"""What stands between two literals that the program joins: `"ab" + "cd"`, `'ab' . 'cd'`, `"ab" "cd"`."""
_TOKEN: Final = rb"[A-Za-z0-9_+/=.:~-]"
_CODES: Final = (
    rb"u(?P<four>[0-9A-Fa-f]{4})",
    rb"u\{(?P<braced>[0-9A-Fa-f]{1,6})\}",
    rb"x(?P<two>[0-9A-Fa-f]{2})",
    rb"U(?P<eight>[0-9A-Fa-f]{8})",
    rb"(?P<letter>[nrtbf])",
    rb"(?P<sign>[!-/:-@\[\]^_`{-~])",
    rb"(?P<wrap>\r?\n)",
)
"""What a backslash may have behind it."""
_SEQUENCES: Final = (
    _SEQUENCE + rb"|\x1b\][^\x07\x1b\n]{0,300}(?:\x07|\x1b\\)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
_JOIN: Final = rb"(?<=" + _TOKEN + rb")\\{0,3}(?:" + _BETWEEN + rb")(?=" + _TOKEN + rb")"
_PARTS: Final = (
    rb"(?P<control>" + _SEQUENCES + rb")",
    rb"(?P<joined>" + _JOIN + rb")",
    rb"(?P<utf8>%[C-Fc-f][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){1,3})",
    rb"%(?:25){0,3}(?P<percent>[0-9A-Fa-f]{2})",
    rb"\\{1,4}u(?P<high>[dD][89abAB][0-9A-Fa-f]{2})\\{1,4}u(?P<low>[dD][c-fC-F][0-9A-Fa-f]{2})",
    rb"\\{1,4}(?:" + b"|".join(_CODES) + rb")",
    rb"&(?:amp;){0,3}(?:#(?P<number>[0-9]{1,7});?|#[xX](?P<hex>[0-9A-Fa-f]{1,6});?|(?P<name>[A-Za-z]{2,20});)",
    rb"(?P<tag><(?:wbr[ ]?/?|!--[^\n>]{0,100}--)>)",
)
_ESCAPE: Final = re.compile(b"|".join(_PARTS))
_BEGINS: Final = (
    r"\\|%[0-9A-Fa-f]{2}|&#|&[A-Za-z]{2,20};|\^\[\[|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[A-Za-z0-9_+/=.:~-](?:<wbr|<!--"
    r"|[\"'][ \t\r\n+.&|<>~]*[A-Za-z]?[A-Za-z]?[\"'][A-Za-z0-9_+/=.:~-]"
    r"|[\"'`][ \t\r\n]*[+.&|<>~][ \t\r\n+.&|<>~_]*[A-Za-z]?[A-Za-z]?[\"'`][A-Za-z0-9_+/=.:~-])"
)
"""Where an escape may begin, for RE2: most lines hold none."""
_SLASHES: Final = re.compile(rb"\\+")
_MOST_SLASHES: Final = 4
"""Backslashes of one escape at most: each time a text is quoted again, their number doubles."""
_LETTERS: Final = {b"n": b"\n", b"r": b"\n", b"t": b" ", b"b": b" ", b"f": b" "}


class DecodedView(TextView):
    """Lines of a page, decoded. A piece is a run of characters taken over as they are, or one decoded escape."""

    __slots__ = ("_begins", "_ends", "_page", "_sources")

    def __init__(self, page: TextView, pieces: list[tuple[bytes, int, int]]) -> None:
        self._page = page
        self._begins: list[int] = []
        self._sources: list[int] = []
        self._ends: list[int] = []
        at, out = 0, []
        for data, source, end in pieces:
            self._begins.append(at)
            self._sources.append(source)
            self._ends.append(end)
            out.append(data)
            at += len(data)
        super().__init__(b"".join(out))

    def has_gap(self, offset: int) -> bool:
        piece = bisect_right(self._begins, offset) - 1
        return (
            self._page.has_gap(self._sources[piece] + offset - self._begins[piece]) if piece >= 0 else False
        )

    def place(self, start: int, end: int) -> tuple[int, int]:
        first = bisect_right(self._begins, start) - 1
        last = bisect_right(self._begins, end - 1) - 1
        until = self._sources[last] + end - self._begins[last]
        if self._ends[last] >= 0:
            until = self._ends[last]
        return self._page.place(self._sources[first] + start - self._begins[first], until)


def decode_lines(page: TextView) -> DecodedView | None:
    """The lines of a page that hold escapes, decoded; None where none does.

    A line that follows such a line is kept too: a secret may be wrapped.
    """
    data = page.data
    pieces: list[tuple[bytes, int, int]] = []
    done = until = last = 0
    for start, end, plain in _escapes(data):
        if start >= until:
            if done < until:
                pieces.append((data[done:until], done, -1))
            if pieces:
                pieces.append((b"\n", until - 1, until))
            done = max(until, data.rfind(b"\n", until, start) + 1)
        if start > done:
            pieces.append((data[done:start], done, -1))
        if plain:
            pieces.append((plain, start, end))
        done = end
        # The last line may hold the escape: one line more, then.
        if start >= until or end > last:
            last, until = _lines_after(data, end)
    if done < until:
        pieces.append((data[done:until], done, -1))
    return DecodedView(page, pieces) if pieces else None


def _escapes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(start, end, what it stands for) of every escape."""
    search, at = compile_pattern(_BEGINS).search, 0
    while (begin := search(data, at)) is not None:
        start = begin.start()
        found = _ESCAPE.match(data, start + (data[start : start + 1] in _TOKENS))
        plain = None if found is None else _plain(found)
        if found is None or plain is None:
            slashes = _SLASHES.match(data, start)
            at = start + 1 if slashes is None else max(start + 1, slashes.end() - _MOST_SLASHES)
            continue
        yield found.start(), found.end(), plain
        # Two joined literals need the character before them, which the escape may have ended with.
        at = found.end() - (data[found.end() - 1 : found.end()] in _TOKENS)


def _lines_after(data: bytes, end: int) -> tuple[int, int]:
    """The ends of the line that `end` is on and of the next one."""
    first = data.find(b"\n", end)
    second = data.find(b"\n", first + 1) if first >= 0 else -1
    return first if first >= 0 else len(data), second if second >= 0 else len(data)


def _plain(found: re.Match[bytes]) -> bytes | None:
    """What an escape stands for: nothing or one character; None for what only looks like one."""
    group, text = found.lastgroup, found[found.lastgroup or 0]
    if group in ("control", "joined", "wrap", "tag"):
        return b""
    if group == "letter":
        return _LETTERS[text]
    if group == "sign":
        return text
    if group == "utf8":
        return _character(
            bytes.fromhex(text.replace(b"%", b"").decode("ascii")).decode("utf-8", "replace")[:1]
        )
    if group == "low":
        return _character(
            bytes.fromhex((found["high"] + text).decode("ascii")).decode("utf-16-be", "replace")[:1]
        )
    if group == "name":
        return _named(text.decode("ascii"))
    return _numbered(int(text, 10 if group == "number" else 16))


def _numbered(code: int) -> bytes | None:
    return _character(chr(code)) if code < 0x110000 else None


def _character(sign: str) -> bytes:
    """One character as the page would hold it."""
    if not sign.isascii():
        form = search_form(sign)
        return b"?" if form is None else form.encode("ascii")
    return sign.encode("ascii") if sign.isprintable() or sign in "\n\t" else b""


def _named(name: str) -> bytes | None:
    from html.entities import html5

    known = html5.get(f"{name};")
    return _character(known) if known is not None and len(known) == 1 else None
