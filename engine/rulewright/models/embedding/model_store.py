"""Model files under the cache: one GGUF per name, and beside it a record of what it is and what its hash must be.

    models/minilm.gguf
    models/minilm.json     {"name", "sha256", "bytes", "from", "licence", …}

A file is put in its place by a rename, after its record was checked: no other process ever sees half a model.
"""

from __future__ import annotations

import json
import os
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.private_cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

MODEL_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_RECORD_BYTES: Final = 1 << 16


class StoredModel(NamedTuple):
    """A model in the cache. `about`: its whole record."""

    name: str
    path: str
    sha256: str
    size: int
    about: Mapping[str, Any]


def models_folder() -> str:
    return os.path.join(cache_folder(), "models")


def hash_file(path: str) -> str:
    """The SHA-256 of a file. Raises SourceError when it cannot be read."""
    found = sha256()
    try:
        with open(path, "rb") as stream:
            while chunk := stream.read(1 << 20):
                found.update(chunk)
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error
    return found.hexdigest()


def find_stored_model(name: str) -> StoredModel | None:
    """The model of that name, None where there is none.

    Raises UsageError for a bad name, SourceError for a bad record.
    """
    if not MODEL_NAME.fullmatch(name):
        raise UsageError(f"{name[:40]!r} is no name of a model", hint="lower-case words joined by hyphens")
    path = os.path.join(models_folder(), f"{name}.gguf")
    record = os.path.join(models_folder(), f"{name}.json")
    if not os.path.isfile(path) or not os.path.isfile(record):
        return None
    try:
        with open(record, "rb") as stream:
            about = json.loads(stream.read(MAX_RECORD_BYTES))
        return StoredModel(name, path, str(about["sha256"]), int(about["bytes"]), about)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"the record {record} cannot be read", hint=f"rulewright model pull {name}"
        ) from error


def list_stored_models() -> list[StoredModel]:
    """Every model in the cache, by name; those with a damaged record are left out."""
    try:
        names = sorted(
            name.removesuffix(".gguf") for name in os.listdir(models_folder()) if name.endswith(".gguf")
        )
    except OSError:
        return []
    out = []
    for name in names:
        try:
            one = find_stored_model(name)
        except (SourceError, UsageError):
            continue
        if one is not None:
            out.append(one)
    return out


def store_model(name: str, path: str, about: Mapping[str, Any], expected: str | None = None) -> StoredModel:
    """Take the finished file `path` into the cache. `expected`: its SHA-256, when that is known beforehand.

    Raises SourceError when the hash differs, or the cache cannot be written.
    """
    found = hash_file(path)
    if expected is not None and found != expected:
        raise SourceError(
            f"{name}: the file's SHA-256 is {found}, not {expected}",
            hint="it was changed since it was pinned; check where it comes from",
        )
    size = os.path.getsize(path)
    record = {"name": name, **about, "sha256": found, "bytes": size}
    place = os.path.join(models_folder(), f"{name}.gguf")
    part = os.path.join(models_folder(), f".{name}.{os.getpid()}.json")
    try:
        with open(part, "w", encoding="utf-8") as out:
            json.dump(record, out, indent=1, sort_keys=True)
        os.replace(path, place)
        os.replace(part, os.path.join(models_folder(), f"{name}.json"))
    except OSError as error:
        raise SourceError(f"cannot write {place}: {error.strerror or error}") from error
    return StoredModel(name, place, found, size, record)


def verify_stored_model(one: StoredModel) -> None:
    """Raises SourceError when the file is not the one that its record tells of."""
    if os.path.getsize(one.path) != one.size or hash_file(one.path) != one.sha256:
        raise SourceError(
            f"{one.name}: {one.path} is not the file that was pulled",
            hint=f"pull it again: rulewright model pull {one.name}",
        )
