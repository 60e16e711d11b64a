"""The file of a model configuration: from its path, from an address over https, from a hub at one commit.

Whatever the source, the file must have the SHA-256 that the configuration pins.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from rulewright.models.embedding.model_store import find_stored_model, hash_file, models_folder, store_model
from rulewright.policy.diagnostics import PolicyError, SourceError, UsageError, has_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.embedding.model_store import StoredModel

HUB: Final = "https://huggingface.co"
MAX_MODEL_BYTES: Final = 200 << 30
"""Bytes."""
CHUNK: Final = 1 << 20
PROGRESS_STEP: Final = 256 << 20
"""Bytes between two words about progress."""
WAIT: Final = 60.0
"""Seconds for a connection, and between two parts."""


def pull_configured_model(path: str, *, force: bool = False, tell: Callable[[str], None]) -> StoredModel:
    """The model that the configuration `path` names, fetched where it is not here yet.

    Raises PolicyError for a broken configuration, UsageError for one without a source, SourceError when fetching
    fails or the hash differs.
    """
    from rulewright.policy.document import read_documents
    from rulewright.policy.files import read_bytes
    from rulewright.policy.json_schema.check import check_document

    documents, found = read_documents(path, read_bytes(Path(path)))
    found = (*found, *(one for document in documents for one in check_document(document, "model")))
    if has_errors(found):
        raise PolicyError(found)
    if len(documents) != 1:
        raise UsageError(f"{path} holds {len(documents)} documents instead of one model configuration")
    data: Mapping[str, Any] = documents[0].mapping
    name, pinned = data["metadata"]["name"], data["sha256"]
    there = find_stored_model(name)
    if there is not None and there.sha256 == pinned and not force and hash_file(there.path) == pinned:
        return there
    kept = ("architecture", "context", "description", "licence", "parameters", "quantisation")
    about = {key: data[key] for key in kept if key in data}
    if "source" not in data:
        return use_local_file(path, data, about)
    address = build_download_url(data["source"])
    tell(f"fetching {name} from {urlsplit(address).hostname} …")
    try:
        os.makedirs(models_folder(), exist_ok=True)
        with TemporaryDirectory(prefix=".pull-", dir=models_folder()) as scratch:
            part = os.path.join(scratch, "model.gguf")
            download_file(address, part, tell)
            return store_model(name, part, {**about, "from": address}, pinned)
    except OSError as error:
        raise SourceError(f"cannot write to {models_folder()}: {error.strerror or error}") from error


def use_local_file(path: str, data: Mapping[str, Any], about: Mapping[str, Any]) -> StoredModel:
    """A file that lies beside its configuration stays there; it is checked and told."""
    place = os.path.join(os.path.dirname(path), data["file"])
    found = hash_file(place)
    if found != data["sha256"]:
        raise SourceError(f"{place}: the file's SHA-256 is {found}, not {data['sha256']}")
    from rulewright.models.embedding.model_store import StoredModel

    size = os.path.getsize(place)
    record = {"name": data["metadata"]["name"], **about, "sha256": found, "bytes": size}
    return StoredModel(record["name"], place, found, size, record)


def build_download_url(source: Mapping[str, Any]) -> str:
    """Where a source's file is. Raises UsageError for what is not https, or pins no commit of a hub."""
    if "url" in source:
        parts = urlsplit(source["url"])
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
            raise UsageError("a model is fetched over https, from an address without a password")
        return str(source["url"])
    missing = [key for key in ("repository", "file", "revision") if key not in source]
    if missing:
        raise UsageError(f"the source names no {missing[0]}", hint="repository, file and revision, or a url")
    names = (quote(str(source[key]), safe="/") for key in ("repository", "revision", "file"))
    repository, revision, file = names
    return f"{HUB}/{repository}/resolve/{revision}/{file}"


def download_file(address: str, path: str, tell: Callable[[str], None]) -> None:
    """Write what stands at `address` to the file `path`, part by part. Raises SourceError."""
    import urllib3
    from urllib3.util import Retry, Timeout

    retries = Retry(4, backoff_factor=0.5, status_forcelist=(429, 502, 503, 504), raise_on_status=False)
    host = urlsplit(address).hostname
    with urllib3.PoolManager(retries=retries, timeout=Timeout(connect=WAIT, read=WAIT)) as pool:
        try:
            reply = pool.request("GET", address, preload_content=False, headers={"User-Agent": "rulewright"})
            if reply.status != 200:
                raise SourceError(f"{host} answered {reply.status} to the request for the model")
            done = told = 0
            with open(path, "wb") as out:
                for part in reply.stream(CHUNK):
                    done += len(part)
                    if done > MAX_MODEL_BYTES:
                        raise SourceError(f"the model is larger than {MAX_MODEL_BYTES >> 30} GiB")
                    out.write(part)
                    if done - told >= PROGRESS_STEP:
                        told = done
                        tell(f"{done >> 20} MiB")
        except urllib3.exceptions.HTTPError as error:
            raise SourceError(f"cannot fetch the model from {host}: {type(error).__name__}") from error
