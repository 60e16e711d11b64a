"""Every REST request held against GitHub's own description of its API; answers too, where a test wants it.

A request that the description does not know is the client's mistake, even where GitHub would shrug: it is noted in the
simulator's `violations`, which tests hold to be empty.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from github_simulator.openapi import Operation, Parameter, described, find_operation, validator

__all__ = ["Checks"]

# The cursor in GitHub's own page links is in no description.
_LINKED = frozenset({"after", "before", "page"})


class Checks:
    """`responses` switches on that answers are held against the description as well."""

    def __init__(self, violations: list[str]) -> None:
        self._violations = violations
        self.enabled = True
        self.responses = False

    @property
    def available(self) -> bool:
        """Whether GitHub's description is there; without it nothing is checked."""
        return self.enabled and described()

    def request(self, method: str, path: str, query: Mapping[str, str], body: Any) -> str | None:
        """The first thing wrong with a request, noted; None where nothing is."""
        if not self.available:
            return None
        operation = find_operation(method, path)
        if operation is None:
            return self._noted(f"{method} {path}: GitHub's description has no such operation")
        problem = next(_problems(operation, query, body), None)
        return None if problem is None else self._noted(f"{method} {path}: {problem}")

    def response(self, method: str, path: str, status: int, data: Any) -> None:
        """Notes what is wrong with an answer of the simulator's own."""
        if not (self.available and self.responses) or status == 304:
            return
        operation = find_operation(method, path)
        if operation is None or not operation.described:
            return
        if str(status) not in operation.responses:
            if status not in (401, 403, 404, 422):
                self._noted(f"{method} {path}: answered {status}, which the description lacks")
            return
        schema = operation.responses[str(status)]
        if schema is None:
            if data is not None:
                self._noted(f"{method} {path}: answered {status} with a body")
            return
        for error in _compiled_response(operation.method, operation.template, str(status)).iter_errors(data):
            where = "/".join(map(str, error.absolute_path))
            self._noted(f"{method} {path}: answer {status}, at {where or 'the top'}: {_short(error)}")
            return

    def _noted(self, problem: str) -> str:
        self._violations.append(problem)
        return problem


def _problems(operation: Operation, query: Mapping[str, str], body: Any) -> Iterator[str]:
    declared = {one.name.removesuffix("[]"): one for one in operation.parameters if one.place == "query"}
    for name, text in query.items():
        parameter = declared.get(name.removesuffix("[]"))
        if parameter is None:
            if name not in _LINKED or operation.method != "GET":
                yield f"the query parameter {name} is not described"
        elif not _fits(parameter, text):
            yield f"the query parameter {name} cannot be {text!r}"
        elif name == "per_page" and int(text) > 100:
            yield "per_page is at most 100"
    for parameter in declared.values():
        if parameter.required and parameter.name not in query:
            yield f"the query parameter {parameter.name} is required"
    if operation.body is None:
        if body not in (None, {}):
            yield "a body is not described"
        return
    if body is None:
        if operation.body_required:
            yield "a body is required"
        return
    for error in _compiled_body(operation.method, operation.template).iter_errors(body):
        where = "/".join(map(str, error.absolute_path))
        yield f"the body, at {where or 'the top'}: {_short(error)}"
    if isinstance(body, dict) and (known := _members(operation.body)):
        for name in body.keys() - known:
            yield f"the body's member {name} is not described"


def _fits(parameter: Parameter, text: str) -> bool:
    schema = parameter.schema
    kind = schema.get("type")
    if kind == "integer" and not text.lstrip("-").isdecimal():
        return False
    if kind == "boolean" and text not in ("true", "false"):
        return False
    return "enum" not in schema or text in map(str, schema["enum"])


def _members(schema: Mapping[str, Any]) -> set[str]:
    """The members that any branch of a schema names; empty where it takes any."""
    known = set(schema.get("properties", ()))
    for word in ("oneOf", "anyOf", "allOf"):
        for branch in schema.get(word, ()):
            known |= _members(branch)
    return known


@functools.cache
def _compiled_body(method: str, template: str) -> Any:
    operation = find_operation(method, template)
    assert operation is not None
    assert operation.body is not None
    return validator(operation.body)


@functools.cache
def _compiled_response(method: str, template: str, status: str) -> Any:
    operation = find_operation(method, template)
    assert operation is not None
    schema = operation.responses[status]
    assert schema is not None
    return validator(schema)


def _short(error: Any) -> str:
    """The deepest cause, cut: validation messages quote whole answers."""
    from jsonschema.exceptions import best_match

    deepest = best_match([error]) or error
    where = "/".join(map(str, deepest.absolute_path))
    text = deepest.message
    return f"{where}: {text if len(text) <= 200 else text[:199] + '…'}"
