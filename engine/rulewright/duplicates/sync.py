"""The index fed from the repository itself: what changed there since the last run is put in before the first query.

Where no index is kept between runs, the first run reads the issues of a year once. Where meanings are asked for, each
issue gets a vector, the longest unchanged first and at most `MOST_VECTORS` in one run: the next run goes on from there.
"""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.quantity import parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Issue
    from rulewright.duplicates.semantic_search import SemanticSearch
    from rulewright.models.embedding.embedder import Embedder

YEAR: Final = 365 * 86_400
OVERLAP: Final = 60
"""Seconds that are read again, because what changed within one second may have been listed in two parts."""
MOST_VECTORS: Final = 1_000
"""Issues that get a vector in one run: about a minute and a half on one core."""
CHUNK: Final = 256
"""Issues that are written, and then compared by meaning, at a time."""


@runtime_checkable
class IssueLister(Protocol):
    """A reader that can list a repository's issues; one object for one run."""

    def __hash__(self) -> int: ...

    def issues(self, repository: str, since: str | None = None) -> Iterator[dict[str, Any]]:
        """Open and closed ones that changed since then (ISO 8601), the longest unchanged first. Raises SourceError."""
        ...


class SyncedIndex(NamedTuple):
    """An index as a run fed it; `meanings` None: nobody asks for them."""

    opened: Index
    meanings: SemanticSearch | None = None


_RUNS: Final[WeakKeyDictionary[IssueLister, dict[tuple[str, str], SyncedIndex]]] = WeakKeyDictionary()
"""Run → the indexes that it fed. A run's own changes do not come in, whenever it asks."""


def sync_once(reader: IssueLister, path: str, repository: str, now: str, meant: bool) -> SyncedIndex:
    """The index with what changed since it was fed, once for a run; `meant`: with meanings."""
    known = _RUNS.setdefault(reader, {})
    if (path, repository) not in known:
        known[path, repository] = _sync(reader, path, repository, now, meant)
    return known[path, repository]


def _sync(reader: IssueLister, path: str, repository: str, now: str, meant: bool) -> SyncedIndex:
    from rulewright.duplicates.database import open_index, translate_errors
    from rulewright.duplicates.semantic_search import open_semantic_search
    from rulewright.models.embedding.shared import shared_embedder_or_reason

    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    try:
        index = open_index(path, write=True)
    except UsageError as error:
        raise SourceError(error.message, hint=error.hint) from error
    embed, _ = shared_embedder_or_reason() if meant else (None, "")
    words = f"fed:{repository.casefold()}"
    vectors = "" if embed is None else f"{words}:{embed.name}"
    year = int(parse_moment(now) or 0) - YEAR
    with translate_errors(path):
        marks = dict(index.execute("SELECT name, value FROM meta WHERE name IN (?, ?)", (words, vectors)))
    since = min(int(marks[name]) - OVERLAP if name in marks else year for name in (words, vectors) if name)
    latest, meant_until, why = _index_changes(index, _list_changed(reader, repository, since), embed, path)
    with translate_errors(path):
        for name, moment in ((words, latest), (vectors, meant_until)):
            if name:
                found = max(since, moment, int(marks.get(name, 0)), 0)
                index.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, found))
        if not meant:
            return SyncedIndex(index)
        found_there = open_semantic_search(index, path)
    return SyncedIndex(index, found_there._replace(why=why) if why else found_there)


def _list_changed(reader: IssueLister, repository: str, since: int) -> Iterator[tuple[int, Issue]]:
    """(when it changed, the issue without personal data) of all that changed since then."""
    from rulewright.duplicates.issue import github_issue

    for issue in reader.issues(repository, _iso(since)):
        if "pull_request" not in issue:
            found = github_issue(issue, repository)
            clean = found._replace(title=_mask_findings(found.title), body=_mask_findings(found.body))
            yield int(parse_moment(str(issue.get("updated_at"))) or 0), clean


def _index_changes(
    index: Index, listed: Iterator[tuple[int, Issue]], embed: Embedder | None, path: str
) -> tuple[int, int, str]:
    """(when the last one changed, and the last one that got a vector; why the others got none)."""
    from rulewright.duplicates.database import translate_errors
    from rulewright.duplicates.index import BATCH, index_issues
    from rulewright.duplicates.vector_search import keep_vectors
    from rulewright.models.embedding.embedder import EmbeddingFailed

    latest = meant_until = made = 0
    why = ""
    while part := list(islice(listed, BATCH if embed is None else CHUNK)):
        issues = [issue for _, issue in part]
        index_issues(index, issues, name=path)
        latest = max(latest, *(changed for changed, _ in part))
        if embed is None or why:
            continue
        if made >= MOST_VECTORS:
            why = f"{made} issues got a vector in this run; the rest get theirs in the next ones"
            continue
        try:
            with translate_errors(path):
                made += keep_vectors(index, issues, embed)
        except EmbeddingFailed as error:
            why = error.message
        else:
            meant_until = latest
    return latest, meant_until, why


def _mask_findings(text: str) -> str:
    """The text without personal data and secrets: the index is a file that outlives them on GitHub, and travels."""
    from rulewright.detection import detect

    for finding in sorted(detect(text), key=lambda one: one.start, reverse=True):
        text = f"{text[: finding.start]}[masked: {finding.type}]{text[finding.end :]}"
    return text


def _iso(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(max(0, seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def index_path(config: Mapping[str, Any]) -> str:
    """The index's file: `duplicates.database` of rulewright.yaml, else in its state's folder, else in the cache."""
    from rulewright.policy.private_cache import cache_folder

    named = (config.get("duplicates") or {}).get("database")
    folder = (config.get("state") or {}).get("directory")
    return str(named) if named else os.path.join(folder or cache_folder(), "duplicates.db")
