"""Which model file a provider runs, and how: out of rulewright.yaml and a model configuration, or the cache.

providers:
  local: { kind: local, model: models/llama.yaml }   # a model configuration, see schemas/model.schema.json
  small: { kind: local, model: minilm, threads: 1 }  # a model that `rulewright model pull` put into the cache
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rulewright.models.embedding.model_store import MODEL_NAME, find_stored_model, hash_file, models_folder
from rulewright.models.local.llama_settings import LlamaSettings
from rulewright.policy.diagnostics import PolicyError, UsageError, has_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARED_KEYS: Final = (
    "context",
    "batch",
    "threads",
    "gpu_layers",
    "seed",
    "temperature",
    "top_p",
    "max_tokens",
)
"""Keys that a configuration and the settings name alike."""


def read_llama_settings(config: Mapping[str, Any]) -> LlamaSettings:
    """The settings of a provider. Its own keys win over those of the model configuration that it names.

    Raises UsageError for a provider without a model, PolicyError for a broken model configuration, SourceError for one
    that cannot be read. Whether the model is there is not asked yet: that is `unfit`.
    """
    named = config.get("model")
    if not isinstance(named, str) or not named:
        raise UsageError(
            "A local provider names no model.",
            hint="model: models/llama.yaml, or the name of a model that was pulled",
        )
    if MODEL_NAME.fullmatch(named):
        found = find_stored_model(named)
        path = os.path.join(models_folder(), f"{named}.gguf")
        about: Mapping[str, Any] = {} if found is None else found.about
        base = LlamaSettings(
            path,
            "" if found is None else found.sha256,
            named,
            context=int(about.get("context", 4096)),
            embedding="vectors" in about,
        )
    else:
        base = _read_model_file(Path(named))
    out = _apply_keys(base, config)
    states = os.path.join(models_folder(), "states", out.sha256[:32]) if out.sha256 else None
    return out._replace(states=states)


def describe_unusable_model(settings: LlamaSettings) -> str | None:
    """Why the model cannot be used, and what helps; None where it can.

    The file is read as a whole once, to hold its hash against the promised one, and again only when it was changed.
    """
    if not os.path.isfile(settings.path):
        return f"the model {settings.name} is not here: rulewright model pull {settings.name}"
    if not settings.sha256:
        return f"the model {settings.name} has no record: rulewright model pull {settings.name}"
    if _hash_model_file(settings.path) != settings.sha256:
        return f"the file of the model {settings.name} is not the one that its SHA-256 promises"
    return None


def _read_model_file(path: Path) -> LlamaSettings:
    from rulewright.policy.document import read_documents
    from rulewright.policy.files import read_bytes
    from rulewright.policy.json_schema.check import check_document

    documents, found = read_documents(str(path), read_bytes(path))
    found = (*found, *(one for document in documents for one in check_document(document, "model")))
    if has_errors(found):
        raise PolicyError(found)
    if len(documents) != 1:
        raise UsageError(f"{path} holds {len(documents)} documents instead of one model configuration.")
    data: Mapping[str, Any] = documents[0].mapping
    name = data["metadata"]["name"]
    file = data.get("file")
    place = str(path.parent / file) if file else os.path.join(models_folder(), f"{name}.gguf")
    return _apply_keys(LlamaSettings(place, data["sha256"], name), data)


def _apply_keys(settings: LlamaSettings, data: Mapping[str, Any]) -> LlamaSettings:
    from rulewright.policy.quantity import parse_duration

    own: dict[str, Any] = {key: data[key] for key in SHARED_KEYS if key in data}
    for key in ("timeout", "load_timeout"):
        if key in data:
            own[key] = parse_duration(str(data[key]))
    if "memory" in data:
        own["memory"] = _parse_size(str(data["memory"]))
    if "chat_template" in data:
        own["chat_template"] = str(data["chat_template"])
    if "embedding" in data:
        own["embedding"] = bool(data["embedding"])
    return settings._replace(**own)


def _parse_size(text: str) -> int:
    from rulewright.policy.quantity import parse_quantity

    found = parse_quantity(text)
    if found is None or found.dimension != "size":
        raise UsageError(f"`{text[:40]}` is no size.", hint="such as `6GB` or `512MiB`")
    return int(found.value)


def _hash_model_file(path: str) -> str:
    """The file's SHA-256, remembered beside the models for as long as its size, time and number stay the same."""
    stat = os.stat(path)
    stamp = [stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev]
    name = sha256(os.path.abspath(path).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    memo = os.path.join(models_folder(), "digests", f"{name}.json")
    try:
        with open(memo, "rb") as stream:
            known = json.loads(stream.read(4096))
        if known["stamp"] == stamp:
            return str(known["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    found = hash_file(path)
    try:
        os.makedirs(os.path.dirname(memo), mode=0o700, exist_ok=True)
        with open(f"{memo}.{os.getpid()}", "w", encoding="utf-8") as out:
            json.dump({"stamp": stamp, "sha256": found}, out)
        os.replace(f"{memo}.{os.getpid()}", memo)
    except OSError:
        return found
    return found
