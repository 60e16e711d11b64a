"""The cache of model files, and model configurations. The cache holds one GGUF per name and a record of its hash.

    models/minilm.gguf
    models/minilm.json     {"name", "sha256", "bytes", "from", "licence", …}

A file gets its name by a rename, after its hash was checked: no other process ever sees half a model.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import (
    PolicyError,
    SourceError,
    UsageError,
    has_errors,
    translate_os_errors,
)
from rulewright.policy.document import read_documents
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.json_types import as_object
from rulewright.policy.private_cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rulewright.policy.json_types import Json, JsonObject

MODEL_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_RECORD_BYTES: Final = 1 << 16


class StoredModel(NamedTuple):
    """A model in the cache. `size`: bytes; `about`: its whole record."""

    name: str
    path: str
    sha256: str
    size: int
    about: Mapping[str, Json]


def models_folder() -> str:
    return os.path.join(cache_folder(), "models")


def hash_file(path: str) -> str:
    """The SHA-256 of a file. Raises SourceError when it cannot be read."""
    with translate_os_errors(f"cannot read {path}"), open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find_stored_model(name: str) -> StoredModel | None:
    """The model of that name, None where there is none.

    Raises UsageError for a bad name, SourceError for a bad record.
    """
    if not MODEL_NAME.fullmatch(name):
        raise UsageError(
            f"{name[:40]!r} is not a valid model name", hint="lower-case words joined by hyphens"
        )
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
    models = []
    for name in names:
        try:
            models.append(find_stored_model(name))
        except (SourceError, UsageError):
            continue
    return [model for model in models if model is not None]


def store_model(name: str, path: str, about: Mapping[str, Json], expected: str | None = None) -> StoredModel:
    """Move the finished file `path` into the cache. `expected`: its SHA-256, when it is known beforehand.

    Raises SourceError when the hash differs, or the cache cannot be written.
    """
    digest = hash_file(path)
    if expected is not None and digest != expected:
        raise SourceError(
            f"{name}: the file's SHA-256 is {digest}, not {expected}",
            hint="the file differs from the pinned one; check its source",
        )
    model = describe_model_file(name, path, digest, about)
    place = os.path.join(models_folder(), f"{name}.gguf")
    part = os.path.join(models_folder(), f".{name}.{os.getpid()}.json")
    with translate_os_errors(f"cannot write {place}"):
        with open(part, "w", encoding="utf-8") as out:
            json.dump(model.about, out, indent=1, sort_keys=True)
        os.replace(path, place)
        os.replace(part, os.path.join(models_folder(), f"{name}.json"))
    return model._replace(path=place)


def describe_model_file(name: str, path: str, digest: str, about: Mapping[str, Json]) -> StoredModel:
    """The file `path` with its record: `about`, its hash and its size."""
    size = os.path.getsize(path)
    return StoredModel(name, path, digest, size, {"name": name, **about, "sha256": digest, "bytes": size})


def verify_stored_model(model: StoredModel) -> None:
    """Raises SourceError when the file is not the one that its record describes."""
    if os.path.getsize(model.path) != model.size or hash_file(model.path) != model.sha256:
        raise SourceError(
            f"{model.name}: {model.path} is not the pulled file",
            hint=f"run rulewright model pull {model.name}",
        )


def read_model_documents(path: Path) -> list[JsonObject]:
    """The model configurations in a YAML file, each with its name under `name`.

    Raises PolicyError with everything that is wrong with them, SourceError when the file cannot be read.
    """
    documents, findings = read_documents(str(path), read_bytes(path))
    findings = (
        *findings,
        *(finding for document in documents for finding in check_document(document, "model")),
    )
    if has_errors(findings):
        raise PolicyError(findings)
    return [
        {**document.mapping, "name": (as_object(document.mapping["metadata"]) or {})["name"]}
        for document in documents
    ]
