"""Our own schemas ready for use: built once for each, every `$ref` resolved within our folder beforehand.

A predicate answers first; jsonschema is imported for what it refuses.
"""

from __future__ import annotations

import posixpath
from functools import cache
from typing import TYPE_CHECKING, Any

from rulewright.policy.json_schema.check import schema
from rulewright.policy.json_schema.fast_validator import Acceptors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema import ValidationError

Schema = dict[str, Any]

_TARGETS: dict[str, Schema] = {}
"""`name#/pointer` → the schema there. Filled while schemas are loaded."""


def errors_of(name: str, value: Any) -> Iterator[ValidationError]:
    """jsonschema's errors for `value`. Raises UsageError for an unknown name."""
    if acceptor(name)(value):
        return iter(())
    errors: Iterator[ValidationError] = own_validator(name).iter_errors(value)
    return errors


@cache
def acceptor(name: str) -> Callable[[Any], bool]:
    """Whether a value fits one of our schemas. Raises UsageError for an unknown name."""
    return _ACCEPTORS.of(resolved(name))


@cache
def own_validator(name: str) -> Any:
    """jsonschema's validator for one of our schemas. Raises UsageError for an unknown name."""
    from jsonschema import Draft202012Validator, validators

    own = validators.extend(Draft202012Validator, {"$ref": _follow})  # type: ignore[no-untyped-call]
    return own(resolved(name))


def _follow(validator: Any, ref: str, instance: Any, _schema: Schema) -> Iterator[ValidationError]:
    errors: Iterator[ValidationError] = validator.descend(instance, _TARGETS[ref])
    return errors


@cache
def resolved(name: str) -> Schema:
    """The schema with every `$ref` written as `name#/pointer` and its target known. Not to be changed."""
    document = schema(name)
    # jsonschema picks the validator's class by `$schema`, and would lose ours on the way through a reference
    document.pop("$schema", None)
    pending = list(_absolute(document, name))
    for ref in pending:
        if ref not in _TARGETS:
            other, _, pointer = ref.partition("#")
            _TARGETS[ref] = _pointed(document if other == name else resolved(other), pointer)
    return document


def _absolute(node: Any, name: str) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _absolute(item, name)
    elif isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str):
            file, _, pointer = ref.partition("#")
            if file:
                file = posixpath.normpath(posixpath.join(posixpath.dirname(name), file)).removesuffix(
                    ".schema.json"
                )
            node["$ref"] = f"{file or name}#{pointer}"
            yield node["$ref"]
        for key, value in node.items():
            if key not in ("enum", "const", "examples", "default"):
                yield from _absolute(value, name)


def _pointed(document: Schema, pointer: str) -> Schema:
    node: Any = document
    for part in pointer.split("/")[1:]:
        node = node[part.replace("~1", "/").replace("~0", "~")]
    found: Schema = node
    return found


_ACCEPTORS = Acceptors(_TARGETS.__getitem__)
