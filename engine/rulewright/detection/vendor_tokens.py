"""Finder of vendors' tokens: where the forms of `token_forms.json` match in a text."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.detection.model import Hit
from rulewright.detection.placeholders import entropy, is_placeholder, is_sample, is_sequence
from rulewright.detection.token_forms import BASE64, FORMS, has_checksum
from rulewright.detection.wrapped_lines import join_around, join_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.detection.page import TextView
    from rulewright.detection.token_forms import TokenForm
    from rulewright.detection.wrapped_lines import JoinedLines

LONGEST: Final = 4000
"""Characters of the longest token that is looked at."""
_SEQUENCE: Final = 10
"""Characters in the order of the alphabet that make a token one that was probably made up."""
_MADE_UP: Final = 0.55


_Row = tuple["TokenForm", Any, int]
"""A form, its compiled pattern, and the length of the prefix that it begins with."""


class _Ready(NamedTuple):
    """`starts` finds every prefix, `of` names the forms that a prefix may begin, `loose` are the forms without."""

    starts: Any
    of: Mapping[bytes, tuple[_Row, ...]]
    loose: tuple[tuple[TokenForm, Any, bytes], ...]


@cache
def _ready() -> _Ready:
    from rulewright.program.pattern import compile_pattern

    prefixes = sorted({prefix for form in FORMS for prefix in form.prefixes}, key=lambda p: (-len(p), p))
    of = {}
    for prefix in prefixes:
        rows = []
        for form in FORMS:
            shared = [len(known) for known in form.prefixes if prefix.startswith(known)]
            if shared:
                rows.append((form, compile_pattern(form.pattern), max(shared)))
        of[prefix.encode("ascii")] = tuple(rows)
    loose = tuple(
        (form, compile_pattern(form.pattern), form.anchor.encode("ascii"))
        for form in FORMS
        if not form.prefixes
    )
    return _Ready(compile_pattern("|".join(map(re.escape, prefixes))), of, loose)


def begins_token(data: bytes) -> bool:
    """Whether a run of characters begins with a vendor's prefix that no other token holds by chance."""
    found = _ready().starts.match(data)
    return found is not None and not found[0].isalnum()


def find_tokens(page: TextView) -> Iterator[Hit]:
    """Every token of the table: one pass for the prefixes, then a look at each; one for each form without a prefix."""
    ready, data, at = _ready(), page.data, 0
    while (found := ready.starts.search(data, at)) is not None:
        start, end = found.span()
        hit = _first(page, start, end - start, ready.of[data[start:end]])
        if hit is not None:
            yield hit
        # A token may stand inside what only began as one.
        at = start + 1 if hit is None else hit.end
    for form, pattern, anchor in ready.loose:
        if anchor in data:
            yield from _without_prefix(page, form, pattern, anchor)


def _first(page: TextView, start: int, head: int, rows: tuple[_Row, ...]) -> Hit | None:
    """The hit of the first form that fits at `start`, where a prefix of `head` characters stands; also over line
    breaks."""
    data = page.data
    limit = min(start + LONGEST, len(data))
    rows = tuple(row for row in rows if _may_begin(page, row[0], start))
    if not rows:
        return None
    hit = next(filter(None, (_on_line(page, row, start, limit) for row in rows)), None)
    if hit is not None and (not _is_open(hit, rows) or data[hit.end : hit.end + 1] not in b"\r\n\\ \t"):
        return hit
    joined = join_lines(data, start, start + head, limit, begins_token)
    if joined is None:
        return hit
    for form, pattern, prefix in rows:
        other = _over_lines(joined, form, pattern, start, prefix)
        if other is not None and (hit is None or other.end > hit.end):
            return other
    return hit


def _on_line(page: TextView, row: _Row, start: int, limit: int) -> Hit | None:
    """The hit of one form that begins at `start` and ends on the same line."""
    form, pattern, prefix = row
    found = pattern.match(page.data, start, limit)
    end = -1 if found is None else _end(page, form, start, found.end())
    return None if end < 0 else _judged(form, start, end, page.read(start, end), prefix)


def _is_open(hit: Hit, rows: tuple[_Row, ...]) -> bool:
    return any(form.type == hit.type and form.is_open for form, _, _ in rows) and not hit.validated


def _over_lines(joined: JoinedLines, form: TokenForm, pattern: Any, start: int, prefix: int) -> Hit | None:
    data = joined.data[: joined.sure] if form.is_open else joined.data
    found = pattern.match(data)
    if found is None:
        return None
    end = found.end()
    if end < len(data) and chr(data[end]).isalnum() and not joined.is_border(end):
        return None
    while form.is_open and form.alphabet.startswith(BASE64) and data[end : end + 1] == b"=":
        end += 1
    hit = _judged(form, 0, end, data[:end].decode("ascii"), prefix)
    return None if hit is None else hit._replace(start=start, end=joined.at(end - 1) + 1)


def _may_begin(page: TextView, form: TokenForm, start: int) -> bool:
    return not start or chr(page.data[start - 1]) not in form.before or page.has_gap(start)


def is_emphasised(data: bytes, start: int, end: int) -> bool:
    """Whether the last character of a token is Markdown's: `_emphasis_`."""
    return (
        data[end - 1 : end] == b"_" == data[start - 1 : start] and not data[start - 2 : start - 1].isalnum()
    )


def _end(page: TextView, form: TokenForm, start: int, end: int) -> int:
    """Where a match really ends; -1 where it goes on as a longer word."""
    data = page.data
    following = data[end : end + 1]
    if (following.isalnum() or _goes_on(form, data[end : end + 2])) and not page.has_gap(end):
        return -1
    if form.is_open:
        while data[end - 1 : end] in (b".", b"%"):
            end -= 1
        if is_emphasised(data, start, end):
            end -= 1
        if form.alphabet.startswith(BASE64):
            while data[end : end + 1] == b"=":
                end += 1
    return end


def _goes_on(form: TokenForm, following: bytes) -> bool:
    """Whether a sign of the token stands behind it, and more of the token behind that."""
    sign = following[:1].decode("ascii")
    if sign == "/" and not form.is_open:
        return False  # the next part of a path
    return following[1:].isalnum() and (sign in form.alphabet or sign in form.after)


def _without_prefix(page: TextView, form: TokenForm, pattern: Any, anchor: bytes) -> Iterator[Hit]:
    """Tokens that are known by a literal in the middle: on one line, or over the line breaks beside the literal."""
    data, at, done = page.data, -1, 0
    while (at := data.find(anchor, at + 1)) >= 0:
        hit = None
        for size in form.before_anchor:
            start = at - size
            found = pattern.match(data, start, min(start + LONGEST, len(data))) if start >= done else None
            if found is None or not (
                _may_follow(form, data[max(0, start - 1) : start]) or page.has_gap(start)
            ):
                continue
            end = _end(page, form, start, found.end())
            hit = None if end < 0 else _judged(form, start, end, page.read(start, end), 0)
            if hit is not None:
                break
        hit = hit or _around(page, form, pattern, at, len(anchor))
        if hit is not None:
            yield hit
            done = hit.end
            at = done - 1


def _around(page: TextView, form: TokenForm, pattern: Any, at: int, length: int) -> Hit | None:
    joined = join_around(page.data, at, length)
    found = None if joined is None else pattern.search(joined.data)
    if joined is None or found is None:
        return None
    start, end = found.span()
    before, after = joined.data[max(0, start - 1) : start], joined.data[end : end + 1]
    if not (_may_follow(form, before) or joined.is_border(start)) or (
        after.isalnum() and not joined.is_border(end)
    ):
        return None
    hit = _judged(form, start, end, joined.data[start:end].decode("ascii"), 0)
    return None if hit is None else hit._replace(start=joined.at(start), end=joined.at(end - 1) + 1)


def _may_follow(form: TokenForm, before: bytes) -> bool:
    """Whether a form that begins with a run may begin behind `before`, or that is a part of the same run."""
    sign, alphabet = before.decode("ascii"), getattr(form.parts[0], "alphabet", "")
    return not sign or (sign not in form.before and not (sign.isalnum() and sign in alphabet))


def _judged(form: TokenForm, start: int, end: int, value: str, prefix: int) -> Hit | None:
    rest = value[prefix:]
    if is_placeholder(rest) or entropy(rest) < form.least or is_sample(value):
        return None
    if form.check and _CHECKS[form.check](value):
        return Hit(form.type, start, end, form.confidence, validated=True)
    sure = form.failed if form.check else form.confidence
    if is_sequence(rest, _SEQUENCE):
        sure = min(sure, _MADE_UP)
    return Hit(form.type, start, end, sure) if sure else None


def _has_snowflake(token: str) -> bool:
    """Whether a Discord token begins with the number of its bot."""
    first = token.partition(".")[0]
    try:
        return urlsafe_b64decode(first + "=" * (-len(first) % 4)).isdigit()
    except (ValueError, Error):
        return False


_CHECKS: Final = {"crc32": has_checksum, "snowflake": _has_snowflake}
