"""Tables of keys: one row per key of a schema, nested keys below theirs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

__all__ = ["cell", "code", "keys", "names_of"]

Schema = dict[str, Any]

_FILES: Final = {
    "condition.schema.json": ("condition", "#conditions"),
    "action.schema.json": ("action", "actions.md"),
    "fact.schema.json": ("fact", "#named-facts"),
}
_LINKED: Final = {
    "rule": "#rule",
    "objective": "#objective",
    "source": "#source",
    "artifact": "#artifact",
    "environment": "#environment",
    "transition": "#transition",
    "requirement": "#requirement",
    "case": "#case",
}
_HEAD: Final = frozenset(("apiVersion", "kind"))


def names_of(defs: Iterable[str]) -> list[str]:
    """The definitions that readers meet, in the schema's order."""
    return [name for name in defs if not name.startswith("_")]


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: str) -> str:
    """Text as code, where it may hold a backtick itself."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def keys(
    schema: Schema, defs: Schema, *, only: Collection[str] | None = None, without: Collection[str] = ()
) -> list[str]:
    """The rows of a schema's properties: all, `only` some, or `without` some. `defs`: what `$ref` may name."""
    wanted = {
        name: found
        for name, found in schema.get("properties", {}).items()
        if name not in without and (only is None or name in only)
    }
    return list(_rows(wanted, set(schema.get("required", ())), defs, ""))


def _rows(properties: Schema, required: set[str], defs: Schema, prefix: str) -> Iterator[str]:
    for name, stated in properties.items():
        schema = {**_resolved(stated, defs), **{key: stated[key] for key in stated if key != "$ref"}}
        path = f"{prefix}{name}"
        needed = " (required)" if name in required else ""
        yield f"| `{path}`{needed} | {cell(_type(stated, schema, defs))} | {cell(_about(schema))} |"
        if name in _HEAD or _link(stated):
            continue
        yield from _below(schema, defs, path)


def _below(schema: Schema, defs: Schema, path: str) -> Iterator[str]:
    if "properties" in schema:
        yield from _rows(schema["properties"], set(schema.get("required", ())), defs, f"{path}.")
        return
    for key, step in (("items", "[]"), ("additionalProperties", ".NAME")):
        inner = schema.get(key)
        if isinstance(inner, dict) and not _link(inner):
            found = _resolved(inner, defs)
            if "properties" in found:
                required = set(found.get("required", ()))
                yield from _rows(found["properties"], required, defs, f"{path}{step}.")


def _resolved(schema: Schema, defs: Schema) -> Schema:
    reference = schema.get("$ref", "")
    found: Schema = (
        defs.get(reference.removeprefix("#/$defs/"), {}) if reference.startswith("#/$defs/") else schema
    )
    return found


def _link(schema: Schema) -> str:
    """The link to what a reference stands for, where that has a section of its own."""
    reference = schema.get("$ref", "")
    if reference in _FILES:
        word, place = _FILES[reference]
        return f"[{word}]({place})"
    name = reference.removeprefix("#/$defs/")
    return f"[{name}]({_LINKED[name]})" if name in _LINKED else ""


def _type(stated: Schema, schema: Schema, defs: Schema) -> str:
    link = _link(stated)
    if link:
        return link
    if "const" in schema:
        return f"`{_shown(schema['const'])}`"
    if "enum" in schema:
        return " \\| ".join(f"`{_shown(value)}`" for value in schema["enum"]).replace("\\|", "|")
    types = schema.get("type", [])
    words = [types] if isinstance(types, str) else list(types)
    return " or ".join(_word(one, schema, defs) for one in words)


def _word(one: str, schema: Schema, defs: Schema) -> str:
    if one == "array" and isinstance(schema.get("items"), dict):
        inner = schema["items"]
        return f"list of {_type(inner, _resolved(inner, defs), defs) or 'values'}"
    if one == "object" and isinstance(schema.get("additionalProperties"), dict):
        inner = schema["additionalProperties"]
        return f"mapping of names to {_type(inner, _resolved(inner, defs), defs) or 'values'}"
    return {"string": "text", "object": "mapping", "array": "list"}.get(one, one)


def _about(schema: Schema) -> str:
    parts = [schema.get("description", "")]
    if "default" in schema:
        parts.append(f"Default: `{_shown(schema['default'])}`.")
    bounds = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "above",
        "exclusiveMaximum": "below",
    }
    said = [f"{words} {schema[key]}" for key, words in bounds.items() if key in schema]
    if said:
        parts.append(f"{' and '.join(said).capitalize()}.")
    examples = schema.get("examples", ())
    if examples and all(not isinstance(one, dict | list) for one in examples):
        parts.append("Such as " + ", ".join(code(_shown(one)) for one in examples) + ".")
    return " ".join(part for part in parts if part)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
