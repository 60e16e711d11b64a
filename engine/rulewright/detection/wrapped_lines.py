"""Joining of tokens that line breaks part."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.detection.placeholders import is_name

if TYPE_CHECKING:
    from collections.abc import Callable

_RUN: Final = re.compile(rb"[A-Za-z0-9_.~+/=%-]*")
_LETTER: Final = re.compile(rb"[A-Za-z0-9]")
_WRAP: Final = re.compile(rb"[ \t]{0,8}\\?\r?\n[ \t]{0,40}(?:[>#*|]|//)?[ \t]{0,8}")
_SIGNS: Final = bytes(code for code in range(128) if _RUN.fullmatch(bytes([code])))
_BLANKS: Final = b" \t\r\n\\>#*|"
_REACH: Final = 120
"""Characters before and behind a literal that belong to its token at most."""
_WORDS: Final = re.compile(
    rb"(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]{1,4})(?:[-_/.](?:[A-Z]?[a-z]+|[A-Z]+|[0-9]{1,4}))*[.=]?"
)
_ASSIGNED: Final = re.compile(rb"([A-Za-z_][A-Za-z0-9_.-]*)=[^=]")
_LONGEST: Final = 500
"""Characters of the first line of such a token at most."""
_LINES: Final = 8
"""Lines that one token may stand on at most."""


class JoinedLines(NamedTuple):
    """`data` is the token with what follows it, without line breaks; `pieces` are (offset in `data`, offset in the
    page) of what each line holds; `sure` is how much of it certainly belongs together: behind it stands a word."""

    data: bytes
    pieces: tuple[tuple[int, int], ...]
    sure: int

    def at(self, offset: int) -> int:
        """The offset in the page of what is at `offset` of the joined data."""
        begin, source = next(piece for piece in reversed(self.pieces) if piece[0] <= offset)
        return source + offset - begin

    def is_border(self, offset: int) -> bool:
        """Whether a line of the text begins at an offset of the joined data."""
        return any(begin == offset for begin, _ in self.pieces)


def join_lines(
    data: bytes, start: int, run_start: int, limit: int, begins_other: Callable[[bytes], object]
) -> JoinedLines | None:
    """What stands from `start` on, with the run of characters from `run_start` on joined over line breaks; None where
    no line break ends the run.

    `begins_other` says whether a line begins with a token of its own.
    """
    if data.find(b"\n", run_start, limit) < 0:
        return None
    first = _RUN.match(data, run_start, min(limit, run_start + _LONGEST))
    end = first.end() if first is not None else run_start
    parts, pieces, size, sure = [data[start:end]], [(0, start)], end - start, -1
    for _ in range(_LINES):
        run = _next_run(data, end, limit, begins_other)
        if run is None:
            break
        if sure < 0 and _WORDS.fullmatch(run[0]) and is_name(run[0].decode("ascii").rstrip(".=")):
            sure = size
        pieces.append((size, run.start()))
        parts.append(run[0])
        size += len(run[0])
        end = run.end()
    if len(pieces) < 2:
        return None
    return JoinedLines(b"".join(parts), tuple(pieces), size if sure < 0 else sure)


def _next_run(
    data: bytes, end: int, limit: int, begins_other: Callable[[bytes], object]
) -> re.Match[bytes] | None:
    """The run of characters behind the line break at `end`; None where it begins something else."""
    wrap = _WRAP.match(data, end, limit)
    run = None if wrap is None else _RUN.match(data, wrap.end(), limit)
    if run is None or not _LETTER.search(run[0]) or data[run.end() : run.end() + 1] in (b":", b"(", b"@"):
        return None
    return None if _is_assignment(run[0]) or begins_other(run[0]) else run


def _is_assignment(chunk: bytes) -> bool:
    found = _ASSIGNED.match(chunk)
    return found is not None and is_name(found[1].decode("ascii"))


def join_around(data: bytes, at: int, length: int) -> JoinedLines | None:
    """The run of characters around a literal of `length` at `at`, with the end of the line before and the beginning of
    the line behind where the run reaches them; None where no line break is near."""
    if data.find(b"\n", max(0, at - _REACH), at + _REACH) < 0:
        return None
    line = data[max(0, at - _REACH) : at]
    begin = at - len(line) + len(line.rstrip(_SIGNS))
    run = _RUN.match(data, at + length, at + _REACH)
    end = at + length if run is None else run.end()
    parts, pieces = [data[begin:end]], [(0, begin)]
    between = data[max(0, begin - _REACH) : begin]
    blank = len(between.rstrip(_BLANKS))
    if b"\n" in between[blank:]:
        head = between[:blank]
        taken = len(head) - len(head.rstrip(_SIGNS))
        parts.insert(0, head[len(head) - taken :])
        pieces = [(0, begin - len(between) + blank - taken), (taken, begin)]
    wrap = _WRAP.match(data, end, end + _REACH)
    after = None if wrap is None else _RUN.match(data, wrap.end(), wrap.end() + _REACH)
    if after is not None:
        pieces.append((sum(map(len, parts)), after.start()))
        parts.append(after[0])
    joined = b"".join(parts)
    return None if len(pieces) < 2 else JoinedLines(joined, tuple(pieces), len(joined))
