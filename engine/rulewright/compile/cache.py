"""Compiled programs on disk, as plain JSON, named by the hash of everything that they were made from.

A cached program is used only when every file that was read still has the hash it had, when the same files would be
read, and when the engine is the same. The first line of an entry is the hash of all that follows, so that a damaged
entry is not taken for a program. A cache that cannot be read or written is no cache: the run goes on without.
"""

from __future__ import annotations

import json
import os
from _thread import get_ident
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.program import CompiledPolicy, Entry, Program
from rulewright.policy.diagnostics import Diagnostic, Span
from rulewright.policy.sha256 import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["FORMAT", "cache_folder", "from_data", "read_cached", "to_data", "write_cached"]

FORMAT: Final = 2
"""Raised whenever the compiled form changes; the engine's own files are part of the key as well."""


def cache_folder() -> str:
    """`RULEWRIGHT_CACHE_DIR`, else the user's cache folder."""
    own = os.environ.get("RULEWRIGHT_CACHE_DIR")
    if own:
        return own
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "rulewright")


def _hash_file(path: str) -> str | None:
    try:
        with open(path, "rb") as stream:
            return sha256(stream.read()).hexdigest()
    except OSError:
        return None


def _entry_file(key: str) -> str:
    return os.path.join(cache_folder(), "programs", f"{key}.json")


def read_cached(key: str, roots: Sequence[str]) -> Program | None:
    """The program under `key` (see `load.py`) if all that it was made from is unchanged, else None."""
    try:
        with open(_entry_file(key), "rb") as stream:
            checksum, _, data = stream.read().partition(b"\n")
        if sha256(data).hexdigest().encode() != checksum:
            return None
        document = json.loads(data)
        if document["format"] != FORMAT or document["roots"] != list(roots):
            return None
        for path, digest in document["files"]:
            if _hash_file(path) != digest:
                return None
        return from_data(document["program"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def write_cached(key: str, roots: Sequence[str], files: Sequence[tuple[str, str]], program: Program) -> bool:
    """Write atomically; False when it could not be written (full disk, no permission): nothing is left behind."""
    target = _entry_file(key)
    scratch = f"{target}.{os.getpid()}.{get_ident()}.tmp"
    document = {
        "format": FORMAT,
        "roots": list(roots),
        "files": [list(f) for f in files],
        "program": to_data(program),
    }
    try:
        data = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(scratch, "wb") as stream:
            stream.write(sha256(data).hexdigest().encode() + b"\n" + data)
        os.replace(scratch, target)
    except (OSError, ValueError, TypeError, RecursionError):
        try:
            os.unlink(scratch)
        except OSError:
            return False
        return False
    return True


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
    """The program that `to_data` wrote. Raises KeyError or TypeError for data of another shape."""
    return Program(
        tuple(_policy(policy) for policy in data["policies"]),
        tuple(data["paths"]),
        sha256=data["sha256"],
        config=data["config"],
        diagnostics=tuple(_diagnostic(finding) for finding in data["diagnostics"]),
    )


POLICY_FIELDS: Final = (
    "name",
    "kind",
    "mode",
    "file",
    "sha256",
    "lets",
    "templates",
    "owner",
    "description",
    "extra",
)


def _policy_data(policy: CompiledPolicy) -> dict[str, Any]:
    data = {name: getattr(policy, name) for name in POLICY_FIELDS}
    data["on"] = list(policy.on)
    data["entries"] = [
        [e.id, e.role, e.when, list(e.at), e.description, list(e.then), e.stop, e.extra]
        for e in policy.entries
    ]
    return data


def _policy(data: dict[str, Any]) -> CompiledPolicy:
    entries = tuple(
        Entry(ident, role, when, (at[0], at[1]), description, tuple(then), stop, extra)
        for ident, role, when, at, description, then, stop, extra in data["entries"]
    )
    rest = {name: data[name] for name in POLICY_FIELDS}
    return CompiledPolicy(on=tuple(data["on"]), entries=entries, **rest)


def _diagnostic_data(finding: Diagnostic) -> list[Any]:
    span = finding.span
    place = [span.file, span.line, span.column, span.end_line, span.end_column]
    return [finding.code, finding.message, place, finding.severity, finding.hint, finding.source]


def _diagnostic(data: list[Any]) -> Diagnostic:
    code, message, place, severity, hint, source = data
    return Diagnostic(code, message, Span(*place), severity, hint, source)
