"""Text of an issue → what stands under each known field, in the order of the text.

Fields stand as `key: value` lines, as Markdown headings of any level (or a line in bold), as the `### Heading`
blocks that GitHub makes of an issue form, or as rows of a table. HTML comments are a template's instructions and
are left out; code in a fence is content, but nothing in it is a heading or a key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.facts.required_fields.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["MAX_TEXT", "Section", "is_empty", "sections"]

MAX_TEXT: Final = 100_000
"""Characters that are looked at; GitHub's bound for a body is 65,536."""

_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING: Final = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE: Final = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_BOLD: Final = re.compile(r"^ {0,3}(?:\*\*|__)([^*_\n]{1,80})(?:\*\*|__)[ \t]*:?[ \t]*$")
_KEY: Final = re.compile(
    r"^[ \t]{0,3}(?:[-*+][ \t]+)?(?:\*\*|__)?([^:：|\n]{1,80}?)(?:\*\*|__)?[ \t]*[:：](.*)$"
)
_ROW: Final = re.compile(r"^[ \t]*\|([^|\n]{1,80})\|([^|\n]*)\|?[ \t]*$")
_DEEPEST: Final = 7
"""The level of what has no level: a key or a line in bold stands below every heading."""

_NO_ANSWER: Final = frozenset({"no response", "n a", "na", "tbd", "todo", "to be done", "to be determined"})
"""What stands where nothing stands, folded; `_No response_` is what GitHub writes for a form's empty field."""


class Section(NamedTuple):
    """What stands under one field. `lines` are those outside of fences, `text` is all of it, trimmed."""

    field: str
    text: str
    lines: tuple[str, ...]


def sections(text: str, names: Mapping[str, str]) -> Iterator[Section]:
    """The sections of the known fields; `names`: folded name → field. A field may come several times."""
    field: str | None = None
    level = _DEEPEST
    kept: list[tuple[str, bool]] = []
    for line, code, heading in _lines(text[:MAX_TEXT]):
        found = None if code else _opening(line, heading, names)
        ends = found is not None or (heading is not None and heading[0] <= level)
        if ends:
            if field is not None:
                yield _section(field, kept)
            field, kept = None, []
        if found is not None:
            field, level, rest = found
            kept = [(rest, False)]
        elif field is not None:
            kept.append((line, code))
    if field is not None:
        yield _section(field, kept)


def is_empty(section: Section) -> bool:
    """Whether nothing was said: no letter or digit, or only what stands for no answer."""
    plain = folded(section.text)
    return not plain or plain in _NO_ANSWER


Heading = tuple[int, str]
"""(level from 1, text)"""


def _lines(text: str) -> Iterator[tuple[str, bool, Heading | None]]:
    """(line, whether it is code, the heading that it is), without comments and the underlines of headings."""
    fence = ""
    pending: str | None = None
    for line in _uncommented(text):
        if fence:
            closing = _FENCE.match(line)
            if closing and closing[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            else:
                yield line, True, None
            continue
        underline = _UNDERLINE.match(line) if pending is not None and pending.strip() else None
        if underline and pending is not None:
            yield pending, False, (1 if underline[1][0] == "=" else 2, pending.strip())
            pending = None
            continue
        if pending is not None:
            yield pending, False, _heading(pending)
            pending = None
        opening = _FENCE.match(line)
        if opening:
            fence = opening[1]
        else:
            pending = line
    if pending is not None:
        yield pending, False, _heading(pending)


def _uncommented(text: str) -> list[str]:
    """The lines without HTML comments; a `<!--` in a fence is code and begins none."""
    out: list[str] = []
    prose: list[str] = []
    fence = ""

    def flush() -> None:
        if prose:
            out.extend(_COMMENT.sub("", "\n".join(prose)).split("\n"))
            prose.clear()

    inside = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        mark = None if inside else _FENCE.match(line)
        if fence:
            out.append(line)
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            flush()
            fence = mark[1]
            out.append(line)
        else:
            prose.append(line)
            inside = _open_comment(line, inside)
    flush()
    return out


def _open_comment(line: str, inside: bool) -> bool:
    """Whether a comment is open behind this line."""
    at = 0
    while True:
        at = line.find("-->" if inside else "<!--", at)
        if at < 0:
            return inside
        at += 3 if inside else 4
        inside = not inside


def _heading(line: str) -> Heading | None:
    found = _HEADING.match(line)
    return (len(found[1]), found[2] or "") if found else None


def _opening(line: str, heading: Heading | None, names: Mapping[str, str]) -> tuple[str, int, str] | None:
    """(field, level, the value on the same line) where the line begins a known field."""
    if heading is not None:
        level, text = heading
        if (field := names.get(folded(text))) is not None:
            return field, level, ""
        key, colon, value = text.partition(":")
        field = names.get(folded(key)) if colon else None
        return None if field is None else (field, level, value)
    if (bold := _BOLD.match(line)) and (field := names.get(folded(bold[1]))) is not None:
        return field, _DEEPEST, ""
    if line.lstrip().startswith(">"):  # a quotation
        return None
    for form in (_KEY, _ROW):
        found = form.match(line)
        if found and (field := names.get(folded(found[1]))) is not None:
            return field, _DEEPEST, found[2].strip().removeprefix("**").removeprefix("__")
    return None


def _section(field: str, kept: list[tuple[str, bool]]) -> Section:
    text = "\n".join(line for line, _ in kept).strip()
    return Section(field, text, tuple(line.strip() for line, code in kept if not code and line.strip()))
