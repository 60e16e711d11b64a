"""Settings of a local model: from rulewright.yaml, and from a model configuration or the cache of models.

providers:
  local: { kind: local, model: models/llama.yaml }   # a model configuration, see policy/schemas/model.schema.json
  small: { kind: local, model: minilm, threads: 1 }  # a model that `rulewright model pull` put into the cache
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rulewright.models.local.messages import LlamaSettings
from rulewright.models.model_store import (
    MODEL_NAME,
    find_stored_model,
    hash_file,
    models_folder,
    read_model_documents,
)
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.quantity import parse_duration, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.json_types import Json

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
"""Keys of a configuration that are fields of LlamaSettings."""


def read_llama_settings(config: Mapping[str, Json]) -> LlamaSettings:
    """The settings of a provider. Its own keys win over those of the model configuration that it names.

    Raises UsageError for a provider without a model, PolicyError for a broken model configuration, SourceError for one
    that cannot be read. Whether the model can be used is `describe_unusable_model`'s to say.
    """
    named = config.get("model")
    if not isinstance(named, str) or not named:
        raise UsageError(
            "A local provider needs `model`.",
            hint="model: models/llama.yaml, or the name of a pulled model",
        )
    base = _read_stored_settings(named) if MODEL_NAME.fullmatch(named) else _read_model_file(Path(named))
    settings = _apply_keys(base, config)
    states = os.path.join(models_folder(), "states", settings.sha256[:32]) if settings.sha256 else None
    return settings._replace(states=states)


def describe_unusable_model(settings: LlamaSettings) -> str | None:
    """Why the model cannot be used, and what helps; None where it can.

    The whole file is read once to compare its hash with the expected one, and again only after it was changed.
    """
    if not os.path.isfile(settings.path):
        return f"the model {settings.name} is not pulled; run rulewright model pull {settings.name}"
    if not settings.sha256:
        return f"the model {settings.name} has no record; run rulewright model pull {settings.name}"
    if _hash_model_file(settings.path) != settings.sha256:
        return f"the file of the model {settings.name} does not match its SHA-256"
    return None


def _read_stored_settings(name: str) -> LlamaSettings:
    model = find_stored_model(name)
    if model is None:
        return LlamaSettings(os.path.join(models_folder(), f"{name}.gguf"), "", name)
    context = model.about.get("context", 4096)
    return LlamaSettings(
        model.path, model.sha256, name, context=int(str(context)), embedding="vectors" in model.about
    )


def _read_model_file(path: Path) -> LlamaSettings:
    documents = read_model_documents(path)
    if len(documents) != 1:
        raise UsageError(f"{path} has {len(documents)} documents; expected one model configuration.")
    (data,) = documents
    file = data.get("file")
    place = str(path.parent / str(file)) if file else os.path.join(models_folder(), f"{data['name']}.gguf")
    return _apply_keys(LlamaSettings(place, str(data["sha256"]), str(data["name"])), data)


def _apply_keys(settings: LlamaSettings, data: Mapping[str, Json]) -> LlamaSettings:
    """The settings with the keys of a provider or of a model configuration."""
    keys: dict[str, object] = {key: data[key] for key in SHARED_KEYS if key in data}
    for key in ("timeout", "load_timeout"):
        if key in data:
            keys[key] = parse_duration(str(data[key]))
    if "memory" in data:
        keys["memory"] = _parse_size(str(data["memory"]))
    if "chat_template" in data:
        keys["chat_template"] = str(data["chat_template"])
    if "embedding" in data:
        keys["embedding"] = bool(data["embedding"])
    return settings._replace(**keys)  # type: ignore[arg-type] # checked by the schemas


def _parse_size(text: str) -> int:
    size = parse_quantity(text)
    if size is None or size.dimension != "size":
        raise UsageError(f"`{text[:40]}` is not a size.", hint="such as `6GB` or `512MiB`")
    return int(size.value)


def _hash_model_file(path: str) -> str:
    """The file's SHA-256, cached beside the models until the file's size, time or inode change."""
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
    digest = hash_file(path)
    try:
        os.makedirs(os.path.dirname(memo), mode=0o700, exist_ok=True)
        with open(f"{memo}.{os.getpid()}", "w", encoding="utf-8") as out:
            json.dump({"stamp": stamp, "sha256": digest}, out)
        os.replace(f"{memo}.{os.getpid()}", memo)
    except OSError:
        pass
    return digest
