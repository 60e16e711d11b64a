"""The source `required_fields`: which fields an issue's text has, misses, or fills with a value not allowed.

form: { required_fields: [summary, size estimate], in: [issue.body] }
form: { required_fields: { component: { also: [module], one_of: [api, ui] }, summary: { min_length: 20 } } }
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.events.field_names import choose_option, closed_list, known_names
from rulewright.events.texts import read_texts
from rulewright.facts.required_fields.sections import is_empty, read_sections
from rulewright.policy.fact_sources.subject import REQUIRED_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.events.model import Event
    from rulewright.facts.required_fields.sections import Section
    from rulewright.program.named_facts import Need

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
    names = _folded_names(asked)
    values, wrong = _read_values(found, wanted, names)
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


def _read_values(
    found: Iterable[str], wanted: Mapping[str, Field], names: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """(field → its first good value, field → its first value that is none)."""
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for text in found:
        for section in read_sections(text, names):
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
