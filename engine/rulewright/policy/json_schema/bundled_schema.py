"""The bundled JSON Schemas: found by name, and each made ready once, with every `$ref` resolved within their folder.

`policy/schemas/` holds what documents are checked with. The schemas for editors and other tools are made from those
and are in `schemas/`: without the annotations that only the engine reads, and arranged for completion.

A predicate (`fast_validator.py`) answers first; jsonschema is imported for what it refuses. Nothing is ever fetched.
"""

from __future__ import annotations

import json
import posixpath
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from rulewright.policy.diagnostics import UsageError
from rulewright.policy.files import data_folder
from rulewright.policy.json_schema.fast_validator import Acceptors
from rulewright.policy.json_types import value_at
from rulewright.policy.kinds import KINDS
from rulewright.policy.suggestions import did_you_mean, list_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema import ValidationError

    from rulewright.policy.json_schema.keyword import SchemaValidator
    from rulewright.policy.json_types import Json, JsonObject

BY_KIND: Final[Mapping[str, str]] = {
    **{name: kind.schema for name, kind in KINDS.items()},
    "Library": "policy",
    "PolicyTest": "test",
    "Model": "model",
    "ModelSuite": "suite",
    "Measurement": "measurement",
    "Config": "config",
}
"""`kind` of a document → name of its schema."""

META_SCHEMAS: Final = (
    "http://json-schema.org/draft-04/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
)
"""What `$schema` of a JSON Schema may name. A document that names one is itself a schema."""

_SUFFIX: Final = ".schema.json"
_FOLDER: Final = Path(__file__).resolve().parent.parent / "schemas"
_TARGETS: Final[dict[str, JsonObject]] = {}
"""`name#/pointer` → the schema there. Filled while schemas are loaded."""
_ACCEPTORS: Final = Acceptors(_TARGETS.__getitem__)


@cache
def schema_names() -> tuple[str, ...]:
    """The names of the bundled schemas, sorted: `action/comment`, `policy`, …"""
    return tuple(sorted(_files()))


@cache
def _files() -> dict[str, Path]:
    files = [*_FOLDER.glob(f"*{_SUFFIX}"), *_FOLDER.glob(f"action/*{_SUFFIX}")]
    return {path.relative_to(_FOLDER).as_posix().removesuffix(_SUFFIX): path for path in files}


def is_meta_schema(name: Json) -> bool:
    """Whether a `$schema` names a draft of JSON Schema."""
    return isinstance(name, str) and name.rstrip("#") in META_SCHEMAS


def schema_file(name: str) -> Path:
    """The file of a bundled schema. Raises UsageError with the nearest name when there is none."""
    files = _files()
    if name not in files:
        hint = f"known: {list_names(schema_names())}"
        raise UsageError(f"unknown schema {name!r}{did_you_mean(name, files)}", hint=hint)
    return files[name]


def published_text(name: str) -> str:
    """The text of a schema as editors and other tools read it. Raises UsageError when there is none."""
    return (data_folder("schemas") / schema_file(name).relative_to(_FOLDER)).read_text(encoding="utf-8")


def load_schema(name: str) -> JsonObject:
    """A bundled schema as data of its own. Raises UsageError when there is none."""
    loaded: JsonObject = json.loads(schema_file(name).read_text(encoding="utf-8"))
    return loaded


def validation_errors(name: str, value: object) -> Iterator[ValidationError]:
    """jsonschema's errors for `value`. Raises UsageError for an unknown name."""
    if acceptor(name)(value):
        return iter(())
    return bundled_validator(name).iter_errors(cast("Json", value))


@cache
def acceptor(name: str) -> Callable[[object], bool]:
    """Whether a value fits a bundled schema. Raises UsageError for an unknown name."""
    return _ACCEPTORS.of(resolve_schema(name))


@cache
def bundled_validator(name: str) -> SchemaValidator:
    """jsonschema's validator for a bundled schema. Raises UsageError for an unknown name."""
    from jsonschema import Draft202012Validator, validators

    extended = validators.extend(Draft202012Validator, {"$ref": _follow_reference})  # type: ignore[no-untyped-call]
    return extended(resolve_schema(name))  # type: ignore[no-any-return]


def _follow_reference(
    validator: SchemaValidator, ref: str, instance: Json, _schema: JsonObject
) -> Iterator[ValidationError]:
    return validator.descend(instance, _TARGETS[ref])


@cache
def resolve_schema(name: str) -> JsonObject:
    """The schema with every `$ref` written as `name#/pointer` and its target known. Not to be changed."""
    schema = load_schema(name)
    # jsonschema picks the validator's class by `$schema`, and would lose ours on the way through a reference
    schema.pop("$schema", None)
    for ref in list(_make_absolute(schema, name)):
        if ref not in _TARGETS:
            other, _, pointer = ref.partition("#")
            _TARGETS[ref] = follow_pointer(schema if other == name else resolve_schema(other), pointer)
    return schema


def _make_absolute(node: Json, name: str) -> Iterator[str]:
    """Every reference in the schema `name`, after writing it with the name of the schema that it leads to."""
    if isinstance(node, list):
        for item in node:
            yield from _make_absolute(item, name)
    elif isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str):
            file, _, pointer = ref.partition("#")
            if file:
                path = posixpath.join(posixpath.dirname(name), file)
                file = posixpath.normpath(path).removesuffix(_SUFFIX)
            absolute = node["$ref"] = f"{file or name}#{pointer}"
            yield absolute
        for key, value in node.items():
            if key not in ("enum", "const", "examples", "default"):
                yield from _make_absolute(value, name)


def follow_pointer(schema: JsonObject, pointer: str) -> JsonObject:
    """The schema that a JSON Pointer leads to. Raises KeyError where it leads nowhere."""
    steps = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    return cast("JsonObject", value_at(schema, tuple(steps)))
