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
import os
import stat
from _thread import get_ident
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.program import CompiledPolicy, Entry, Program
from rulewright.policy.diagnostics import Diagnostic, Span
from rulewright.policy.sha256 import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "FORMAT",
    "cache_folder",
    "from_data",
    "is_private",
    "read_cached",
    "read_entry",
    "to_data",
    "write_cached",
    "write_entry",
]

FORMAT: Final = 2
"""Raised whenever the compiled form changes; the engine's own files are part of the key as well."""

BLOCK: Final = 64
"""Bytes of a block of SHA-256, to which HMAC fills its key up."""
KEY_SIZE: Final = 32
OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

if hasattr(os, "geteuid"):

    def _is_mine(owner: int) -> bool:
        return owner == os.geteuid()

else:  # Windows has neither owners nor modes; a user's folders are closed to others there

    def _is_mine(owner: int) -> bool:
        return True


def cache_folder() -> str:
    """`RULEWRIGHT_CACHE_DIR`, else the user's cache folder."""
    own = os.environ.get("RULEWRIGHT_CACHE_DIR")
    if own:
        return own
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "rulewright")


def is_private(folder: str) -> bool:
    """Whether `folder` is a folder, not a link to one, of the user who runs, where nobody else may write."""
    try:
        found = os.lstat(folder)
    except (OSError, ValueError):
        return False
    if not stat.S_ISDIR(found.st_mode) or not _is_mine(found.st_uid):
        return False
    return os.name == "nt" or not found.st_mode & OTHERS_WRITE


def read_entry(kind: str, name: str) -> bytes | None:
    """What `write_entry` wrote under this name; None where there is none that can be believed."""
    folder = os.path.join(cache_folder(), kind)
    key = _read_key() if is_private(folder) else None
    found = _read_own(os.path.join(folder, name)) if key is not None else None
    if key is None or found is None:
        return None
    told, _, data = found.partition(b"\n")
    return data if _signed(key, data) == told else None


def write_entry(kind: str, name: str, data: bytes) -> bool:
    """Keep `data` in the cache's folder `kind`: whole, or not at all. False where that cannot be done (full disk, no
    permission, a folder that is not private)."""
    folder = os.path.join(cache_folder(), kind)
    if not (_make_private(cache_folder()) and _make_private(folder)):
        return False
    key = _read_key() or _make_key()
    return key is not None and _write_own(os.path.join(folder, name), _signed(key, data) + b"\n" + data)


def _make_private(folder: str) -> bool:
    try:
        os.makedirs(os.path.dirname(os.path.abspath(folder)), exist_ok=True)
        os.mkdir(folder, 0o700)
    except FileExistsError:
        pass
    except (OSError, ValueError):
        return False
    return is_private(folder)


def _key_file() -> str:
    return os.path.join(cache_folder(), "key")


def _read_key() -> bytes | None:
    key = _read_own(_key_file()) if is_private(cache_folder()) else None
    return key if key is not None and len(key) == KEY_SIZE else None


def _make_key() -> bytes | None:
    """A new key; entries under the one before are not believed any more."""
    return _read_key() if _write_own(_key_file(), os.urandom(KEY_SIZE)) else None


def _signed(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256 by hand: `hmac` imports OpenSSL, which is a twentieth of a warm run."""
    filled = key.ljust(BLOCK, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in filled) + data).digest()
    return sha256(bytes(byte ^ 0x5C for byte in filled) + inner).hexdigest().encode()


def _read_own(path: str) -> bytes | None:
    """The bytes of a regular file that only the user who runs can read or write; of nothing else, and of no link."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(number, "rb") as stream:
            found = os.fstat(number)
            if not stat.S_ISREG(found.st_mode) or not _is_mine(found.st_uid):
                return None
            if os.name != "nt" and found.st_mode & OTHERS:
                return None
            return stream.read()
    except (OSError, ValueError):
        return None


def _write_own(path: str, data: bytes) -> bool:
    scratch = f"{path}.{os.getpid()}.{get_ident()}.tmp"
    try:
        number = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with open(number, "wb") as stream:
            stream.write(data)
        os.replace(scratch, path)
    except (OSError, ValueError):
        try:
            os.unlink(scratch)
        except (OSError, ValueError):
            return False
        return False
    return True


def _hash_file(path: str) -> str | None:
    try:
        with open(path, "rb") as stream:
            return sha256(stream.read()).hexdigest()
    except (OSError, ValueError):
        return None


def read_cached(key: str, roots: Sequence[str]) -> Program | None:
    """The program under `key` (see `load.py`) if all that it was made from is unchanged, else None."""
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
ENTRY_FIELDS: Final = (str, str, dict, list, str, list, bool, dict)


def _policy_data(policy: CompiledPolicy) -> dict[str, Any]:
    data = {name: getattr(policy, name) for name in POLICY_FIELDS}
    data["on"] = list(policy.on)
    data["entries"] = [
        [e.id, e.role, e.when, list(e.at), e.description, list(e.then), e.stop, e.extra]
        for e in policy.entries
    ]
    return data


def _policy(data: dict[str, Any]) -> CompiledPolicy:
    rest = {name: _typed(data[name], kind) for name, kind in POLICY_FIELDS.items()}
    for spec in rest["lets"].values():
        _typed(_typed(spec, dict)["key"], str)
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
        ident, role, when, (_typed(line, int), _typed(column, int)), description, tuple(then), stop, extra
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
