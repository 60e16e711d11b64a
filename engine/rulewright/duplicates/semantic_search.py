"""Semantic search behind a `duplicates` fact: whether it is configured, whether it is available, its provenance.

duplicates: { embed: minilm }   # in rulewright.yaml

Without the model, or the vectors, words alone decide, and the fact's provenance says so.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.detection.masking import mask_text
from rulewright.duplicates.vector_search import has_vectors, read_vectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rulewright.duplicates.candidates import VectorSearch
    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Issue
    from rulewright.duplicates.vector_search import VectorIndex
    from rulewright.models.embedding.embedder import Embedder
    from rulewright.policy.config import Config

MODEL: Final = "minilm"


class SemanticSearch(NamedTuple):
    """What there is to compare meanings with. `vectors` None: nothing, and `why`; with both, they are not complete."""

    vectors: VectorSearch | None
    model: str = ""
    """The model file's SHA-256."""
    why: str = ""


class MaskedVectorSearch(NamedTuple):
    """The vectors of an index, asked without what looks like a secret or personal data: that reaches no process."""

    vectors: VectorSearch

    def nearest(self, issue: Issue, low: int, high: int, limit: int) -> Sequence[tuple[int, float]]:
        return self.vectors.nearest(_mask_issue(issue), low, high, limit)

    def compare(self, issue: Issue, rows: Iterable[int]) -> Mapping[int, float]:
        return self.vectors.compare(_mask_issue(issue), rows)


def _mask_issue(issue: Issue) -> Issue:
    return issue._replace(title=mask_text(issue.title), body=mask_text(issue.body))


def is_semantic_search_asked(config: Config) -> bool:
    """Whether the configuration asks for meanings."""
    return config.duplicates.embed is not None


def open_semantic_search(index: Index, path: str, hint: str | None = None) -> SemanticSearch:
    """The meanings that an index holds. `hint`: what to do where it holds none. Raises sqlite3.Error."""
    from rulewright.models.embedding.embedder import shared_embedder_or_reason

    embed, why = shared_embedder_or_reason()
    if embed is None:
        return SemanticSearch(None, why=why)
    if not has_vectors(index, embed.name):
        return SemanticSearch(
            None, embed.model, f"the index {path} has no vectors{'' if hint is None else hint}"
        )
    return SemanticSearch(MaskedVectorSearch(_read(index, path, embed)), embed.model)


_LAST: Final[dict[str, tuple[object, VectorIndex]]] = {}
"""The vectors that were read last, under the file's path, with the stamp that it had: a stream asks many times."""


def _read(index: Index, path: str, embed: Embedder) -> VectorIndex:
    stamp = (embed.name, os.getpid(), *(_stamp(file) for file in (path, f"{path}-wal")))
    known = _LAST.get(path)
    if known is not None and known[0] == stamp and known[1].embed is embed:
        return known[1]
    found = read_vectors(index, embed)
    _LAST.clear()
    _LAST[path] = stamp, found
    return found


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def search_provenance(meanings: SemanticSearch, failed: str = "") -> dict[str, object]:
    """Who found the candidates, as `facts/model_tasks.py` says it: the model, or words alone and why.

    {task, tier, provider?, model?, reason?, tried}; `failed`: what went wrong with this very question.
    """
    why = failed or meanings.why
    code = "failed" if failed else "missing" if meanings.vectors is None else "budget"
    tried = [{"provider": MODEL, "tier": "local", "code": code, "reason": why}] if why else []
    if meanings.vectors is None or failed:
        return {"task": "duplicates", "tier": "heuristic", "reason": f"words only: {why}", "tried": tried}
    return {
        "task": "duplicates",
        "tier": "local",
        "provider": MODEL,
        "model": meanings.model,
        "tried": tried,
    }
