"""What a value does not meet of a schema, in the author's terms: a function for each keyword.

Annotations in our own schemas carry words: `x-noun` (what the thing is called), `x-says` (the form of a text,
and an example), `x-one-of` (a mapping holds exactly one of these keys), `x-null` (what to say for null),
`x-names` (all names, where a list allows some), `x-one-key` (a mapping is one `name: value`), `x-or`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

from rulewright.policy.diagnostics import shorten
from rulewright.policy.json_schema.violation import Violation, describe_value, prefix_place
from rulewright.policy.json_types import as_array, as_object, as_objects, as_text, as_texts
from rulewright.policy.suggestions import did_you_mean, list_names, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jsonschema import ValidationError

    from rulewright.policy.json_types import Json, JsonArray, JsonObject, JsonPath

_TYPE_WORDS: Final = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "null": "nothing",
}
MOST_REPORTED: Final = 200
"""Mistakes that are reported of one document: a thousand more help nobody, and each takes time to word."""
_UNKNOWN_CODES: Final = {"matcher": "RW215", "action": "RW214"}
_COMBINERS: Final = ("all", "any", "none")


@dataclass(frozen=True, slots=True)
class _Failure:
    """One keyword that a value does not meet.

    `argument` is the keyword's value in `schema`; `errors` are those of the branches of `anyOf` and `oneOf`;
    `extras` are the keys that are left over, where whoever ran the patterns of `patternProperties` knows them.
    """

    keyword: str
    argument: Json
    value: Json
    path: JsonPath
    schema: JsonObject
    message: str
    errors: Sequence[ValidationError] = ()
    extras: Sequence[str] = ()

    @property
    def noun(self) -> str | None:
        """What the thing is called, unless its key says the same."""
        noun = as_text(self.schema.get("x-noun"))
        return None if self.path[-1:] == (noun,) else noun

    def violation(
        self, code: str, text: str, *, hint: str | None = None, missing: str | None = None
    ) -> Violation:
        """A violation at the value's own place."""
        return Violation(code, prefix_place(self.path, text), self.path, hint=hint, missing=missing)

    def violation_of_key(
        self, code: str, text: str, key: str, *, hint: str | None = None, supposed: str | None = None
    ) -> Violation:
        """A violation at one of the value's keys."""
        path = (*self.path, key)
        return Violation(code, prefix_place(self.path, text), path, key=True, hint=hint, supposed=supposed)


def describe_error(error: ValidationError) -> list[Violation]:
    """jsonschema's error as violations: none for what its inner errors say, several for several unknown keys."""
    if error.validator == "if":
        return []
    failure = _Failure(
        str(error.validator),
        cast("Json", error.validator_value),
        cast("Json", error.instance),
        tuple(error.absolute_path),
        as_object(error.schema) or {},
        error.message,
        error.context or (),
        getattr(error, "extras", None) or (),
    )
    violations = _DESCRIPTIONS.get(failure.keyword, _other)(failure)
    if isinstance(error.instance, str) and list(error.absolute_schema_path)[-2:-1] == ["propertyNames"]:
        # The value is a name, whose place is the key.
        return [
            Violation(found.code, found.message, (*failure.path, error.instance), key=True, hint=found.hint)
            for found in violations
        ]
    return violations


def _wrong_type(failure: _Failure) -> list[Violation]:
    value, path = failure.value, failure.path
    null_hint = as_text(failure.schema.get("x-null"))
    if value is None and null_hint is not None:
        return [failure.violation("RW407", "a comparison with null is never true", hint=null_hint)]
    if failure.schema.get("x-noun") == "literal" and isinstance(value, dict) and len(path) > 1:
        near = nearest(str(path[-2]), _COMBINERS)
        if near is not None:
            text = f"neither a path nor a logical operator; did you mean `{near}`?"
            combine = "combine conditions with `all`, `any` and `none`"
            return [Violation("RW215", prefix_place(path[:-1], text), path[:-1], key=True, hint=combine)]
    allowed = as_texts(_as_list(failure.argument))
    words = " or ".join(_TYPE_WORDS.get(name, name) for name in allowed)
    found = "nothing" if value is None else describe_value(value)
    hint = _type_hint(value, allowed, path)
    return [failure.violation("RW204", f"expected {words}, found {found}", hint=hint)]


def _type_hint(value: Json, allowed: list[str], path: JsonPath) -> str | None:
    """How to write a value of an allowed type."""
    key = path[-1] if path else None
    if value is None:
        return "add a value, or remove the key"
    if "array" in allowed and not isinstance(value, list):
        return _list_hint(value, path)
    if key == "when":
        return "write `path: matcher`, such as `state: open`; `all`, `any` and `none` take lists of these"
    if key in _DURATIONS and isinstance(value, int | float):
        return f"a number needs a unit: `{value}s`, `{value}m` (minutes), `{value}h`, `{value}d`"
    if "string" in allowed and isinstance(value, bool | int | float):
        return f'quote it: "{json.dumps(value)}"'
    if isinstance(value, str) and set(allowed) & {"number", "integer", "boolean"} and _is_plain_scalar(value):
        return "write it without quotes"
    return None


_DURATIONS: Final = frozenset({"soak", "max_age", "duration", "grace_period", "timeout", "ttl", "keep"})
"""Keys whose text is a duration."""


def _list_hint(value: Json, path: JsonPath) -> str:
    """How to write a list where another value is."""
    key = path[-1] if path else None
    if not isinstance(value, dict):
        return f"write a list: [{describe_value(value).strip('`')}]"
    if len(path) > 1 and key in _COMBINERS:
        return f"write a list: `{key}: [ {{ … }}, {{ … }} ]`"
    if key == "on":
        return "write a list of events, with or without an action: `on: [issues.opened, issues.edited]`"
    return "write a list: begin each item with `- `, or put brackets around the braces: `[ { … } ]`"


def _is_plain_scalar(text: str) -> bool:
    """Whether a text without quotes would be a number or a truth value."""
    return text in ("true", "false") or text.replace(".", "", 1).removeprefix("-").isdigit()


def _unknown_property(failure: _Failure) -> list[Violation]:
    value = as_object(failure.value) or {}
    known = list(as_object(failure.schema.get("properties")) or ())
    exclusive = as_texts(failure.schema.get("x-one-of"))
    violations = []
    for extra in (failure.extras or [key for key in value if key not in known])[:MOST_REPORTED]:
        if extra in exclusive:
            first = next(name for name in exclusive if name in value)
            text = f"`{first}` and {describe_value(extra)} cannot be combined"
            violations.append(
                failure.violation_of_key(
                    "RW203", text, extra, hint=f"use exactly one of {list_names(exclusive)}"
                )
            )
        else:
            violations.append(_unknown_name(failure, value, extra, known))
    return violations


def _unknown_name(failure: _Failure, value: JsonObject, name: str, known: list[str]) -> Violation:
    """The violation of one key that the schema does not have."""
    noun = failure.noun
    code = _UNKNOWN_CODES.get(noun or "")
    if code is None:
        near = nearest(name, [key for key in known if key not in value])
        text = f"unknown key {describe_value(name)}" + (
            f" in {_with_article(noun)}" if noun is not None else ""
        )
    else:
        near = nearest(name, known)
        text = f"unknown {noun} {describe_value(name)}"
    text += f"; did you mean `{near}`?" if near else ""
    hint = None if near or not known else f"allowed here: {list_names(known)}"
    if " " in name and value.get(name, "") is None:
        hint = "inside braces a comma ends the value; quote text that contains a comma"
    if code == "RW215" and failure.path[-1:] == ("not",):
        hint = "negate conditions with `none: [ … ]`"
    return failure.violation_of_key(code or "RW203", text, name, hint=hint, supposed=near)


def _with_article(noun: str) -> str:
    if noun in ("metadata", "approvals", "evidence"):
        return noun
    starts_with_vowel = noun.lstrip("`")[:1].lower() in "aeiou" or noun.startswith("SLO")
    return f"an {noun}" if starts_with_vowel else f"a {noun}"


def _not_allowed(failure: _Failure) -> list[Violation]:
    value = failure.value
    options = [_format_plainly(option) for option in _options(failure.keyword, failure.argument)]
    if isinstance(value, dict | list) or value is None:
        found = "nothing" if value is None else describe_value(value)
        return [failure.violation("RW204", f"expected {list_names(options)}, found {found}")]
    noun = failure.schema.get("x-noun")
    names = [str(name) for name in as_array(failure.schema.get("x-names")) or ()]
    if noun == "action" and value in names:
        hint = f"write `{value}: …`; see `rulewright schema action/{value}`"
        return [failure.violation("RW214", f"action `{value}` needs an argument", hint=hint)]
    known = names or options
    near = did_you_mean(str(value), known)
    choices = f"use one of {list_names(known)}"
    choices_unless_near = choices if not near and len(known) > 1 else None
    if noun in ("action", "kind"):
        code = "RW214" if noun == "action" else "RW201"
        text = f"unknown {noun} {describe_value(value)}{near}"
        return [failure.violation(code, text, hint=choices_unless_near)]
    if len(options) == 1:
        text = f"must be `{options[0]}`, found {describe_value(value)}"
        return [failure.violation("RW205", text, hint=choices_unless_near)]
    return [failure.violation("RW205", f"{describe_value(value)} is not allowed here{near}", hint=choices)]


def _options(keyword: str, argument: Json) -> JsonArray:
    """The values that `enum` or `const` allows."""
    return argument if keyword == "enum" and isinstance(argument, list) else [argument]


def _format_plainly(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _missing(failure: _Failure) -> list[Violation]:
    value, alternative = as_object(failure.value) or {}, ""
    if "x-or" in failure.schema:
        alternative = f" or `{failure.schema['x-or']}`"
    violations = []
    for name, because in _required_names(failure, value):
        if name in value:
            continue
        text = f"`{name}`{alternative} is missing" + (f"; `{because}` requires it" if because else "")
        if failure.noun and not because:
            text = f"{_with_article(failure.noun)} needs `{name}`{alternative}"
        hint = _describe_property(failure.schema, name)
        violations.append(failure.violation("RW202", text, hint=hint, missing=name))
    return violations


def _required_names(failure: _Failure, value: JsonObject) -> list[tuple[str, str | None]]:
    """(name, the key because of which it must be there, if any)."""
    if failure.keyword == "dependentRequired":
        dependencies = as_object(failure.argument) or {}
        return [
            (name, key) for key, names in dependencies.items() if key in value for name in as_texts(names)
        ]
    return [(name, None) for name in as_texts(failure.argument)]


def _describe_property(schema: JsonObject, name: str) -> str | None:
    properties = as_object(schema.get("properties")) or {}
    text = as_text((as_object(properties.get(name)) or {}).get("description"))
    return None if text is None else f"`{name}`: {text}"


def _bad_form(failure: _Failure) -> list[Violation]:
    form = as_object(failure.schema.get("x-says"))
    value = describe_value(failure.value)
    if form is not None:
        return [failure.violation("RW206", f"{value} is not {form['form']}", hint=as_text(form.get("hint")))]
    return [
        failure.violation("RW206", f"{value} does not match the pattern {describe_value(failure.argument)}")
    ]


def _wrong_size(failure: _Failure) -> list[Violation]:
    name, limit, value = failure.keyword, failure.argument, failure.value
    count = len(value) if isinstance(value, str | list | dict) else 0
    form, noun = failure.schema.get("x-one-key"), failure.schema.get("x-noun")
    if form and name == "maxProperties" and isinstance(value, dict):
        text = f"expected one {noun}, found {count}: {list_names(value)}"
        return [failure.violation("RW207", text, hint=f"write each as a separate entry: `- {form}`")]
    unit = {"Items": "entries", "Length": "characters", "Properties": "keys"}[name[3:]]
    if name.startswith("max"):
        return [failure.violation("RW210", f"takes at most {limit} {unit}, found {count}")]
    if count > 0:
        return [failure.violation("RW208", f"needs at least {limit} {unit}, found {count}")]
    text = f"an empty {noun} has no effect" if unit == "keys" and noun else "must not be empty"
    return [failure.violation("RW208", text, hint=f"write {form}" if form else None)]


def _repeated(failure: _Failure) -> list[Violation]:
    seen: set[str] = set()
    for index, item in enumerate(as_array(failure.value) or ()):
        text = json.dumps(item, sort_keys=True)
        if text in seen:
            of_item = replace(failure, path=(*failure.path, index))
            return [of_item.violation("RW211", f"{describe_value(item)} appears twice", hint="remove one")]
        seen.add(text)
    return [failure.violation("RW211", "contains an entry twice")]


_RANGES: Final = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "greater than",
    "exclusiveMaximum": "less than",
    "multipleOf": "a multiple of",
}


def _out_of_range(failure: _Failure) -> list[Violation]:
    name = failure.keyword
    exclusive = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}.get(name, "")
    if failure.schema.get(exclusive) is True:  # draft 4
        name = exclusive
    limit = f"{_RANGES[name]} {_format_plainly(failure.argument)}"
    return [failure.violation("RW209", f"{describe_value(failure.value)} must be {limit}")]


def _bad_format(failure: _Failure) -> list[Violation]:
    return [failure.violation("RW212", f"{describe_value(failure.value)} is not a valid {failure.argument}")]


def _no_branch(failure: _Failure) -> list[Violation]:
    if not failure.errors:
        return [
            failure.violation(
                "RW216", "matches more than one of the allowed forms; it must match exactly one"
            )
        ]
    forms = as_objects(failure.argument)
    at_root = [error for error in failure.errors if not error.path]
    violations = _no_branch_of_scalars(failure, at_root, len(forms))
    if violations is not None:
        return violations
    required = [cast("Json", error.validator_value) for error in at_root if error.validator == "required"]
    value = failure.value
    if required and isinstance(value, dict):
        absent = [name for names in required for name in as_texts(names) if name not in value]
        return [failure.violation("RW202", f"needs one of {list_names(dict.fromkeys(absent))}")]
    titles = [title for form in forms if (title := as_text(form.get("title"))) is not None]
    return [
        failure.violation(
            "RW216",
            f"{describe_value(value)} matches none of the {len(forms)} allowed forms",
            hint=f"use one of {list_names(titles)}" if titles else None,
        )
    ]


def _no_branch_of_scalars(
    failure: _Failure, errors: Sequence[ValidationError], count: int
) -> list[Violation] | None:
    """What all of `count` branches refuse at once: the value's type, or the value; None for anything else."""
    branches: dict[object, list[ValidationError]] = {}
    for error in errors:
        branches.setdefault(error.schema_path[0], []).append(error)
    if len(branches) != count:
        return None
    of_type = {number: [e for e in branch if e.validator == "type"] for number, branch in branches.items()}
    if all(of_type.values()):
        types = [
            name
            for branch in of_type.values()
            for error in branch
            for name in _as_list(cast("Json", error.validator_value))
        ]
        return _wrong_type(replace(failure, keyword="type", argument=list(dict.fromkeys(map(str, types)))))
    return _no_literal(failure, errors)


def _no_literal(failure: _Failure, errors: Sequence[ValidationError]) -> list[Violation] | None:
    """That the value is none of the literals of all branches; None where they ask for more than literals."""
    if not errors or not all(error.validator in ("const", "enum") for error in errors):
        return None
    options = [
        _format_plainly(option)
        for error in errors
        for option in _options(str(error.validator), cast("Json", error.validator_value))
    ]
    near = did_you_mean(failure.value, options) if isinstance(failure.value, str) else ""
    text = f"{describe_value(failure.value)} is not allowed here{near}"
    return [failure.violation("RW205", text, hint=f"use one of {list_names(options)}")]


def _as_list(value: Json) -> JsonArray:
    return value if isinstance(value, list) else [value]


def _excluded(failure: _Failure) -> list[Violation]:
    if not isinstance(failure.schema.get("x-one-of"), list):
        return [failure.violation("RW217", f"{describe_value(failure.value)} is not allowed here")]
    names, noun, value = as_texts(failure.schema["x-one-of"]), str(failure.schema["x-noun"]), failure.value
    if not isinstance(value, dict):
        return []
    for key in value:
        near = nearest(key, names)
        if near is not None:
            text = f"unknown {noun} {describe_value(key)}; did you mean `{near}`?"
            return [failure.violation_of_key("RW203", text, key, supposed=near)]
    text = f"none of {list_names(value)} is {_with_article(noun)}" if value else f"missing {noun}"
    return [failure.violation("RW202", text, hint=f"use exactly one of {list_names(names)}")]


def _other(failure: _Failure) -> list[Violation]:
    if failure.keyword == "None":  # the schema `false`
        return [failure.violation("RW217", "is not allowed here")]
    message = failure.message
    return [failure.violation("RW217", shorten(message, 200))]


_DESCRIPTIONS: Final[Mapping[str, Callable[[_Failure], list[Violation]]]] = {
    "type": _wrong_type,
    "additionalProperties": _unknown_property,
    "unevaluatedProperties": _unknown_property,
    "enum": _not_allowed,
    "const": _not_allowed,
    "required": _missing,
    "dependentRequired": _missing,
    "pattern": _bad_form,
    "minItems": _wrong_size,
    "maxItems": _wrong_size,
    "minLength": _wrong_size,
    "maxLength": _wrong_size,
    "minProperties": _wrong_size,
    "maxProperties": _wrong_size,
    "uniqueItems": _repeated,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "exclusiveMinimum": _out_of_range,
    "exclusiveMaximum": _out_of_range,
    "multipleOf": _out_of_range,
    "format": _bad_format,
    "anyOf": _no_branch,
    "oneOf": _no_branch,
    "not": _excluded,
}
