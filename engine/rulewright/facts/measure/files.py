"""The files of a source: a path or a glob, inside one folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import UnusableSource
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.file_bytes import open_file
from rulewright.policy.sha256 import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES: Final = 200_000_000
"""Of one file. A larger one is more likely a mistake than a measurement."""
MOST_FILES: Final = 1000
LARGE: Final = 1_000_000
"""Bytes from which on OpenSSL is worth loading."""
_MAGIC: Final = frozenset("*?[")


class SourceFile(NamedTuple):
    """One file. `path` is relative to the folder, with `/`; `modified`: seconds since the epoch."""

    path: str
    data: bytes
    modified: float


def read_source_files(pattern: str, folder: str) -> tuple[SourceFile, ...]:
    """The files that a path or a glob names, sorted by path; `**` matches folders. None where nothing matches.

    Raises UnusableSource for a path that leads out of the folder (through a link as well), for a file that cannot be
    read, and for too much of it.
    """
    names = _find(pattern, folder)
    if len(names) > MOST_FILES:
        raise UnusableSource("unreadable", f"{pattern} matches {len(names)} files; {MOST_FILES} are the most")
    return tuple(_read(name, folder) for name in names)


def shares_file(pattern: str, other: str, folder: str) -> bool:
    """Whether two paths or globs name a file in common, through links as well."""
    first, second = (
        {os.path.realpath(os.path.join(folder, name)) for name in _find(text, folder)}
        for text in (pattern, other)
    )
    return not first.isdisjoint(second)


def hash_files(files: Iterable[SourceFile]) -> str:
    """SHA-256 of all bytes, file by file: of one file, that of the file itself."""
    digests = [_hash(file.data) for file in files]
    return digests[0] if len(digests) == 1 else sha256("\n".join(digests).encode()).hexdigest()


def _hash(data: bytes) -> str:
    if len(data) < LARGE:
        return sha256(data).hexdigest()
    # OpenSSL takes some milliseconds to load, and is several times as fast.
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _find(pattern: str, folder: str) -> list[str]:
    if not _MAGIC.isdisjoint(pattern) and not os.path.lexists(os.path.join(folder, pattern)):
        import glob

        found = glob.glob(pattern, root_dir=folder, recursive=True)
        return sorted(
            name.replace(os.sep, "/") for name in found if os.path.isfile(os.path.join(folder, name))
        )
    return [pattern] if os.path.lexists(os.path.join(folder, pattern)) else []


def resolve_inside(name: str, folder: str) -> str:
    """The path of a name in a folder. Raises UnusableSource where it leads out of it, through a link as well."""
    inside, path = os.path.realpath(folder), os.path.join(folder, name)
    if os.path.commonpath((inside, os.path.realpath(path))) != inside:
        raise UnusableSource("unreadable", f"{name} leads out of the working directory")
    return path


def _read(name: str, folder: str) -> SourceFile:
    path = resolve_inside(name, folder)
    try:
        with open_file(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            data = b"" if size > MOST_BYTES else stream.read(MOST_BYTES + 1)
            modified = os.fstat(stream.fileno()).st_mtime
    except SourceError as error:
        raise UnusableSource("unreadable", error.message) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnusableSource("unreadable", f"cannot read {name}: {reason}") from None
    if size > MOST_BYTES or len(data) > MOST_BYTES:
        raise UnusableSource("unreadable", f"{name} has more than {MOST_BYTES // 1_000_000} MB")
    return SourceFile(name, data, modified)
