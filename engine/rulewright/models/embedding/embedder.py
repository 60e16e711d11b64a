"""Vectors of texts: from the model's process, in batches, each text once, kept by the text's hash.

with embedder() as embed:
    embed.vectors(["App crashes on startup"])      # float32, one row of length one per text
"""

from __future__ import annotations

import os
import sqlite3
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Protocol

from rulewright.models.embedding.minilm import CONTEXT, NAME, VECTORS_NAME, WIDTH
from rulewright.models.embedding.model_store import find_stored_model, models_folder
from rulewright.policy.diagnostics import RulewrightError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH: Final = 32
MAX_TEXT_CHARACTERS: Final = 4000
"""Code points of a text that are looked at; more never fit the model's context."""
THREADS: Final = 1
"""A small model gains little by two, and loses tenfold when something else wants the second core."""
MAX_CACHED_VECTORS: Final = 200_000
"""Vectors that are kept in the cache; beyond, it is begun anew."""


class EmbeddingsUnavailable(RulewrightError):
    """There is no model for embeddings, or no library to run it: the message says why, the hint how to get it."""

    exit_code = 4


class EmbeddingFailed(SourceError):
    """The model is there and gave no vectors. Whoever has words as well goes on with them."""


class VectorSource(Protocol):
    """Turns texts into lists of numbers, one per text."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]: ...

    def close(self) -> None: ...


class MiniLmProcess:
    """MiniLM in the model's process."""

    def __init__(self, path: str, sha256: str) -> None:
        from rulewright.models.local.llama_process import ModelProcess
        from rulewright.models.local.llama_settings import LlamaSettings

        self.process = ModelProcess(
            LlamaSettings(path, sha256, NAME, context=CONTEXT, batch=CONTEXT, embedding=True, threads=1)
        )

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        from rulewright.models.local.llama_process import ModelProcessError

        try:
            reply = self.process.ask({"do": "embed", "texts": list(texts)})
        except ModelProcessError as trouble:
            raise EmbeddingFailed(f"embeddings failed: {trouble.reason}") from trouble
        return [list(vector) for vector in reply["vectors"]]

    def close(self) -> None:
        self.process.close()


class Embedder:
    """`source` makes vectors; `cache`: the file that keeps them, None: they are kept for this run alone.

    `name` names the vectors: what was made by another model, or in another way, is never mixed with them.
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
        self.kept: dict[bytes, bytes] = {}
        self.file = None if cache is None else open_vector_cache(cache)

    def __enter__(self) -> Embedder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and let go of the cache."""
        self.source.close()
        if self.file is not None:
            self.file.close()
            self.file = None

    def vectors(self, texts: Sequence[str]) -> Any:
        """float32, texts × width, rows of length one (an empty text's is zero). Raises EmbeddingFailed."""
        import numpy

        keys = [self.key(text) for text in texts]
        found = self.look_up(set(keys))
        wanted = {
            key: text for key, text in zip(keys, texts, strict=True) if key not in found and text.strip()
        }
        # Texts of like length share a batch, so that none waits for a long one.
        ordered = sorted(wanted, key=lambda key: (len(wanted[key]), key))
        for first in range(0, len(ordered), BATCH):
            part = ordered[first : first + BATCH]
            made = numpy.asarray(self.source.embed([wanted[key][:MAX_TEXT_CHARACTERS] for key in part]), "f4")
            if made.shape != (len(part), self.width) or not numpy.isfinite(made).all():
                raise EmbeddingFailed(f"the model {self.name} gave no vectors of {self.width} numbers")
            made /= numpy.maximum(numpy.linalg.norm(made, axis=1, keepdims=True), 1e-12)
            fresh = {key: row.astype("<f2").tobytes() for key, row in zip(part, made, strict=True)}
            found.update(fresh)
            self.keep(fresh)
        nothing = bytes(2 * self.width)
        rows = b"".join(found.get(key, nothing) for key in keys)
        return numpy.frombuffer(rows, "<f2").astype("f4").reshape(len(texts), self.width)

    def key(self, text: str) -> bytes:
        return blake2b(f"{self.name}\0{text}".encode("utf-8", "replace"), digest_size=16).digest()

    def look_up(self, keys: set[bytes]) -> dict[bytes, bytes]:
        found = {key: self.kept[key] for key in keys if key in self.kept}
        if self.file is not None:
            try:
                for key in keys - found.keys():
                    row = self.file.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
                    if row is not None and len(row[0]) == 2 * self.width:
                        found[key] = row[0]
            except sqlite3.Error:
                self.file = None
        return found

    def keep(self, fresh: dict[bytes, bytes]) -> None:
        """A cache that cannot be written costs time, never the answer."""
        self.kept.update(fresh)
        if self.file is not None:
            try:
                with self.file:
                    self.file.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", fresh.items())
            except sqlite3.Error:
                self.file = None


def open_vector_cache(path: str) -> sqlite3.Connection | None:
    """The cache's file, made or begun anew where that is needed; None where it cannot be."""
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
    """MiniLM out of the cache of models. Raises Missing, with how to get it."""
    from importlib.util import find_spec

    for package in ("llama_cpp", "numpy"):
        if find_spec(package) is None:
            raise EmbeddingsUnavailable(
                f"embeddings need the package {package}, which is not installed",
                hint="pip install 'rulewright[llama]'",
            )
    one = find_stored_model(NAME)
    if one is None:
        raise EmbeddingsUnavailable(
            "the model minilm is not here", hint="fetch it: rulewright model pull minilm"
        )
    return Embedder(
        MiniLmProcess(one.path, one.sha256),
        cache=os.path.join(models_folder(), "vectors.db"),
        model=one.sha256,
    )
