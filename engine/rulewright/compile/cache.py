"""Compiled programs on disk, as plain JSON, named by the hash of everything that they were made from.

A cached program is used only when every file that was read still has the hash it had, when the same files would be
read, and when the engine is the same.

What an entry says is done, so it is believed only where nobody else can have written it: the cache's folder and the
folders in it belong to the user who runs, are no links, and nobody else may write there; an entry is a regular file of
that user alone, and its first line is a keyed hash (HMAC-SHA-256, RFC 2104) of all that follows. The key is made for
each cache and lies in it. So an entry that was damaged, or brought along by a checkout or an archive, is not taken for
a program. A cache that cannot be read, written or believed is no cache: the run goes on without.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from rulewright.policy.config import Config
from rulewright.policy.diagnostics import Diagnostic, Span
from rulewright.policy.private_cache import read_entry, write_entry
from rulewright.policy.sha256 import sha256
from rulewright.program.compiled_policy import CompiledPolicy
from rulewright.program.program import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.program.expression.syntax_tree import Ast

FORMAT: Final = 4
"""Raised whenever the compiled form changes; the engine's own files are part of the key as well."""


def _hash_file(path: str) -> str | None:
    try:
        with open(path, "rb") as stream:
            return sha256(stream.read()).hexdigest()
    except (OSError, ValueError):
        return None


def read_cached(key: str, roots: Sequence[str]) -> Program | None:
    """The program under `key` (see `loader.py`) if all that it was made from is unchanged, else None."""
    data = read_entry("programs", f"{key}.json")
    if data is None:
        return None
    try:
        document = json.loads(data)
        if document["format"] != FORMAT or document["roots"] != list(roots):
            return None
        for path, digest in document["files"]:
            if _hash_file(path) != digest:
                return None
        return from_data(document["program"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, NotImplementedError):
        return None


def write_cached(key: str, roots: Sequence[str], files: Sequence[tuple[str, str]], program: Program) -> bool:
    """Write atomically; False when it could not be written (full disk, no permission): nothing is left behind."""
    document = {
        "format": FORMAT,
        "roots": list(roots),
        "files": [list(f) for f in files],
        "program": to_data(program),
    }
    try:
        data = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):
        return False
    return write_entry("programs", f"{key}.json", data)


def to_data(program: Program) -> JsonObject:
    """A program as plain JSON data."""
    return {
        "sha256": program.sha256,
        "config": program.config.to_json(),
        "paths": cast("list[Json]", [*program.paths]),
        "policies": [policy.to_json() for policy in program.policies],
        "diagnostics": [_diagnostic_data(finding) for finding in program.diagnostics],
    }


def from_data(data: JsonObject) -> Program:
    """The program that `to_data` wrote. Raises KeyError, TypeError or ValueError for data of another shape."""
    sha256, config, paths = data["sha256"], data["config"], data["paths"]
    policies, diagnostics = data["policies"], data["diagnostics"]
    if not isinstance(sha256, str) or not isinstance(config, dict) or not isinstance(paths, list):
        raise TypeError("a program is of another shape")
    if not isinstance(policies, list) or not isinstance(diagnostics, list):
        raise TypeError("a program is of another shape")
    if not all(isinstance(path, dict) for path in paths):
        raise TypeError("a path is of another shape")
    return Program(
        tuple(map(CompiledPolicy.from_json, policies)),
        tuple(cast("list[Ast]", paths)),
        sha256=sha256,
        config=Config(config),
        diagnostics=tuple(map(_diagnostic, diagnostics)),
    )


def dump_program(program: Program) -> bytes:
    """A program as bytes that cross to another process, where `parse_program` gives the same program."""
    return json.dumps(to_data(program), separators=(",", ":")).encode()


def parse_program(data: bytes) -> Program:
    """The program that `dump_program` wrote."""
    return from_data(json.loads(data))


def _diagnostic_data(finding: Diagnostic) -> list[Json]:
    span = finding.span
    place: list[Json] = [span.file, span.line, span.column, span.end_line, span.end_column]
    return [finding.code, finding.message, place, finding.severity, finding.hint, finding.source]


def _diagnostic(data: Any) -> Diagnostic:
    code, message, place, severity, hint, source = data
    texts, numbers = (code, message, place[0], severity), place[1:]
    optional = (text for text in (hint, source) if text is not None)
    if not all(isinstance(text, str) for text in (*texts, *optional)) or not all(
        isinstance(number, int) for number in numbers
    ):
        raise TypeError("a diagnostic is of another shape")
    return Diagnostic(code, message, Span(*place), severity, hint, source)
