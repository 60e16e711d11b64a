"""Our JSON Schemas, and documents checked against them or against any other schema.

`check` reports every mistake once, at its place, about the branch that the author meant. jsonschema is
imported when the first document is checked. Nothing is ever fetched: our schemas refer to each other within
their folder.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.diagnostics import UsageError, ordered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path as FilePath

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document

Path = tuple[str | int, ...]

BY_KIND: Final[Mapping[str, str]] = {
    "Triage": "policy",
    "Grooming": "policy",
    "SLOGate": "policy",
    "Promotion": "policy",
    "Library": "policy",
    "PolicyTest": "test",
    "Model": "model",
    "ModelSuite": "suite",
    "Config": "config",
}
"""`kind` of a document → name of its schema."""


@cache
def schema_names() -> tuple[str, ...]:
    """The names of our schemas, sorted: `action/comment`, `policy`, …"""
    return tuple(sorted(_files()))


@cache
def _files() -> dict[str, FilePath]:
    from rulewright.policy.files import data_folder

    folder = data_folder("schemas")
    suffix = ".schema.json"
    found = [*folder.glob(f"*{suffix}"), *folder.glob(f"action/*{suffix}")]
    return {path.relative_to(folder).as_posix().removesuffix(suffix): path for path in found}


def schema_text(name: str) -> str:
    """One of our schemas as its file's text. Raises UsageError with the nearest name when there is none."""
    files = _files()
    if name not in files:
        from rulewright.policy.suggestions import mean, one_of

        raise UsageError(f"no schema {name!r}{mean(name, files)}", hint=f"known: {one_of(schema_names())}")
    return files[name].read_text(encoding="utf-8")


def schema(name: str) -> dict[str, Any]:
    """One of our schemas as data of its own. Raises UsageError when there is none."""
    loaded: dict[str, Any] = json.loads(schema_text(name))
    return loaded


def check(
    document: Document, name_or_schema: str | Mapping[str, Any], *, path: Path = ()
) -> tuple[Diagnostic, ...]:
    """What is wrong with the document's shape, sorted by place.

    `name_or_schema`: a name of `schema_names()`, or a JSON Schema of draft 4 to 2020-12 by its `$schema`.
    `path`: only the value there is checked. Raises UsageError for an unknown name.
    """
    value: Any = document.data
    for part in path:
        value = value[part]
    if isinstance(name_or_schema, str):
        from rulewright.policy.json_schema.bundled_schema import errors_of
        from rulewright.policy.json_schema.errors import violations

        found = violations(errors_of(name_or_schema, value))
        return ordered(
            document.diagnostic(v.code, v.message, (*path, *v.path), key=v.key, hint=v.hint) for v in found
        )
    from rulewright.policy.json_schema.user_schema import UserSchema

    return UserSchema.of(name_or_schema).check(document, value, path)
