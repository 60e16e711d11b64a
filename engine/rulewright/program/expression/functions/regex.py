"""Functions over regular expressions. RE2 runs them in linear time; see `program/pattern.py`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.functions.model import Example, Function, Raises
from rulewright.program.expression.values import MAX_TEXT
from rulewright.program.pattern import CompiledPattern, PatternError, compile_pattern, replace_surrogates

if TYPE_CHECKING:
    import re

_INVALID: Raises = (("invalid-value", "RE2 rejects the pattern"),)


def _compiled(pattern: str) -> CompiledPattern:
    try:
        return compile_pattern(pattern)
    except PatternError as error:
        raise ExpressionFailure("invalid-value", error.message) from None


def _matches(text: str, pattern: str) -> bool:
    return _compiled(pattern).search(replace_surrogates(text)) is not None


def _groups(match: re.Match[str]) -> object:
    """Named groups as an object, else numbered groups as an array, else the whole match."""
    named = match.groupdict()
    if named:
        return dict(named)
    return list(match.groups()) or match.group()


def _captures(text: str, pattern: str) -> object:
    match = _compiled(pattern).search(replace_surrogates(text))
    return None if match is None else _groups(match)


def _all_captures(text: str, pattern: str) -> list[object]:
    return [_groups(match) for match in _compiled(pattern).finditer(replace_surrogates(text))]


def _replace_pattern(text: str, pattern: str, replacement: str) -> str:
    expression, subject = _compiled(pattern), replace_surrogates(text)
    pieces: list[str] = []
    end = length = 0
    for match in expression.finditer(subject):
        piece = _expanded(replacement, match)
        pieces += (subject[end : match.start()], piece)
        length += len(piece)
        end = match.end()
        if length > MAX_TEXT:
            break
    if length + len(subject) > MAX_TEXT:
        message = f"the result of replace_pattern() exceeds {MAX_TEXT:,} characters"
        raise ExpressionFailure("limit", message)
    return "".join(pieces) + subject[end:]


def _expanded(replacement: str, match: re.Match[str]) -> str:
    if "$" not in replacement:
        return replacement
    first, *parts = replacement.split("$")
    out = [first]
    rest = iter(parts)
    for part in rest:
        if part[:1].isdigit() and part[0].isascii():
            out.append(_group(match, int(part[0])) + part[1:])
        elif part == "":  # `$$` is a dollar sign
            out.append("$" + next(rest, ""))
        else:
            out.append("$" + part)
    return "".join(out)


def _group(match: re.Match[str], number: int) -> str:
    if number > len(match.groups()):
        raise ExpressionFailure("invalid-value", f"replace_pattern(): the pattern has no group {number}")
    return match.group(number) or ""


_row = partial(Function, family="regex", raises=_INVALID)


REGEX: tuple[Function, ...] = (
    _row(
        "matches(text: string, pattern: string) -> boolean",
        "Whether the pattern matches anywhere in the text.",
        Example("matches(@, '(?i)out of memory')", "Killed: Out of Memory", True),
        _matches,
    ),
    _row(
        "captures(text: string, pattern: string) -> object, array, string or null",
        "The first match: its named groups as an object, or its groups as an array, or the matched text; "
        "null if there is none.",
        Example(
            "captures(@, '(?P<major>[0-9]+)[.](?P<minor>[0-9]+)')", "v12.3", {"major": "12", "minor": "3"}
        ),
        _captures,
    ),
    _row(
        "all_captures(text: string, pattern: string) -> array",
        "All matches, each as `captures` returns it.",
        Example("all_captures(@, '#([0-9]+)')[]", "see #12 and #34", ["12", "34"]),
        _all_captures,
    ),
    _row(
        "replace_pattern(text: string, pattern: string, replacement: string) -> string",
        "The text with each match replaced; `$0` is the match, `$1` to `$9` its groups, `$$` a dollar sign.",
        Example("replace_pattern(@, '\\[(P[0-3])\\] *', '$1: ')", "[P1] Crash", "P1: Crash"),
        _replace_pattern,
        raises=(
            ("invalid-value", "RE2 rejects the pattern, or the replacement refers to an unknown group"),
            ("limit", "the result has more than 1,000,000 characters"),
        ),
    ),
)
