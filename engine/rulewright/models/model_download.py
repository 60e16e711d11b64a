"""Downloads of model files: over https, or from a hub at a pinned commit.

Whatever the source, the file must have the SHA-256 that the model configuration pins.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import urllib3
from urllib3.util import Retry, Timeout

from rulewright.models.model_store import (
    describe_model_file,
    find_stored_model,
    hash_file,
    models_folder,
    read_model_documents,
    store_model,
)
from rulewright.policy.connection_pool import ConnectionPool
from rulewright.policy.diagnostics import SourceError, UsageError, translate_os_errors
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.model_store import StoredModel
    from rulewright.policy.json_types import Json, JsonObject

    WatchBytes = Callable[[int, int | None], None]

HUB: Final = "https://huggingface.co"
MAX_MODEL_BYTES: Final = 200 << 30
CHUNK: Final = 1 << 20
WAIT: Final = 60.0
"""Seconds for a connection, and between two parts."""
RECORDED_KEYS: Final = ("architecture", "context", "description", "licence", "parameters", "quantisation")
"""Keys of a model configuration that the record of the model repeats."""


def _watch_nothing(done: int, total: int | None) -> None:
    """Takes how many bytes of a download are there, and of how many, if the server says so."""


def pull_configured_model(
    path: str, *, force: bool = False, tell: Callable[[str], None], watch: WatchBytes = _watch_nothing
) -> StoredModel:
    """The model that the configuration `path` names, downloaded where the cache does not have it. `tell` is given the
    address of a download, `watch` how many bytes of it are there.

    Raises PolicyError for a broken configuration, UsageError for one without a source, SourceError when the download
    fails or the hash differs.
    """
    documents = read_model_documents(Path(path))
    if len(documents) != 1:
        raise UsageError(f"{path} has {len(documents)} documents; expected one model configuration")
    (data,) = documents
    name, pinned = str(data["name"]), str(data["sha256"])
    stored = find_stored_model(name)
    if stored is not None and stored.sha256 == pinned and not force and hash_file(stored.path) == pinned:
        return stored
    about: JsonObject = {key: data[key] for key in RECORDED_KEYS if key in data}
    source = as_object(data.get("source"))
    if source is None:
        return _check_local_file(os.path.join(os.path.dirname(path), str(data["file"])), name, pinned, about)
    address = build_download_url(source)
    tell(f"downloading {name} from {urlsplit(address).hostname} …")
    with translate_os_errors(f"cannot write to {models_folder()}"):
        os.makedirs(models_folder(), exist_ok=True)
        with TemporaryDirectory(prefix=".pull-", dir=models_folder()) as scratch:
            part = os.path.join(scratch, "model.gguf")
            download_file(address, part, watch)
            return store_model(name, part, {**about, "from": address}, pinned)


def _check_local_file(path: str, name: str, pinned: str, about: Mapping[str, Json]) -> StoredModel:
    """The file beside its configuration. It stays there; only its hash is checked."""
    digest = hash_file(path)
    if digest != pinned:
        raise SourceError(f"{path}: the file's SHA-256 is {digest}, not {pinned}")
    return describe_model_file(name, path, digest, about)


def build_download_url(source: Mapping[str, Json]) -> str:
    """The address of a source's file. Raises UsageError for one that is not https, or pins no commit of a hub."""
    if "url" in source:
        parts = urlsplit(str(source["url"]))
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
            raise UsageError("a model is fetched over https, from an address without a password")
        return str(source["url"])
    missing = [key for key in ("repository", "file", "revision") if key not in source]
    if missing:
        raise UsageError(f"the source has no {missing[0]}", hint="repository, file and revision, or a url")
    names = (quote(str(source[key]), safe="/") for key in ("repository", "revision", "file"))
    repository, revision, file = names
    return f"{HUB}/{repository}/resolve/{revision}/{file}"


def download_file(address: str, path: str, watch: WatchBytes) -> None:
    """Download `address` to the file `path`, part by part. Raises SourceError."""
    retries = Retry(4, backoff_factor=0.5, status_forcelist=(429, 502, 503, 504), raise_on_status=False)
    host = urlsplit(address).hostname
    with ConnectionPool(retries=retries, timeout=Timeout(connect=WAIT, read=WAIT)) as pool:
        try:
            reply = pool.request("GET", address, preload_content=False, headers={"User-Agent": "rulewright"})
            if reply.status != 200:
                raise SourceError(f"{host} returned status {reply.status} for the model")
            done = 0
            length = reply.headers.get("Content-Length", "")
            total = int(length) if length.isdecimal() else None
            with open(path, "wb") as out:
                for part in reply.stream(CHUNK):
                    done += len(part)
                    if done > MAX_MODEL_BYTES:
                        raise SourceError(f"the model is larger than {MAX_MODEL_BYTES >> 30} GiB")
                    out.write(part)
                    watch(done, total)
        except urllib3.exceptions.HTTPError as error:
            raise SourceError(f"cannot download the model from {host}: {type(error).__name__}") from error
