"""The schemas in schemas/, for editors and other tools, made from those that the engine checks with.

Both accept the same documents. The engine's say in annotations (`x-noun`, `x-says`, …) how a mistake is worded, and
are arranged for checking. Those in schemas/ have standard keywords only, pass the strict mode of ajv, and are arranged
for yaml-language-server, which VS Code, Neovim and others use:

- It completes and explains the keys of the branch of an `if` that applies, of no other. So a mapping with exactly one
  of several keys lists them all while it has none.
- Of `oneOf` it reports the branch that fits best, by a wrong guess if none fits. So alternatives are told apart by
  their type, and the details of each are behind an `if` of that type.
- It names the keys that are allowed if the names are an `enum`; `additionalProperties: false` names the wrong key only.
- `default` and examples that are mappings become text that it inserts. So defaults are told in the description.
"""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING, Any, Final

from pages.short_names import SHORT_NAMES
from rulewright.policy.json_schema.bundled_schema import follow_pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Schema = dict[str, Any]

_OF_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength", "pattern"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "array": frozenset({"items", "minItems", "maxItems", "uniqueItems"}),
    "object": frozenset(
        {
            "properties",
            "patternProperties",
            "additionalProperties",
            "propertyNames",
            "required",
            "dependentRequired",
            "minProperties",
            "maxProperties",
        }
    ),
    "boolean": frozenset(),
    "null": frozenset(),
}
_TYPES: Final = tuple(_OF_TYPE)
_ANNOTATIONS: Final = ("$schema", "$id", "title", "description", "examples", "deprecated")
_NAMED: Final = frozenset({"properties", "patternProperties", "$defs"})
_BELOW: Final = frozenset({"items", "additionalProperties", "not", "if", "then", "else"})


def texts(folder: Path) -> dict[str, str]:
    """Path below schemas/ → text, for each schema of the engine below `folder`."""
    schemas: dict[str, Schema] = {
        path.relative_to(folder).as_posix(): json.loads(path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.schema.json"))
    }
    items = frozenset(found for name, schema in schemas.items() for found in _item_references(schema, name))
    published = {name: _Publisher(name, schemas, items).publish() for name in schemas}
    condition = published["condition.schema.json"]
    condition["properties"] |= {
        name: {"description": description, "$ref": "#/$defs/matcher"}
        for name, description in SHORT_NAMES.items()
    }
    return {
        name: f"{json.dumps(schema, indent=2, ensure_ascii=False)}\n" for name, schema in published.items()
    }


class _Publisher:
    """Converts one schema of the engine, that of the file `name` among all `schemas`.

    `items`: the references, with the file, of schemas that are those of the items of a list.
    """

    def __init__(self, name: str, schemas: Mapping[str, Schema], items: frozenset[str]) -> None:
        self.name = name
        self.schemas = schemas
        self.items = items

    def publish(self) -> Schema:
        """The schema for editors."""
        published: Schema = self.convert(self.schemas[self.name], is_item=f"{self.name}#" in self.items)
        return published

    def convert(self, node: Any, *, is_item: bool = False) -> Any:
        """One schema, with all that is in it. `is_item`: it is that of the items of a list."""
        if not isinstance(node, dict):
            return node
        found = _annotations(node)
        rules = {
            key: value
            for key, value in node.items()
            if key not in _ANNOTATIONS and key not in ("default", "format") and not key.startswith("x-")
        }
        definitions = {"$defs": rules.pop("$defs")} if "$defs" in rules else {}
        rearranged = self._rules(rules, found)
        if is_item and "anyOf" in rearranged:
            rearranged = _without_alternatives(rearranged)
            found.pop("examples", None)  # would be offered as keys of a new item
        return {**found, **rearranged, **self._inner(definitions)}

    def _rules(self, node: Schema, annotations: Schema) -> Schema:
        """What a schema says besides its annotations, rearranged."""
        if not node:
            return {"anyOf": [{"type": name} for name in _TYPES if name != "integer"]}
        if (keyed := _chain(node)) is not None:
            choices, otherwise = keyed
            return self._one_of_keys(choices, otherwise)
        if "oneOf" in node:
            alternatives = node["oneOf"]
            rest = {key: value for key, value in node.items() if key != "oneOf"}
            if all(set(one) <= {"required", "description"} for one in alternatives):
                return self._typed(rest, exclusive=[one["required"][0] for one in alternatives])
            found = None if set(rest) - {"type"} else self._one_of_types(alternatives, annotations)
            if found is not None:
                return found
        types = node.get("type")
        if isinstance(types, list):
            return self._union(node, types, annotations)
        return self._typed(node)

    def _inner(self, node: Schema) -> Schema:
        """The same keywords, with the schemas below them converted."""
        found: Schema = {}
        for key, value in node.items():
            if key in _NAMED:
                found[key] = {
                    name: self.convert(
                        inner, is_item=key == "$defs" and f"{self.name}#/$defs/{name}" in self.items
                    )
                    for name, inner in value.items()
                }
            elif key == "propertyNames":
                found[key] = {
                    "title": "name",
                    **self.convert(value),
                }  # what editors offer for a key of any name
            elif key in _BELOW:
                is_condition = _is_condition(key, value)
                found[key] = _named(value) if is_condition else self.convert(value, is_item=key == "items")
            elif key in ("allOf", "anyOf", "oneOf"):
                found[key] = [self.convert(inner) for inner in value]
            else:
                found[key] = value
        return found

    def _typed(self, node: Schema, *, exclusive: Sequence[str] = ()) -> Schema:
        """A schema of one type. A closed mapping lists the names of its keys; of `exclusive` it has exactly one."""
        found = _named(self._inner(node))
        if "$ref" in node and node.keys() & frozenset.union(*_OF_TYPE.values()):
            found["type"] = self._resolved(node)["type"]
        condition: Schema = {}
        if _is_closed(node):
            del found["additionalProperties"]
            condition["propertyNames"] = {"enum": list(node["properties"])}
            if node.get("minProperties") == node.get("maxProperties") == 1 and len(node["properties"]) == 2:
                # no key is completed in a mapping of at most one
                del found["minProperties"], found["maxProperties"]
                exclusive = list(node["properties"])
        if exclusive:
            condition |= _exactly_one(exclusive)
        return _with_condition(found, {"if": {"type": "object"}, "then": condition}) if condition else found

    def _union(self, node: Schema, types: Sequence[str], annotations: Schema) -> Schema:
        """A schema of several types: what is said of each stands behind that type."""
        of_text = node["then"] if node.get("if") == {"type": "string"} else {}
        alternatives = []
        for name in types:
            own = {key: node[key] for key in node if key in _OF_TYPE[name]}
            more = (
                {key: of_text[key] for key in of_text if not key.startswith("x-")} if name == "string" else {}
            )
            alternatives.append({"type": name, **own, **more})
        shared = {key: node[key] for key in node if key in ("enum", "const")}
        found = self._one_of_types(alternatives, annotations)
        assert found is not None
        return {**shared, **found}

    def _one_of_types(self, alternatives: Sequence[Schema], annotations: Schema) -> Schema | None:
        """Alternatives of different types, and of mappings those with different required keys. None for others.

        Mappings have the title of the whole. Where the whole is described, editors show no description of a branch in
        its place: only values of an `enum` keep theirs.
        """
        by_type: dict[str, list[Schema]] = {}
        for one in alternatives:
            name = self._resolved(one).get("type")
            if not isinstance(name, str) or (name in by_type and name != "object"):
                return None
            if "description" in annotations and "enum" not in one:
                one = {key: value for key, value in one.items() if key != "description"}
            if name == "object" and "title" in annotations and "$ref" not in one:
                one = {"title": annotations["title"], **one}
            by_type.setdefault(name, []).append(one)
        simple = [self.convert(one) for name, (one, *_) in by_type.items() if name not in ("object", "array")]
        simple.sort(
            key=lambda one: one.get("type") == "null"
        )  # the first type is the one that editors insert
        branches: list[tuple[str, Schema]] = []
        for name in ("array", "object"):
            if name not in by_type:
                continue
            found = self._merged(by_type[name])
            if found is None:
                return None
            simple.append({"type": name})
            if set(found) - {"type", "description", "title"}:
                branches.append((name, found))
        if len(simple) == 1:
            return branches[0][1] if branches else simple[0]
        found = {"anyOf": simple}
        chain: Schema = {}
        for name, branch in branches:
            chain = {"if": {"type": name}, "then": branch, **({"else": chain} if chain else {})}
        return {**found, **chain}

    def _merged(self, alternatives: Sequence[Schema]) -> Schema | None:
        """Alternatives of one type as one schema. None if they cannot be told apart."""
        if len(alternatives) == 1:
            found = self.convert(alternatives[0])
            return found if "$ref" in found else {"type": self._resolved(alternatives[0])["type"], **found}
        choices = {}
        for one in alternatives:
            required = self._resolved(one).get("required", [])
            if len(required) != 1 or required[0] in choices:
                return None
            choices[required[0]] = one
        return self._one_of_keys(choices, None)

    def _one_of_keys(self, choices: Mapping[str, Schema], otherwise: Schema | None) -> Schema:
        """A mapping with exactly one of the keys, and what else that one allows; or none of them and `otherwise`."""
        offered = {key: self._property(choice, key) for key, choice in choices.items()}
        none: Schema = {"properties": offered}
        if otherwise is not None:
            none = {"allOf": [self.convert(otherwise), {"type": "object", **none}]}
        else:
            resolved = [self._resolved(choice) for choice in choices.values()]
            always = set.intersection(*(set(one["required"]) for one in resolved))
            properties = resolved[0]["properties"]
            shared = {key: self.convert(properties[key]) for key in properties if key in always}
            none = {"properties": {**shared, **offered}, **_none_of_keys(list(shared), list(choices))}
        return {
            "type": "object",
            "if": {"properties": dict.fromkeys(choices, False)},
            "then": none,
            "else": {
                "allOf": [
                    {"if": {"properties": {key: True}, "required": [key]}, "then": self.convert(choice)}
                    for key, choice in choices.items()
                ]
            },
        }

    def _property(self, choice: Schema, key: str) -> Schema:
        """The schema of one key of a choice, which is a reference or stands where it is."""
        if "$ref" in choice:
            return {"$ref": f"{choice['$ref']}/properties/{key}"}
        return self.convert(choice["properties"][key])  # type: ignore[no-any-return]

    def _resolved(self, node: Schema) -> Schema:
        """The schema that a reference leads to, or the schema itself."""
        if "$ref" not in node:
            return node
        file, _, pointer = node["$ref"].partition("#")
        whole = self.schemas[posixpath.join(posixpath.dirname(self.name), file) if file else self.name]
        return follow_pointer(whole, pointer)


def _item_references(node: Any, name: str) -> Iterator[str]:
    """What `items` refers to in the schema of the file `name`: `file#pointer`."""
    if isinstance(node, list):
        for inner in node:
            yield from _item_references(inner, name)
    elif isinstance(node, dict):
        items = node.get("items")
        if isinstance(items, dict) and "$ref" in items:
            file, _, pointer = items["$ref"].partition("#")
            yield f"{file or name}#{pointer}"
        for inner in node.values():
            yield from _item_references(inner, name)


def _annotations(node: Schema) -> Schema:
    """Title, description and examples: in standard keywords, what the engine's annotations say to readers."""
    found: Schema = {key: node[key] for key in ("$schema", "$id") if key in node}
    title = node.get("title", node.get("x-noun", "").replace("`", ""))
    if title:
        found["title"] = title
    description = " ".join(_sentences(node))
    if description:
        found["description"] = description
    examples = [one for one in node.get("examples", ()) if isinstance(one, str | int | float)]
    if not examples and node.get("type") in ("number", "integer"):
        examples = [node[key] for key in ("default", "minimum") if key in node][:1]
    if examples:
        found["examples"] = examples
    return found


def _sentences(node: Schema) -> Iterator[str]:
    description = node.get("description", "")
    if description:
        yield description
    form = node.get("x-says", {}).get("form")
    if form is not None and form.rpartition(" of ")[2].lower() not in description.lower():
        yield f"{form[0].upper()}{form[1:]}."
    if "default" in node and "Default: " not in description and "default)" not in description:
        yield f"Default: `{json.dumps(node['default']).strip(chr(34))}`."


def _without_alternatives(node: Schema) -> Schema:
    """The schema with the types that it allows told by `if` instead of by `anyOf`: editors offer each branch of `anyOf`
    as an item to insert, such as "string"."""
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    simple = [one for one in node["anyOf"] if set(one) != {"type"} or one["type"] not in _types_told(rest)]
    last = _as_pattern(simple[0]) if len(simple) == 1 else {"if": True, "then": {"anyOf": simple}}
    return _with_last_branch(rest, last)


def _as_pattern(node: Schema) -> Schema:
    """A schema of text with its `enum` as a pattern: editors offer the values of an `enum` also as values of the key of
    the same name, such as `close: close`."""
    if node.get("type") != "string" or "enum" not in node:
        return node
    rest = {key: value for key, value in node.items() if key != "enum"}
    return {**rest, "pattern": f"^({'|'.join(map(re.escape, node['enum']))})$"}


def _types_told(node: Schema) -> Iterator[str]:
    """The types that a chain of `if` tells apart."""
    while "if" in node:
        yield node["if"]["type"]
        node = node.get("else", {})


def _with_last_branch(node: Schema, last: Schema) -> Schema:
    """A chain of `if`, with what holds where none of them applies."""
    if "if" not in node:
        return {**node, **last}
    return {**node, "else": _with_last_branch(node.get("else", {}), last)}


def _chain(node: Schema) -> tuple[dict[str, Schema], Schema | None] | None:
    """The choices of a mapping that is told apart by its keys, and what holds for one with none of them (None: it is
    wrong). None for other schemas."""
    choices: dict[str, Schema] = {}
    link = {key: value for key, value in node.items() if key != "type"}
    while set(link) == {"if", "then", "else"} and set(link["if"]) == {"required"}:
        (key,) = link["if"]["required"]
        choices[key] = link["then"]
        link = link["else"]
    if not choices:
        return None
    return choices, None if link.get("not") == {} else link


def _is_closed(node: Schema) -> bool:
    """Whether a mapping allows only the keys that it names."""
    return (
        node.get("additionalProperties") is False
        and bool(node.get("properties"))
        and "patternProperties" not in node
    )


def _is_condition(key: str, value: Any) -> bool:
    return key == "if" or (
        key in ("then", "not") and isinstance(value, dict) and set(value) <= {"required", "x-or"}
    )


def _named(node: Schema) -> Schema:
    """A schema in which each required key is among `properties`, as the strict mode of ajv asks."""
    node = {
        key: _named(value) if key == "not" else value
        for key, value in node.items()
        if not key.startswith("x-")
    }
    missing = [key for key in node.get("required", ()) if key not in node.get("properties", {})]
    if not missing:
        return node
    return {**node, "properties": {**node.get("properties", {}), **dict.fromkeys(missing, True)}}


def _none_of_keys(shared: list[str], keys: list[str]) -> Schema:
    """A mapping with none of the keys, which is wrong: what is there besides `shared` may be one of them, misspelt."""
    names = {"propertyNames": {"enum": [*shared, *keys]}}
    if not shared:
        return {**names, "minProperties": 1}
    missing = {"properties": {keys[0]: True}, "required": [keys[0]]}
    return {"required": shared, "if": {"propertyNames": {"enum": shared}}, "then": missing, "else": names}


def _exactly_one(keys: Iterable[str]) -> Schema:
    """A mapping has exactly one of the keys. The first one is asked for if it has none."""
    first, *others = keys
    found: Schema = {"properties": {first: True}, "required": [first]}
    for key in reversed(others):
        without = {other: False for other in (first, *others) if other != key}
        found = {
            "if": {"properties": {key: True}, "required": [key]},
            "then": {"properties": without},
            "else": found,
        }
    return found


def _with_condition(node: Schema, condition: Schema) -> Schema:
    """The schema with one more `if`."""
    if "if" not in node:
        return {**node, **condition}
    rest = {key: value for key, value in node.items() if key not in ("if", "then", "else")}
    held = {key: node[key] for key in ("if", "then", "else") if key in node}
    return {**rest, "allOf": [*rest.get("allOf", ()), held, condition]}
