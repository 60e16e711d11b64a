"""GitHub's OpenAPI description as JSON Schemas that can be asked: once per process, when it is first needed.

The description is OpenAPI 3.0: `nullable` becomes a type of JSON Schema, and what stands beside a `$ref` is dropped.
Loading takes about 0.1 s. What it lacks and the simulator serves all the same is in `undescribed`.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from external_data import OPENAPI
from github_simulator.rest.route import pattern
from github_simulator.undescribed import PATHS

__all__ = ["Operation", "Parameter", "described", "find_operation", "validator"]

_URI = "urn:github:rest"
_WORDLESS = frozenset(
    {"default", "description", "discriminator", "example", "examples", "format", "nullable"}
)


class Parameter(NamedTuple):
    name: str
    place: str  # path | query | header
    schema: Mapping[str, Any]
    required: bool


class Operation(NamedTuple):
    """One method of one path. `body` and `responses` are JSON Schemas; `body` None: it takes none."""

    method: str
    template: str
    parameters: tuple[Parameter, ...]
    body: Mapping[str, Any] | None
    body_required: bool
    responses: Mapping[str, Mapping[str, Any] | None]
    described: bool


def described() -> bool:
    """Whether the description is there: tests fetch it (`make test-data`), the demo does without."""
    return OPENAPI.is_file()


@functools.cache
def _document() -> dict[str, Any]:
    return json.loads(OPENAPI.read_text(encoding="utf-8")) if described() else {"components": {}, "paths": {}}


@functools.cache
def _schemas() -> Any:
    """The registry that `$ref`s are looked up in."""
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    components = {"components": {"schemas": _translated(_document()["components"].get("schemas", {}))}}
    return Registry().with_resource(_URI, Resource.from_contents(components, DRAFT202012))


@functools.cache
def _operations() -> tuple[tuple[re.Pattern[str], dict[str, Operation]], ...]:
    rows = []
    for template, methods in [*_document()["paths"].items(), *PATHS.items()]:
        found = {
            method.upper(): _operation(method.upper(), template, raw, template not in PATHS)
            for method, raw in methods.items()
            if method in ("get", "post", "patch", "put", "delete")
        }
        rows.append((pattern(template), found, template))
    rows.sort(key=lambda row: [part.startswith("{") for part in row[2].split("/")])
    return tuple((expression, found) for expression, found, _ in rows)


def find_operation(method: str, path: str) -> Operation | None:
    """The operation that serves a path, which is still percent-encoded."""
    for expression, found in _operations():
        if method in found and expression.fullmatch(path):
            return found[method]
    return None


def validator(schema: Mapping[str, Any]) -> Any:
    """A validator of a schema out of an Operation."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema, registry=_schemas())


def _operation(method: str, template: str, raw: Mapping[str, Any], cut: bool) -> Operation:
    parameters = []
    for one in raw.get("parameters", ()):
        found = _resolved(one)
        parameters.append(
            Parameter(
                found["name"], found["in"], _translated(found.get("schema", {})), found.get("required", False)
            )
        )
    body = raw.get("requestBody")
    content = body["content"]["application/json"]["schema"] if body else None
    responses = {}
    for status, one in raw.get("responses", {}).items():
        schema = _resolved(one).get("content", {}).get("application/json", {}).get("schema")
        responses[status] = None if schema is None else _translated(schema)
    return Operation(
        method,
        template,
        tuple(parameters),
        None if content is None else _translated(content),
        bool(body and body.get("required")),
        responses,
        cut,
    )


def _resolved(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parameters and responses may be references into the components."""
    while "$ref" in one:
        _, _, group, name = one["$ref"].split("/")
        one = _document()["components"][group][name]
    return one


def _translated(schema: Any) -> Any:
    """OpenAPI 3.0 → JSON Schema 2020-12."""
    if isinstance(schema, list):
        return [_translated(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return {"$ref": _URI + schema["$ref"]}
    made = {
        key: {name: _translated(one) for name, one in value.items()}
        if key == "properties"
        else _translated(value)
        for key, value in schema.items()
        if key not in _WORDLESS
    }
    if schema.get("nullable") is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made
