"""What a schema complains about, said in the author's terms: a function for each keyword.

Annotations in our own schemas carry words: `x-noun` (what the thing is called), `x-says` (the form of a text,
and an example), `x-one-of` (a mapping holds exactly one of these keys), `x-null` (what to say for null),
`x-names` (all names, where a list allows some), `x-one-key` (a mapping is one `name: value`), `x-or`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.json_schema.violation import Path, Violation, at, shown
from rulewright.policy.suggestions import mean, nearest, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KINDS: Final = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}
MOST_TOLD: Final = 200
"""Mistakes that are told of one document: a thousand more help nobody, and each takes time to word."""
UNKNOWN_CODES: Final = {"matcher": "RW215", "action": "RW214"}


def say(error: Any) -> list[Violation]:
    path: Path = tuple(error.absolute_path)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    if error.validator == "if":
        return []
    speak = WORDS.get(str(error.validator), other)
    out = speak(error, path, schema)
    if out and name_of(error) is not None:
        key = str(error.instance)
        out = [Violation(v.code, v.message, (*path, key), key=True, hint=v.hint) for v in out]
    return out


def name_of(error: Any) -> str | None:
    """The property's name when the complaint is about the name itself (`propertyNames`)."""
    if isinstance(error.instance, str) and "propertyNames" in error.absolute_schema_path:
        parent: Any = error
        while parent.parent is not None:
            parent = parent.parent
        schema_path = list(error.absolute_schema_path)
        if schema_path[-2:-1] == ["propertyNames"]:
            return error.instance
    return None


def wrong_type(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    value = error.instance
    allowed = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    if value is None and isinstance(schema.get("x-null"), str):
        return [Violation("RW407", at(path, "nothing equals null"), path, hint=schema["x-null"])]
    if schema.get("x-noun") == "literal" and isinstance(value, dict) and len(path) > 1:
        near = nearest(str(path[-2]), ("all", "any", "none"))
        if near is not None:
            text = at(path[:-1], f"no path, and no way to combine conditions; did you mean `{near}`?")
            return [
                Violation(
                    "RW215", text, path[:-1], key=True, hint="`all`, `any` and `none` combine conditions"
                )
            ]
    words = " or ".join(KINDS.get(str(t), str(t)) for t in allowed)
    found = (
        "nothing"
        if value is None
        else KINDS[kind_of(value)]
        if isinstance(value, (dict, list))
        else shown(value)
    )
    hint = None
    if value is None:
        hint = "give a value, or leave the key out"
    elif "array" in allowed and not isinstance(value, (dict, list)):
        hint = f"write a list: [{shown(value).strip('`')}]"
    elif (
        "array" in allowed
        and isinstance(value, dict)
        and len(path) > 1
        and path[-1] in ("all", "any", "none")
    ):
        hint = f"write a list: `{path[-1]}: [ {{ … }}, {{ … }} ]`"
    elif "array" in allowed and isinstance(value, dict) and path[-1:] == ("on",):
        hint = "write a list of events, with an action or without: `on: [issues.opened, issues.edited]`"
    elif "array" in allowed and isinstance(value, dict):
        hint = "write a list: begin each item with `- `, or put the braces into brackets: `[ { … } ]`"
    elif path[-1:] == ("when",):
        hint = "write `path: matcher`, such as `state: open`; `all`, `any` and `none` take lists of these"
    elif path[-1:] and path[-1] in _DURATIONS and isinstance(value, (int, float)):
        hint = f"a number needs a unit: `{value}s`, `{value}m` (minutes), `{value}h`, `{value}d`"
    elif "string" in allowed and isinstance(value, (bool, int, float)):
        hint = f'quote it: "{json.dumps(value)}"'
    elif isinstance(value, str) and set(allowed) & {"number", "integer", "boolean"}:
        hint = "write it without quotes" if looks_plain(value) else None
    return [Violation("RW204", at(path, f"expected {words}, found {found}"), path, hint=hint)]


def looks_plain(text: str) -> bool:
    return text in ("true", "false") or text.replace(".", "", 1).removeprefix("-").isdigit()


def kind_of(value: Any) -> str:
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "string"


def unknown_property(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    known = list(schema.get("properties", ()))
    # whoever ran the patterns of `patternProperties` says what is left over
    extras = getattr(error, "extras", None) or [k for k in error.instance if k not in known]
    noun = noun_at(path, schema)
    out = []
    for extra in extras[:MOST_TOLD]:
        if extra in schema.get("x-one-of", ()):
            first = next(name for name in schema["x-one-of"] if name in error.instance)
            text = f"`{first}` and {shown(extra)} exclude each other"
            hint = f"exactly one of {one_of(schema['x-one-of'])}"
            out.append(Violation("RW203", at(path, text), (*path, extra), key=True, hint=hint))
            continue
        free = [name for name in known if name not in error.instance] if noun not in UNKNOWN_CODES else known
        near = nearest(str(extra), free)
        code = UNKNOWN_CODES.get(str(noun), "RW203")
        if code == "RW203":
            text = f"unknown key {shown(extra)}" + (f" in {article(noun)}" if isinstance(noun, str) else "")
        else:
            text = f"unknown {noun} {shown(extra)}"
        text += f"; did you mean `{near}`?" if near else ""
        others = None if near or not known else f"known here: {one_of(known)}"
        if isinstance(extra, str) and " " in extra and error.instance.get(extra, "") is None:
            others = "between braces a comma ends the text before it: put that text into quotes"
        if code == "RW215" and path[-1:] == ("not",):
            others = "conditions are negated by `none: [ … ]`"
        out.append(Violation(code, at(path, text), (*path, extra), key=True, hint=others, supposed=near))
    return out


def noun_at(path: Path, schema: Mapping[str, Any]) -> Any:
    """What the thing is called, unless its key says the same."""
    noun = schema.get("x-noun")
    return None if path[-1:] == (noun,) else noun


def article(noun: str) -> str:
    if noun in ("metadata", "approvals", "evidence"):
        return noun
    return f"an {noun}" if noun.lstrip("`")[:1].lower() in "aeiou" or noun.startswith("SLO") else f"a {noun}"


def not_allowed(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    value = error.instance
    options = list(error.validator_value) if error.validator == "enum" else [error.validator_value]
    if isinstance(value, (dict, list)) or value is None:
        found = "nothing" if value is None else shown(value)
        text = f"expected {one_of(map(plain, options))}, found {found}"
        return [Violation("RW204", at(path, text), path)]
    noun = schema.get("x-noun")
    names = [str(name) for name in schema.get("x-names", ())]
    if noun == "action" and value in names:
        text = at(path, f"action `{value}` needs an argument")
        return [
            Violation(
                "RW214", text, path, hint=f"write `{value}: …`; `rulewright schema action/{value}` says what"
            )
        ]
    known = names or [plain(o) for o in options]
    near = mean(str(value), known)
    hint = None if near else f"one of {one_of(known)}" if len(known) > 1 else None
    if noun in ("action", "kind"):
        code = "RW214" if noun == "action" else "RW201"
        return [Violation(code, at(path, f"unknown {noun} {shown(value)}{near}"), path, hint=hint)]
    if len(options) == 1:
        text = f"must be `{plain(options[0])}`, found {shown(value)}"
    else:
        text = f"{shown(value)} is not allowed here{near}"
        hint = f"one of {one_of(known)}"
    return [Violation("RW205", at(path, text), path, hint=hint)]


def plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def missing(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    if error.validator == "dependentRequired":
        pairs = [(d, k) for k, ds in error.validator_value.items() if k in error.instance for d in ds]
    else:
        pairs = [(name, None) for name in error.validator_value]
    noun = noun_at(path, schema)
    out = []
    for name, because in pairs:
        if name in error.instance:
            continue
        alternative = f" or `{schema['x-or']}`" if "x-or" in schema else ""
        text = f"`{name}`{alternative} is missing" + (f" beside `{because}`" if because else "")
        if noun and not because:
            text = f"{article(str(noun))} needs `{name}`{alternative}"
        out.append(Violation("RW202", at(path, text), path, hint=description(schema, name), missing=name))
    return out


def description(schema: Mapping[str, Any], name: str) -> str | None:
    about = schema.get("properties", {}).get(name)
    text = about.get("description") if isinstance(about, dict) else None
    return f"`{name}`: {text}" if isinstance(text, str) else None


def bad_form(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    says = schema.get("x-says")
    if isinstance(says, dict):
        return [
            Violation(
                "RW206",
                at(path, f"{shown(error.instance)} is not {says['form']}"),
                path,
                hint=says.get("hint"),
            )
        ]
    text = f"{shown(error.instance)} does not match the pattern {shown(error.validator_value)}"
    return [Violation("RW206", at(path, text), path)]


def size(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    name, limit, value = str(error.validator), error.validator_value, error.instance
    count = len(value)
    form = schema.get("x-one-key")
    if form and name == "maxProperties":
        text = f"expected one {schema['x-noun']}, found {count}: {one_of(map(str, value))}"
        return [Violation("RW207", at(path, text), path, hint=f"write each as its own entry: `- {form}`")]
    unit = {"Items": "entries", "Length": "characters", "Properties": "keys"}[name[3:]]
    if name.startswith("min"):
        if count == 0:
            text = (
                "must not be empty"
                if unit != "keys" or not schema.get("x-noun")
                else f"an empty {schema['x-noun']} says nothing"
            )
            return [Violation("RW208", at(path, text), path, hint=f"expected {form}" if form else None)]
        return [Violation("RW208", at(path, f"needs at least {limit} {unit}, found {count}"), path)]
    return [Violation("RW210", at(path, f"takes at most {limit} {unit}, found {count}"), path)]


def repeated(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    seen: set[str] = set()
    for index, item in enumerate(error.instance):
        text = json.dumps(item, sort_keys=True)
        if text in seen:
            where = (*path, index)
            return [
                Violation("RW211", at(where, f"{shown(item)} stands here twice"), where, hint="remove one")
            ]
        seen.add(text)
    return [Violation("RW211", at(path, "has an entry twice"), path)]


_DURATIONS: Final = frozenset({"soak", "max_age", "duration", "grace_period", "timeout", "ttl", "keep"})
"""Keys whose text is a duration."""

RANGES: Final = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "greater than",
    "exclusiveMaximum": "less than",
    "multipleOf": "a multiple of",
}


def out_of_range(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    name = str(error.validator)
    strict = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}.get(name, "")
    if schema.get(strict) is True:  # draft 4
        name = strict
    text = f"{shown(error.instance)} must be {RANGES[name]} {plain(error.validator_value)}"
    return [Violation("RW209", at(path, text), path)]


def bad_format(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    return [
        Violation("RW212", at(path, f"{shown(error.instance)} is not a valid {error.validator_value}"), path)
    ]


def no_branch(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    forms = [s for s in error.validator_value if isinstance(s, dict)]
    if not error.context:
        return [
            Violation(
                "RW216", at(path, "fits more than one of the allowed forms, and must fit exactly one"), path
            )
        ]
    at_root = [e for e in error.context if not e.path]
    groups: dict[Any, list[Any]] = {}
    for child in at_root:
        groups.setdefault(child.schema_path[0], []).append(child)
    if len(groups) == len(forms):
        if all(any(e.validator == "type" for e in group) for group in groups.values()):
            types = [
                t
                for group in groups.values()
                for e in group
                if e.validator == "type"
                for t in listed(e.validator_value)
            ]
            return wrong_type_of(error, path, schema, list(dict.fromkeys(types)))
        leaves = [e for e in at_root if e.validator in ("const", "enum")]
        if leaves and len(leaves) == len(at_root):
            options = [
                o
                for e in leaves
                for o in (e.validator_value if e.validator == "enum" else [e.validator_value])
            ]
            near = mean(str(error.instance), map(plain, options)) if isinstance(error.instance, str) else ""
            text = f"{shown(error.instance)} is not allowed here{near}"
            return [Violation("RW205", at(path, text), path, hint=f"one of {one_of(map(plain, options))}")]
    needs = [e for e in at_root if e.validator == "required"]
    if needs and isinstance(error.instance, dict):
        absent = [n for e in needs for n in e.validator_value if n not in error.instance]
        text = f"needs one of {one_of(dict.fromkeys(map(str, absent)))}"
        return [Violation("RW202", at(path, text), path)]
    titles = [str(s["title"]) for s in forms if isinstance(s.get("title"), str)]
    text = f"{shown(error.instance)} fits none of the {len(forms)} allowed forms"
    return [Violation("RW216", at(path, text), path, hint=f"one of {one_of(titles)}" if titles else None)]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def wrong_type_of(error: Any, path: Path, schema: Mapping[str, Any], types: list[Any]) -> list[Violation]:
    from jsonschema import ValidationError

    stand_in = ValidationError(
        "", validator="type", validator_value=types, instance=error.instance, schema=dict(schema)
    )
    return wrong_type(stand_in, path, schema)


def negated(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    names = schema.get("x-one-of")
    if not isinstance(names, list):
        return [Violation("RW217", at(path, f"{shown(error.instance)} is excluded here"), path)]
    noun = schema["x-noun"]
    if not isinstance(error.instance, dict):
        return []
    for key in error.instance:
        near = nearest(str(key), names)
        if near is not None:
            text = at(path, f"unknown {noun} {shown(key)}; did you mean `{near}`?")
            return [Violation("RW203", text, (*path, key), key=True, supposed=near)]
    text = (
        f"no {noun}"
        if not error.instance
        else f"none of {one_of(map(str, error.instance))} is {article(noun)}"
    )
    return [Violation("RW202", at(path, text), path, hint=f"exactly one of {one_of(names)}")]


def other(error: Any, path: Path, schema: Mapping[str, Any]) -> list[Violation]:
    if error.validator is None:
        return [Violation("RW217", at(path, "is not allowed here"), path)]
    message = error.message if len(error.message) <= 200 else f"{error.message[:199]}…"
    return [Violation("RW217", at(path, message), path)]


WORDS: Final[Mapping[str, Callable[[Any, Path, Mapping[str, Any]], list[Violation]]]] = {
    "type": wrong_type,
    "additionalProperties": unknown_property,
    "unevaluatedProperties": unknown_property,
    "enum": not_allowed,
    "const": not_allowed,
    "required": missing,
    "dependentRequired": missing,
    "pattern": bad_form,
    "minItems": size,
    "maxItems": size,
    "minLength": size,
    "maxLength": size,
    "minProperties": size,
    "maxProperties": size,
    "uniqueItems": repeated,
    "minimum": out_of_range,
    "maximum": out_of_range,
    "exclusiveMinimum": out_of_range,
    "exclusiveMaximum": out_of_range,
    "multipleOf": out_of_range,
    "format": bad_format,
    "anyOf": no_branch,
    "oneOf": no_branch,
    "not": negated,
}
