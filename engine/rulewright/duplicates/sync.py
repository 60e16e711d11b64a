"""Synchronisation of the index with the repository: what changed since the last run is indexed before the first query.

Where no index is kept between runs, the first run reads the issues of a year once. Where meanings are asked for, each
issue gets a vector, the longest unchanged first and at most `MOST_VECTORS` in one run: the next run goes on from there.
"""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from rulewright.detection.masking import mask_text
from rulewright.duplicates.database import open_index, translate_errors
from rulewright.duplicates.index import BATCH, index_issues
from rulewright.duplicates.issue import github_issue
from rulewright.duplicates.semantic_search import open_semantic_search
from rulewright.duplicates.vector_search import CHUNK, keep_vectors
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.quantity import format_moment, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Issue
    from rulewright.duplicates.semantic_search import SemanticSearch
    from rulewright.models.embedding.embedder import Embedder

YEAR: Final = 365 * 86_400
OVERLAP: Final = 60
"""Seconds that are read again, because what changed within one second may have been listed in two parts."""
MOST_VECTORS: Final = 1_000
"""Issues that get a vector in one run: about a minute and a half on one core."""


@runtime_checkable
class IssueLister(Protocol):
    """A reader that can list a repository's issues; one object for one run."""

    def __hash__(self) -> int: ...

    def issues(self, repository: str, since: str | None = None) -> Iterator[dict[str, object]]:
        """Open and closed ones that changed since then (ISO 8601), the longest unchanged first. Raises SourceError."""
        ...


class SyncedIndex(NamedTuple):
    """An index as a run brought it up to date; `meanings` None: nobody asks for them."""

    opened: Index
    meanings: SemanticSearch | None = None


_RUNS: Final[WeakKeyDictionary[IssueLister, dict[tuple[str, str], SyncedIndex]]] = WeakKeyDictionary()
"""Run → the indexes that it brought up to date. A run's own changes do not come in, whenever it asks."""


def sync_once(reader: IssueLister, path: str, repository: str, now: str, *, semantic: bool) -> SyncedIndex:
    """The index with what changed since it was synced, once for a run; `semantic`: with meanings."""
    known = _RUNS.setdefault(reader, {})
    if (path, repository) not in known:
        known[path, repository] = _sync(reader, path, repository, now, semantic=semantic)
    return known[path, repository]


def _sync(reader: IssueLister, path: str, repository: str, now: str, *, semantic: bool) -> SyncedIndex:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    try:
        index = open_index(path, write=True)
    except UsageError as error:
        raise SourceError(error.message, hint=error.hint) from error
    embed = _find_embedder() if semantic else None
    words = f"fed:{repository.casefold()}"
    vectors = "" if embed is None else f"{words}:{embed.name}"
    year = int(parse_moment(now) or 0) - YEAR
    with translate_errors(path):
        done = dict(index.execute("SELECT name, value FROM meta WHERE name IN (?, ?)", (words, vectors)))
    since = min(int(done[name]) - OVERLAP if name in done else year for name in (words, vectors) if name)
    indexed, embedded, why = _index_changes(index, _list_changed(reader, repository, since), embed, path)
    with translate_errors(path):
        for name, moment in ((words, indexed), (vectors, embedded)):
            if name:
                until = max(since, moment, int(done.get(name, 0)), 0)
                index.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, until))
        if not semantic:
            return SyncedIndex(index)
        meanings = open_semantic_search(index, path)
    return SyncedIndex(index, meanings._replace(why=why) if why else meanings)


def _find_embedder() -> Embedder | None:
    from rulewright.models.embedding.embedder import shared_embedder_or_reason

    return shared_embedder_or_reason()[0]


def _list_changed(reader: IssueLister, repository: str, since: int) -> Iterator[tuple[int, Issue]]:
    """(when it changed, the issue without personal data) of all that changed since then."""
    for data in reader.issues(repository, format_moment(max(0, since))):
        if "pull_request" not in data:
            issue = github_issue(data, repository)
            # The index is a file that outlives personal data and secrets on GitHub, and travels.
            title, body = (mask_text(text, name_types=True) for text in (issue.title, issue.body))
            moment = parse_moment(str(data.get("updated_at"))) or 0
            yield int(moment), issue._replace(title=title, body=body)


def _index_changes(
    index: Index, listed: Iterator[tuple[int, Issue]], embed: Embedder | None, path: str
) -> tuple[int, int, str]:
    """(when the last one changed, and the last one that got a vector; why the others got none)."""
    latest = embedded_until = count = 0
    why = ""
    while part := list(islice(listed, BATCH if embed is None else CHUNK)):
        issues = [issue for _, issue in part]
        index_issues(index, issues, name=path)
        latest = max(latest, *(changed for changed, _ in part))
        if embed is None or why:
            continue
        if count >= MOST_VECTORS:
            why = f"{count} issues were embedded in this run; the rest follow in the next runs"
            continue
        made, why = _embed(index, issues, embed, path)
        count += made
        embedded_until = embedded_until if why else latest
    return latest, embedded_until, why


def _embed(index: Index, issues: list[Issue], embed: Embedder, path: str) -> tuple[int, str]:
    """How many issues got a vector, and why they got none."""
    from rulewright.models.embedding.embedder import EmbeddingFailed

    try:
        with translate_errors(path):
            return keep_vectors(index, issues, embed), ""
    except EmbeddingFailed as error:
        return 0, error.message
