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
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.diagnostics import Diagnostic, Span
from rulewright.policy.private_cache import read_entry, write_entry
from rulewright.policy.sha256 import sha256
from rulewright.program.nodes import StoredNode, node_from_json
from rulewright.program.program import CompiledPolicy, Entry, Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT: Final = 3
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
            if _hash_file(_typed(path, str)) != digest:
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


def to_data(program: Program) -> dict[str, Any]:
    """A program as plain JSON data."""
    return {
        "sha256": program.sha256,
        "config": program.config,
        "paths": list(program.paths),
        "policies": [_policy_data(policy) for policy in program.policies],
        "diagnostics": [_diagnostic_data(finding) for finding in program.diagnostics],
    }


def from_data(data: Mapping[str, Any]) -> Program:
    """The program that `to_data` wrote. Raises KeyError, TypeError or ValueError for data of another shape."""
    return Program(
        tuple(_policy(policy) for policy in _typed(data["policies"], list)),
        tuple(_typed(path, dict) for path in _typed(data["paths"], list)),
        sha256=_typed(data["sha256"], str),
        config=_typed(data["config"], dict),
        diagnostics=tuple(_diagnostic(finding) for finding in _typed(data["diagnostics"], list)),
    )


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


POLICY_FIELDS: Final[Mapping[str, type]] = {
    "name": str,
    "kind": str,
    "mode": str,
    "file": str,
    "sha256": str,
    "lets": dict,
    "templates": dict,
    "owner": str,
    "description": str,
    "extra": dict,
}
ENTRY_FIELDS: Final = (str, str, list, list, str, list, bool, dict)


def _policy_data(policy: CompiledPolicy) -> dict[str, Any]:
    data = {name: getattr(policy, name) for name in POLICY_FIELDS}
    data["lets"] = {name: _fact_data(spec) for name, spec in policy.lets.items()}
    data["on"] = list(policy.on)
    data["entries"] = [
        [e.id, e.role, e.when.to_json(), list(e.at), e.description, list(e.then), e.stop, e.extra]
        for e in policy.entries
    ]
    return data


def _fact_data(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A named fact with the conditions of its `choose` as JSON."""
    data = dict(spec)
    if "cases" in data:
        data["cases"] = [
            {**case, "when": None if case["when"] is None else case["when"].to_json()}
            for case in data["cases"]
        ]
    if "otherwise" in data:
        data["otherwise"] = _fact_data(data["otherwise"])
    return data


def _fact(data: Mapping[str, Any]) -> dict[str, Any]:
    spec = dict(data)
    if "cases" in spec:
        spec["cases"] = [
            {**case, "when": None if case["when"] is None else node_from_json(case["when"])}
            for case in spec["cases"]
        ]
    if "otherwise" in spec:
        spec["otherwise"] = _fact(spec["otherwise"])
    return spec


def _policy(data: dict[str, Any]) -> CompiledPolicy:
    rest = {name: _typed(data[name], kind) for name, kind in POLICY_FIELDS.items()}
    for spec in rest["lets"].values():
        _typed(_typed(spec, dict)["key"], str)
    rest["lets"] = {name: _fact(spec) for name, spec in rest["lets"].items()}
    for text in rest["templates"].values():
        _typed(text, str)
    on = tuple(_typed(event, str) for event in _typed(data["on"], list))
    return CompiledPolicy(on=on, entries=tuple(map(_entry, _typed(data["entries"], list))), **rest)


def _entry(data: list[Any]) -> Entry:
    if len(data) != len(ENTRY_FIELDS) or any(map(_differs, data, ENTRY_FIELDS)):
        raise TypeError("an entry of a policy is of another shape")
    ident, role, when, at, description, then, stop, extra = data
    line, column = at
    for use in then:
        if type(use) is not dict or type(use["action"]) is not str or "arguments" not in use:
            raise TypeError("the use of an action is of another shape")
    return Entry(
        ident,
        role,
        StoredNode(when),
        (_typed(line, int), _typed(column, int)),
        description,
        tuple(then),
        stop,
        extra,
    )


def _differs(value: Any, kind: type) -> bool:
    return type(value) is not kind


def _diagnostic_data(finding: Diagnostic) -> list[Any]:
    span = finding.span
    place = [span.file, span.line, span.column, span.end_line, span.end_column]
    return [finding.code, finding.message, place, finding.severity, finding.hint, finding.source]


def _diagnostic(data: list[Any]) -> Diagnostic:
    code, message, (file, *numbers), severity, hint, source = data
    for text in (code, message, file, severity):
        _typed(text, str)
    for text in (hint, source):
        if text is not None:
            _typed(text, str)
    return Diagnostic(code, message, Span(file, *(_typed(n, int) for n in numbers)), severity, hint, source)
