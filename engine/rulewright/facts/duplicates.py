"""The source `duplicates`: which earlier issues the subject may repeat, out of the index.

form: { duplicates: issues, within: 365d, limit: 25, threshold: 0.5, in: [issue.title, issue.body] }

`duplicates: open` leaves closed candidates out; `duplicates: issues` takes all. With `duplicates: { embed:
minilm }` in rulewright.yaml, candidates are found by meaning as well (`duplicates/semantic_search.py`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from rulewright.duplicates.sync import IssueLister, index_path
from rulewright.policy.diagnostics import RulewrightError, SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Issue
    from rulewright.duplicates.search import Candidate, SearchResult
    from rulewright.duplicates.semantic_search import SemanticSearch
    from rulewright.events.fact_source import Absent, Sourced
    from rulewright.events.model import Event
    from rulewright.facts.payload_loader import Reader
    from rulewright.program.named_facts import Need

LIMIT: Final = 25
ASKED: Final = ("issues", "open")


class DuplicatesSource:
    """Gathers `duplicates` facts. `index` is an index that is open already, with its `meanings` where they are
    asked for; else `config` says where its file is."""

    def __init__(
        self, config: Mapping[str, Any], index: Index | None = None, meanings: SemanticSearch | None = None
    ) -> None:
        self.config = config
        self.index = index
        self.meanings = meanings

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, Any]:
        """Fact → `{count, score, margin, decision, candidates, canonical?}`, see `policy/fact_sources/`; with its
        provenance, where meanings are asked for.

        Raises SourceError when the index is damaged. Without an index, or a subject, the facts are absent.
        """
        from rulewright.duplicates.database import open_index, translate_errors
        from rulewright.events.fact_source import Absent
        from rulewright.events.snapshot import subject

        found = subject(event)
        if found is None:
            return {request.name: Absent("the event has no subject") for request in requests}
        path = index_path(self.config)
        if self.index is None and not os.path.exists(path):
            missing = Absent(
                f"there is no index {path}; make it: rulewright duplicates index FILE --db {path}"
            )
            return {request.name: missing for request in requests}
        try:
            index = self.index if self.index is not None else open_index(path)
        except UsageError as error:
            raise SourceError(error.message, hint=error.hint) from error
        try:
            with translate_errors(path):
                meanings = self.embedded(index, path)
                return {request.name: self.one(index, request, event, now, meanings) for request in requests}
        finally:
            if self.index is None:
                index.close()

    def embedded(self, index: Index, path: str) -> SemanticSearch | None:
        """What there is to compare meanings with; None, with nothing imported, where nobody asks for it."""
        from rulewright.duplicates.semantic_search import is_semantic_search_asked, open_semantic_search

        if not is_semantic_search_asked(self.config):
            return None
        if self.meanings is not None:
            return self.meanings
        return open_semantic_search(
            index, path, f": rulewright duplicates index FILE --db {path} --embed minilm"
        )

    def one(
        self, index: Index, request: Need, event: Event, now: str, meanings: SemanticSearch | None = None
    ) -> dict[str, Any] | Sourced | Absent:
        from rulewright.duplicates.search import LIMIT as FEWEST
        from rulewright.duplicates.search import MOST, WITHIN
        from rulewright.events.fact_source import Absent, Sourced

        arguments = request.arguments
        try:
            which = read_scope(arguments)
            within = read_span(arguments.get("within")) or WITHIN
            issue = query_issue(event, arguments.get("in"), now)
        except RulewrightError as error:
            return Absent(error.message, failed=True)
        repository = issue.extra.get("repository")
        # What is left out below must not cost the others their place.
        answer, told = search_with_provenance(index, issue, meanings, limit=MOST, within=within)
        kept = [
            one
            for one in answer.candidates
            if one.score >= (arguments.get("threshold") or 0.0)
            and (which != "open" or one.extra.get("state") != "closed")
            and one.extra.get("repository", repository) == repository
        ]
        limit = arguments.get("limit") or LIMIT
        # The fusion says who is among the best; the score, in which order, and whether they are the same.
        best = {one.id for one in sorted(kept, key=lambda one: -one.fused)[: max(limit, FEWEST)]}
        found = fact_value(index, answer, [one for one in kept if one.id in best], limit)
        return found if told is None else Sourced(found, told)


def duplicates_source(
    config: Mapping[str, Any], reader: Reader | None
) -> DuplicatesSource | SyncedDuplicatesSource:
    """The source for a run: with a reader that lists issues, the index is brought up to date first."""
    return (
        SyncedDuplicatesSource(config, reader)
        if isinstance(reader, IssueLister)
        else DuplicatesSource(config)
    )


def search_with_provenance(
    index: Index, issue: Issue, meanings: SemanticSearch | None, *, limit: int, within: float
) -> tuple[SearchResult, dict[str, Any] | None]:
    """The answer, and its provenance where meanings are asked for. A model that fails leaves the words."""
    from rulewright.duplicates.search import search_duplicates

    if meanings is None:
        return search_duplicates(index, issue, limit=limit, within=within), None
    from rulewright.duplicates.semantic_search import search_provenance
    from rulewright.models.embedding.embedder import EmbeddingFailed

    try:
        found = search_duplicates(index, issue, limit=limit, within=within, vectors=meanings.vectors)
    except EmbeddingFailed as error:
        return search_duplicates(index, issue, limit=limit, within=within), search_provenance(
            meanings, error.message
        )
    return found, search_provenance(meanings)


def read_scope(arguments: Mapping[str, Any]) -> str:
    which = arguments.get("duplicates")
    if which not in ASKED:
        raise UsageError("`duplicates` of a fact is `issues` or `open`")
    return str(which)


def read_span(text: str | None) -> float | None:
    from rulewright.policy.quantity import parse_quantity

    if text is None:
        return None
    quantity = parse_quantity(text)
    if quantity is None or quantity.dimension != "duration" or quantity.value <= 0:
        raise UsageError(f"`within` is no duration: {text!r}")
    return quantity.value


def query_issue(event: Event, paths: Sequence[str] | None, now: str) -> Issue:
    """The subject as a query. With `in`, the title counts as a title only where the paths name it."""
    from rulewright.duplicates.issue import github_issue
    from rulewright.events.snapshot import subject
    from rulewright.events.texts import texts

    key = next(
        key for key in ("issue", "pull_request", "discussion") if isinstance(event.payload.get(key), dict)
    )
    data = event.payload[key]
    issue = github_issue({**data, "created_at": data.get("created_at") or now})
    found = subject(event)
    if found is not None and found.repository:
        issue = issue._replace(extra={**issue.extra, "repository": found.repository})
    if paths is None:
        return issue
    titled = any(path.rpartition(".")[2] == "title" for path in paths)
    rest = [path for path in paths if path.rpartition(".")[2] != "title"]
    return issue._replace(title=issue.title if titled else "", body="\n\n".join(texts(event.payload, rest)))


def fact_value(index: Index, answer: SearchResult, kept: Sequence[Candidate], limit: int) -> dict[str, Any]:
    """The fact. `decision` is about the candidates that were kept."""
    from rulewright.duplicates.canonical_issue import find_canonical_issue
    from rulewright.duplicates.decision import decide_verdict

    scores = [one.score for one in kept]
    first, second = (*scores, 0.0, 0.0)[:2]
    out: dict[str, Any] = {
        "count": min(len(kept), limit),
        "score": first,
        "margin": round(first - second, 4),
        "decision": decide_verdict(scores),
        "candidates": [candidate_value(one) for one in kept[:limit]],
    }
    root = find_canonical_issue(index, answer, kept)
    return out if root is None else {**out, "canonical": root}


def candidate_value(one: Candidate) -> dict[str, Any]:
    number = one.extra.get("number", one.id)
    said = {
        "number": number,
        "title": one.title,
        "url": one.extra.get("url"),
        "state": one.extra.get("state"),
    }
    kept = {name: value for name, value in said.items() if value is not None}
    return {**kept, "score": one.score, "created_at": one.created_at, "why": list(one.why)}


class SyncedDuplicatesSource:
    """Gathers `duplicates` facts on GitHub. Writes nothing but the index, a file of its own."""

    def __init__(self, config: Mapping[str, Any], reader: IssueLister) -> None:
        self.config = config
        self.reader = reader

    def gather(
        self, requests: tuple[Need, ...], event: Event, now: str
    ) -> Mapping[str, Any | Sourced | Absent]:
        """As `Duplicates.gather`. Raises SourceError when GitHub, or the index, fails."""
        from rulewright.events.snapshot import subject

        found = subject(event)
        if found is None or not found.repository:
            return DuplicatesSource(self.config).gather(requests, event, now)
        from rulewright.duplicates.semantic_search import is_semantic_search_asked
        from rulewright.duplicates.sync import sync_once

        path = _file(self.config, found.repository)
        fed = sync_once(self.reader, path, found.repository, now, is_semantic_search_asked(self.config))
        return DuplicatesSource(self.config, fed.opened, fed.meanings).gather(requests, event, now)


def _file(config: Mapping[str, Any], repository: str) -> str:
    """The configured file; in the cache, one for each repository."""
    path = index_path(config)
    if (config.get("duplicates") or {}).get("database") or (config.get("state") or {}).get("directory"):
        return path
    folder, name = os.path.split(path)
    return os.path.join(folder, f"{name.removesuffix('.db')}-{repository.replace('/', '-').casefold()}.db")
