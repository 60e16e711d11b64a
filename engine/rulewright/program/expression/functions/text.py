"""Functions over text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rulewright.policy.lazy import defer_pattern
from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.functions.model import Example, Function, Raises
from rulewright.program.expression.values import MAX_TEXT, bounded_text

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD = defer_pattern(r"[^\W_]+(?:['’\-][^\W_]+)*")
_MARKS = defer_pattern(r"[^a-z0-9]+")
_LINE = defer_pattern(r"\r\n|\r|\n")
_TOO_LONG: Raises = (("limit", "the result has more than 1,000,000 characters"),)


def _case(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: bounded_text(change(text))


def _split(text: str, separator: str, limit: float | None = None) -> list[str]:
    if not separator:
        raise ExpressionFailure("invalid-value", "the separator of split() must not be empty")
    return text.split(separator) if limit is None else text.split(separator, _whole("split", limit))


def _replace(text: str, old: str, new: str) -> str:
    if not old:
        raise ExpressionFailure("invalid-value", "the text to replace in replace() must not be empty")
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise ExpressionFailure("limit", f"the result of replace() exceeds {MAX_TEXT:,} characters")
    return text.replace(old, new)


def _lines(text: str) -> list[str]:
    lines = _LINE.split(text)
    return lines[:-1] if lines[-1] == "" else lines


def _slug(text: str) -> str:
    from unicodedata import normalize

    plain = normalize("NFKD", bounded_text(text)).encode("ascii", "ignore").decode("ascii")
    return _MARKS.sub("-", plain.lower()).strip("-")


def _truncate(text: str, length: float) -> str:
    size = _whole("truncate", length)
    if len(text) <= size:
        return text
    return text[: size - 1] + "…" if size else ""


def _count(text: str, part: str) -> int:
    if not part:
        raise ExpressionFailure("invalid-value", "the part in count() must not be empty")
    return text.count(part)


def _whole(function: str, value: float) -> int:
    if value != int(value) or value < 0:
        raise ExpressionFailure("invalid-value", f"{function}() takes integers from 0, got {value}")
    return int(value)


_row = partial(Function, family="text")

TEXT: tuple[Function, ...] = (
    _row(
        "lower(text: string) -> string",
        "The text in lower case.",
        Example("lower(@)", "ReadMe", "readme"),
        _case(str.lower),
        raises=_TOO_LONG,
    ),
    _row(
        "upper(text: string) -> string",
        "The text in upper case.",
        Example("upper(@)", "p1", "P1"),
        _case(str.upper),
        raises=_TOO_LONG,
    ),
    _row(
        "trim(text: string) -> string",
        "The text without leading and trailing whitespace.",
        Example("trim(@)", "  crash \n", "crash"),
        str.strip,
    ),
    _row(
        "trim_prefix(text: string, prefix: string) -> string",
        "The text without the prefix, or unchanged if it does not have the prefix.",
        Example("trim_prefix(@, 'refs/heads/')", "refs/heads/main", "main"),
        str.removeprefix,
    ),
    _row(
        "split(text: string, separator: string, limit: number?) -> array[string]",
        "The parts between separators; at most `limit` splits from the left.",
        Example("split(@, '/', `1`)", "acme/assistant/x", ["acme", "assistant/x"]),
        _split,
        (("invalid-value", "the separator is empty, or the limit is not an integer from 0"),),
    ),
    _row(
        "replace(text: string, old: string, new: string) -> string",
        "The text with each `old` replaced by `new`. For patterns see `replace_pattern`.",
        Example("replace(@, '_', '-')", "needs_more_work", "needs-more-work"),
        _replace,
        (("invalid-value", "`old` is empty"), *_TOO_LONG),
    ),
    _row(
        "lines(text: string) -> array[string]",
        "The lines without line endings (LF, CRLF or CR).",
        Example("lines(@)", "a\r\nb\n", ["a", "b"]),
        _lines,
    ),
    _row(
        "words(text: string) -> array[string]",
        "The words: runs of letters and digits, joined by `-` or an apostrophe inside.",
        Example("words(@)", "Can't re-open: v2!", ["Can't", "re-open", "v2"]),
        _WORD.findall,
    ),
    _row(
        "slug(text: string) -> string",
        "The text as a name for labels, files or anchors: lowercase ASCII letters and digits, joined by hyphens.",
        Example("slug(@)", "Café: crash (v2)", "cafe-crash-v2"),
        _slug,
        raises=_TOO_LONG,
    ),
    _row(
        "truncate(text: string, length: number) -> string",
        "The text cut to at most `length` code points; cut text ends with `…`.",
        Example("truncate(@, `6`)", "crashes", "crash…"),
        _truncate,
        (("invalid-value", "the length is not an integer from 0"),),
    ),
    _row(
        "count(text: string, part: string) -> number",
        "The number of non-overlapping occurrences of the part in the text.",
        Example("count(@, 'TODO')", "TODO one, TODO two", 2),
        _count,
        (("invalid-value", "the part is empty"),),
    ),
)
