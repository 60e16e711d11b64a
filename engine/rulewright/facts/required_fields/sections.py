"""Text of an issue → what stands under each known field, in the order of the text.

Fields stand as `key: value` lines, as Markdown headings of any level (or a line in bold), as the `### Heading`
blocks that GitHub makes of an issue form, or as rows of a table. HTML comments are a template's instructions and
are left out; code in a fence is content, but nothing in it is a heading or a key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.events.field_names import fold_name
from rulewright.events.line_ends import unix_lines
from rulewright.facts.required_fields.blocks import MarkdownLine, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_TEXT: Final = 100_000
"""Characters that are looked at; GitHub's bound for a body is 65,536."""

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
    """What stands under one field. `text` is all of it, trimmed; `lines` are those outside of code."""

    field: str
    text: str
    lines: tuple[str, ...]


def read_sections(text: str, names: Mapping[str, str]) -> Iterator[Section]:
    """The sections of the known fields; `names`: folded name → field. A field may come several times."""
    field: str | None = None
    level = _DEEPEST
    kept: list[MarkdownLine] = []
    for line in read_lines(unix_lines(text[:MAX_TEXT])):
        found = None if line.is_code else _opening(line, names)
        if found is None and field is not None and _is_underlined_answer(line, kept):
            kept.append(line._replace(level=0))
            continue
        if found is not None or 0 < line.level <= level:
            if field is not None:
                yield _section(field, kept)
            field, kept = None, []
        if found is not None:
            field, level, rest = found
            kept = [MarkdownLine(rest)]
        elif field is not None:
            kept.append(line)
    if field is not None:
        yield _section(field, kept)


def _is_underlined_answer(line: MarkdownLine, kept: list[MarkdownLine]) -> bool:
    """Whether a line is the first below its field, and a heading only because of a rule (`---`) under it."""
    underlined = line.level > 0 and not line.text.lstrip().startswith("#")
    return underlined and not any(one.text.strip() for one in kept)


def is_empty(section: Section) -> bool:
    """Whether nothing was said: no letter or digit, or only what stands for no answer."""
    plain = " ".join("".join(c if c.isalnum() else " " for c in section.text.casefold()).split())
    return not plain or plain in _NO_ANSWER


def _opening(read: MarkdownLine, names: Mapping[str, str]) -> tuple[str, int, str] | None:
    """(field, level, the value on the same line) where the line begins a known field."""
    line = read.text
    if read.level:
        level, text = read.level, read.title
        if (field := names.get(fold_name(text))) is not None:
            return field, level, ""
        key, colon, value = text.partition(":")
        field = names.get(fold_name(key)) if colon else None
        return None if field is None else (field, level, value)
    if (bold := _BOLD.match(line)) and (field := names.get(fold_name(bold[1]))) is not None:
        return field, _DEEPEST, ""
    if line.lstrip().startswith(">"):  # a quotation
        return None
    for form in (_KEY, _ROW):
        found = form.match(line)
        if found and (field := names.get(fold_name(found[1]))) is not None:
            return field, _DEEPEST, found[2].strip().removeprefix("**").removeprefix("__")
    return None


def _section(field: str, kept: list[MarkdownLine]) -> Section:
    text = "\n".join(line.text for line in kept).strip()
    prose = (line.text.strip() for line in kept if not line.is_code)
    return Section(field, text, tuple(line for line in prose if line))
