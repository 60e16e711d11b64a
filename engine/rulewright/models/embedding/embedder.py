"""Embeddings of texts: computed in batches by the model process, each text once, cached by the text's hash.

with open_embedder() as embed:
    embed.vectors(["App crashes on startup"])      # float32, one row of length one per text
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import sqlite3
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Protocol

from rulewright.models.embedding.minilm import CONTEXT, NAME, VECTORS_NAME, WIDTH
from rulewright.models.local.llama_process import ModelProcess
from rulewright.models.local.messages import LlamaSettings, ModelProcessError
from rulewright.models.model_store import find_stored_model, models_folder
from rulewright.policy.diagnostics import RulewrightError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    import numpy
    from numpy.typing import NDArray

    FloatArray: TypeAlias = NDArray[numpy.floating]

BATCH: Final = 32
MAX_TEXT_CHARACTERS: Final = 4000
"""Code points of a text that are embedded; more never fit the model's context."""
MAX_CACHED_VECTORS: Final = 200_000
"""Vectors in the cache's file; with more, it is emptied when it is opened."""


class EmbeddingsUnavailable(RulewrightError):
    """There is no model for embeddings, or no library to run it: the message says why, the hint how to get it."""

    exit_code = 4


class EmbeddingFailed(SourceError):
    """The model exists and gave no vectors. A caller that can search words too continues with them."""


class VectorSource(Protocol):
    """Turns texts into lists of numbers, one per text."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]: ...

    def close(self) -> None: ...


class MiniLmProcess:
    """MiniLM in a process of its own, on one thread: a small model gains little from two, and slows down tenfold when
    something else needs the second core."""

    def __init__(self, path: str, sha256: str) -> None:
        self.process = ModelProcess(
            LlamaSettings(path, sha256, NAME, context=CONTEXT, batch=CONTEXT, embedding=True, threads=1)
        )

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        try:
            return self.process.embed(texts)["vectors"]
        except ModelProcessError as error:
            raise EmbeddingFailed(f"embeddings failed: {error.reason}") from error

    def close(self) -> None:
        self.process.close()


class Embedder:
    """`source` computes vectors; `cache`: the file that keeps them, None: they are kept for this run only.

    `name` names the vectors: those of another model, or computed in another way, are never mixed with them.
    `model`: the model file's SHA-256, for provenance.
    """

    def __init__(
        self,
        source: VectorSource,
        name: str = VECTORS_NAME,
        width: int = WIDTH,
        cache: str | None = None,
        model: str = "",
    ) -> None:
        self.source = source
        self.name = name
        self.model = model
        self.width = width
        self._rows: dict[bytes, bytes] = {}
        self._cache = None if cache is None else open_vector_cache(cache)

    def __enter__(self) -> Embedder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and close the cache."""
        self.source.close()
        if self._cache is not None:
            self._cache.close()
            self._cache = None

    def vectors(self, texts: Sequence[str]) -> FloatArray:
        """float32, texts × width, rows of length one (zero for an empty text). Raises EmbeddingFailed."""
        import numpy

        keys = [self._compute_key(text) for text in texts]
        rows = self._look_up(set(keys))
        missing = {
            key: text for key, text in zip(keys, texts, strict=True) if key not in rows and text.strip()
        }
        # Texts of similar length share a batch, so that none waits for a long one.
        ordered = sorted(missing, key=lambda key: (len(missing[key]), key))
        for first in range(0, len(ordered), BATCH):
            batch = ordered[first : first + BATCH]
            computed = numpy.asarray(
                self.source.embed([missing[key][:MAX_TEXT_CHARACTERS] for key in batch]), "f4"
            )
            if computed.shape != (len(batch), self.width) or not numpy.isfinite(computed).all():
                raise EmbeddingFailed(f"the model {self.name} gave no vectors of {self.width} numbers")
            computed /= numpy.maximum(numpy.linalg.norm(computed, axis=1, keepdims=True), 1e-12)
            fresh = {key: row.astype("<f2").tobytes() for key, row in zip(batch, computed, strict=True)}
            rows.update(fresh)
            self._keep(fresh)
        zero = bytes(2 * self.width)
        data = b"".join(rows.get(key, zero) for key in keys)
        return numpy.frombuffer(data, "<f2").astype("f4").reshape(len(texts), self.width)

    def _compute_key(self, text: str) -> bytes:
        return blake2b(f"{self.name}\0{text}".encode("utf-8", "replace"), digest_size=16).digest()

    def _look_up(self, keys: set[bytes]) -> dict[bytes, bytes]:
        rows = {key: self._rows[key] for key in keys if key in self._rows}
        if self._cache is not None:
            try:
                for key in keys - rows.keys():
                    row = self._cache.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
                    if row is not None and len(row[0]) == 2 * self.width:
                        rows[key] = row[0]
            except sqlite3.Error:
                self._cache = None
        return rows

    def _keep(self, fresh: dict[bytes, bytes]) -> None:
        """A cache that cannot be written costs time, never the answer."""
        self._rows.update(fresh)
        if self._cache is not None:
            try:
                with self._cache:
                    self._cache.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", fresh.items())
            except sqlite3.Error:
                self._cache = None


def open_vector_cache(path: str) -> sqlite3.Connection | None:
    """The cache's file, created or emptied where needed; None where it cannot be opened."""
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        file = sqlite3.connect(path, timeout=10)
        file.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
        )
        if file.execute("SELECT count(*) FROM vectors").fetchone()[0] > MAX_CACHED_VECTORS:
            with file:
                file.execute("DELETE FROM vectors")
    except (OSError, sqlite3.Error):
        return None
    return file


def open_embedder() -> Embedder:
    """MiniLM from the cache of models. Raises EmbeddingsUnavailable, with how to get it."""
    for package in ("llama_cpp", "numpy"):
        if importlib.util.find_spec(package) is None:
            raise EmbeddingsUnavailable(
                f"embeddings need the package {package}, which is not installed",
                hint="pip install 'rulewright[llama]'",
            )
    model = find_stored_model(NAME)
    if model is None:
        raise EmbeddingsUnavailable("the model minilm is not pulled", hint="run rulewright model pull minilm")
    return Embedder(
        MiniLmProcess(model.path, model.sha256),
        cache=os.path.join(models_folder(), "vectors.db"),
        model=model.sha256,
    )


_SHARED: Final[dict[tuple[int, str], Embedder]] = {}
"""Process and folder of models → its embedder. After a fork, the child opens one of its own."""


def shared_embedder() -> Embedder:
    """The embedder of this process, closed at the interpreter's end. Raises EmbeddingsUnavailable."""
    key = os.getpid(), models_folder()
    if key not in _SHARED:
        embedder = open_embedder()
        if not _SHARED:
            atexit.register(_close_shared)
        _SHARED[key] = embedder
    return _SHARED[key]


def shared_embedder_or_reason() -> tuple[Embedder | None, str]:
    """The embedder of this process, or the reason why there is none and how to get it. Raises nothing."""
    try:
        return shared_embedder(), ""
    except (EmbeddingsUnavailable, SourceError) as error:
        return None, error.message if error.hint is None else f"{error.message}: {error.hint}"


def _close_shared() -> None:
    while _SHARED:
        (owner, _), embedder = _SHARED.popitem()
        if owner == os.getpid():
            embedder.close()
