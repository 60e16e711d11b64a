"""The source `required_fields`: which fields an issue's text has, misses, or fills with a value not allowed.

form: { required_fields: [summary, size estimate], in: [issue.body] }
form: { required_fields: { component: { also: [module], one_of: [api, ui] }, summary: { min_length: 20 } } }

Fields are `key: value` lines, Markdown headings of any level (or a line in bold), the `### Heading` blocks that GitHub
makes of an issue form, or rows of a table. HTML comments are a template's instructions and are left out; code in a
fence is content, but nothing in it is a heading or a key.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.events.field_names import choose_option, closed_list, fold_name, known_names
from rulewright.events.line_ends import unix_lines
from rulewright.events.texts import read_texts
from rulewright.facts.required_fields.blocks import MarkdownLine, read_lines
from rulewright.policy.fact_sources.subject import REQUIRED_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.events.model import Event
    from rulewright.program.named_facts import Need

RECENT_TEXTS: Final = 64
"""Texts whose sections are kept."""
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


LONGEST: Final = 2000
"""Characters of a value that the fact keeps."""

_BOX: Final = re.compile(r"^[-*+][ \t]+\[([ xX])\][ \t]+(.*)$")


class Field(NamedTuple):
    """A field as the policy asks for it. `one_of`: the only values that it may have."""

    name: str
    also: tuple[str, ...] = ()
    one_of: tuple[str, ...] | None = None
    min_length: int = 1


class RequiredFields:
    """Gathers `check_fields` facts out of the event's texts; no input or output."""

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, object]:
        """Fact → `{complete, count, missing, invalid, present, values}`; field names as the policy writes them."""
        out = {}
        for request in requests:
            arguments = request.arguments
            found = read_texts(event.payload, arguments.get("in") or REQUIRED_FIELDS.default_paths)
            out[request.name] = check_fields(found, _fields(arguments["required_fields"]))
        return out


def check_fields(found: Iterable[str], fields: Iterable[Field]) -> dict[str, object]:
    """What texts say of the fields. Of a field that comes several times the first good value counts."""
    asked = tuple(fields)
    wanted = {field.name: field for field in asked}
    values, wrong = _read_values(found, wanted, asked)
    invalid = [name for name in wanted if name in wrong and name not in values]
    missing = [name for name in wanted if name not in wrong and name not in values]
    return {
        "complete": not invalid and not missing,
        "count": len(values),
        "missing": missing,
        "invalid": invalid,
        "present": [name for name in wanted if name in values],
        "values": {**{name: wrong[name] for name in invalid}, **values},
    }


@lru_cache(maxsize=256)
def _folded_names(fields: tuple[Field, ...]) -> Mapping[str, str]:
    """Folded name → field: the same for every event that a policy asks about."""
    return known_names({field.name: field.also for field in fields})


@lru_cache(maxsize=RECENT_TEXTS)
def _sections_of(text: str, fields: tuple[Field, ...]) -> tuple[Section, ...]:
    """The sections of a text. Those of recent texts are kept: planning asks again for each state that it predicts, and
    most texts are the same there."""
    return tuple(read_sections(text, _folded_names(fields)))


def _read_values(
    found: Iterable[str], wanted: Mapping[str, Field], asked: tuple[Field, ...]
) -> tuple[dict[str, str], dict[str, str]]:
    """(field → its first good value, field → its first value that is none)."""
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for text in found:
        for section in _sections_of(text, asked):
            field = wanted[section.field]
            if field.name in values or is_empty(section):
                continue
            value = _value(section, field)
            if value is not None:
                values[field.name] = value[:LONGEST]
            else:
                wrong.setdefault(field.name, section.text[:LONGEST])
    return values, wrong


def _fields(written: Any) -> tuple[Field, ...]:
    given = written if isinstance(written, dict) else dict.fromkeys(written)
    out = []
    for name, details in given.items():
        more = details or {}
        one_of = more.get("one_of")
        closed = tuple(one_of) if one_of is not None else closed_list(name)
        out.append(Field(name, tuple(more.get("also") or ()), closed, more.get("min_length", 1)))
    return tuple(out)


def _value(section: Section, field: Field) -> str | None:
    """The field's value, as the closed list writes it where there is one; None where it is none of those."""
    if field.one_of is None:
        return section.text if len(section.text) >= field.min_length else None
    boxes = [box for line in section.lines if (box := _BOX.match(line))]
    said = [box[2] for box in boxes if box[1] != " "] if boxes else list(section.lines)
    # One word is asked for; what else is written below it is left to people, what stands beside it is not.
    return choose_option(said[0], field.one_of) if said and (not boxes or len(said) == 1) else None
