"""The source `duplicates`: earlier issues in the index that the subject may repeat.

form: { duplicates: issues, within: 365d, limit: 25, threshold: 0.5, in: [issue.title, issue.body] }

`duplicates: open` leaves closed candidates out; `duplicates: issues` takes all. With `duplicates: { embed:
minilm }` in rulewright.yaml, candidates are found by meaning as well (`duplicates/semantic_search.py`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from rulewright.duplicates.candidates import LIMIT as LEAST_FUSED
from rulewright.duplicates.canonical_issue import find_canonical_issue
from rulewright.duplicates.database import index_path, open_index, translate_errors
from rulewright.duplicates.decision import decide_verdict
from rulewright.duplicates.issue import github_issue
from rulewright.duplicates.search import MOST, WITHIN, search_duplicates
from rulewright.duplicates.semantic_search import (
    is_semantic_search_asked,
    open_semantic_search,
    search_provenance,
)
from rulewright.duplicates.sync import IssueLister, sync_once
from rulewright.events.fact_source import Absent, Sourced
from rulewright.events.snapshot import subject, subject_data
from rulewright.events.texts import read_texts
from rulewright.policy.diagnostics import RulewrightError, SourceError, UsageError
from rulewright.policy.fact_sources.subject import DUPLICATE_SCOPES
from rulewright.policy.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Issue
    from rulewright.duplicates.search import Candidate, SearchResult
    from rulewright.duplicates.semantic_search import SemanticSearch
    from rulewright.events.model import Event
    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.policy.config import Config
    from rulewright.program.named_facts import Need

LIMIT: Final = 25


def duplicates_source(
    config: Config, reader: PayloadReader | IssueLister | None
) -> DuplicatesSource | SyncedDuplicatesSource:
    """The source for a run: with a reader that lists issues, the index is brought up to date first."""
    if isinstance(reader, IssueLister):
        return SyncedDuplicatesSource(config, reader)
    return DuplicatesSource(config)


class DuplicatesSource:
    """Gathers `duplicates` facts. `index` is an index that is open already, with its `meanings` where they are
    asked for; else `config` says where its file is."""

    def __init__(
        self, config: Config, index: Index | None = None, meanings: SemanticSearch | None = None
    ) -> None:
        self.config = config
        self.index = index
        self.meanings = meanings

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, object]:
        """Fact → `{count, score, margin, decision, candidates, canonical?}`, see `policy/fact_sources/`; with its
        provenance, where meanings are asked for.

        Raises SourceError when the index is damaged. Without an index, or a subject, the facts are absent.
        """
        if subject(event) is None:
            return {request.name: Absent("the event has no subject") for request in requests}
        path = index_path(self.config)
        if self.index is None and not os.path.exists(path):
            missing = Absent(f"no index at {path}; create it: rulewright duplicates index FILE --db {path}")
            return {request.name: missing for request in requests}
        try:
            index = self.index if self.index is not None else open_index(path)
        except UsageError as error:
            raise SourceError(error.message, hint=error.hint) from error
        try:
            with translate_errors(path):
                meanings = self._open_meanings(index, path)
                return {
                    request.name: _answer(index, request.arguments, event, now, meanings)
                    for request in requests
                }
        finally:
            if self.index is None:
                index.close()

    def _open_meanings(self, index: Index, path: str) -> SemanticSearch | None:
        """What there is to compare meanings with; None, with nothing imported, where nobody asks for it."""
        if self.meanings is not None or not is_semantic_search_asked(self.config):
            return self.meanings
        hint = f": rulewright duplicates index FILE --db {path} --embed minilm"
        return open_semantic_search(index, path, hint)


class SyncedDuplicatesSource:
    """Gathers `duplicates` facts on GitHub. Writes nothing but the index, a file of its own."""

    def __init__(self, config: Config, reader: IssueLister) -> None:
        self.config = config
        self.reader = reader

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, object]:
        """As `DuplicatesSource.gather`. Raises SourceError when GitHub, or the index, fails."""
        about = subject(event)
        if about is None or not about.repository:
            return DuplicatesSource(self.config).gather(requests, event, now)
        path = index_path(self.config, about.repository)
        synced = sync_once(
            self.reader, path, about.repository, now, semantic=is_semantic_search_asked(self.config)
        )
        return DuplicatesSource(self.config, synced.opened, synced.meanings).gather(requests, event, now)


def _answer(
    index: Index, arguments: Mapping[str, Any], event: Event, now: str, meanings: SemanticSearch | None
) -> dict[str, object] | Sourced | Absent:
    try:
        scope = read_scope(arguments)
        within = read_span(arguments.get("within")) or WITHIN
        issue = query_issue(event, arguments.get("in"), now)
    except RulewrightError as error:
        return Absent(error.message, failed=True)
    repository = issue.extra.get("repository")
    # What is left out below must not cost the others their place.
    result, provenance = search_with_provenance(index, issue, meanings, limit=MOST, within=within)
    kept = [
        candidate
        for candidate in result.candidates
        if candidate.score >= (arguments.get("threshold") or 0.0)
        and (scope != "open" or candidate.extra.get("state") != "closed")
        and candidate.extra.get("repository", repository) == repository
    ]
    limit = arguments.get("limit") or LIMIT
    # The fusion says who is among the best; the score, in which order, and whether they are the same.
    by_fusion = sorted(kept, key=lambda candidate: -candidate.fused)
    best = {candidate.id for candidate in by_fusion[: max(limit, LEAST_FUSED)]}
    value = fact_value(index, result, [candidate for candidate in kept if candidate.id in best], limit)
    return value if provenance is None else Sourced(value, provenance)


def search_with_provenance(
    index: Index, issue: Issue, meanings: SemanticSearch | None, *, limit: int, within: float
) -> tuple[SearchResult, dict[str, object] | None]:
    """The result, and its provenance where meanings are asked for. A model that fails leaves the words."""
    if meanings is None:
        return search_duplicates(index, issue, limit=limit, within=within), None
    from rulewright.models.embedding.embedder import EmbeddingFailed

    try:
        result = search_duplicates(index, issue, limit=limit, within=within, vectors=meanings.vectors)
    except EmbeddingFailed as error:
        result = search_duplicates(index, issue, limit=limit, within=within)
        return result, search_provenance(meanings, error.message)
    return result, search_provenance(meanings)


def read_scope(arguments: Mapping[str, object]) -> str:
    """`issues` or `open`. Raises UsageError."""
    scope = arguments.get("duplicates")
    if scope not in DUPLICATE_SCOPES:
        raise UsageError("`duplicates` of a fact is `issues` or `open`")
    return str(scope)


def read_span(text: str | None) -> float | None:
    """The seconds of a duration such as `365d`. Raises UsageError for anything else."""
    if text is None:
        return None
    quantity = parse_quantity(text)
    if quantity is None or quantity.dimension != "duration" or quantity.value <= 0:
        raise UsageError(f"`within` is no duration: {text!r}")
    return quantity.value


def query_issue(event: Event, paths: Sequence[str] | None, now: str) -> Issue:
    """The subject as a query. With `in`, the title counts as a title only where the paths name it."""
    data = subject_data(event.payload)
    issue = github_issue({**data, "created_at": data.get("created_at") or now})
    about = subject(event)
    if about is not None and about.repository:
        issue = issue._replace(extra={**issue.extra, "repository": about.repository})
    if paths is None:
        return issue
    rest = [path for path in paths if path.rpartition(".")[2] != "title"]
    title = issue.title if len(rest) < len(paths) else ""
    return issue._replace(title=title, body="\n\n".join(read_texts(event.payload, rest)))


def fact_value(
    index: Index, result: SearchResult, kept: Sequence[Candidate], limit: int
) -> dict[str, object]:
    """The fact. `decision` is about the candidates that were kept."""
    scores = [candidate.score for candidate in kept]
    first, second = (*scores, 0.0, 0.0)[:2]
    out: dict[str, object] = {
        "count": min(len(kept), limit),
        "score": first,
        "margin": round(first - second, 4),
        "decision": decide_verdict(scores),
        "candidates": [candidate_value(candidate) for candidate in kept[:limit]],
    }
    root = find_canonical_issue(index, result, kept)
    return out if root is None else {**out, "canonical": root}


def candidate_value(candidate: Candidate) -> dict[str, object]:
    """A candidate as policies read it."""
    known = {
        "number": candidate.extra.get("number", candidate.id),
        "title": candidate.title,
        "url": candidate.extra.get("url"),
        "state": candidate.extra.get("state"),
    }
    kept = {name: value for name, value in known.items() if value is not None}
    return {
        **kept,
        "score": candidate.score,
        "created_at": candidate.created_at,
        "why": list(candidate.why),
    }
