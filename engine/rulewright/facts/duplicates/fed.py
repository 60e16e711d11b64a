"""The index fed from the repository itself: what changed there since the last run is put in before the first query.

Where no index is kept between runs, the first run reads the issues of a year once.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakKeyDictionary

from rulewright.facts.duplicates.source import Duplicates, place
from rulewright.policy.quantity import parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.compile.route import Need
    from rulewright.facts.duplicates.database import Index
    from rulewright.facts.model import Event
    from rulewright.facts.sources import Absent

__all__ = ["FedDuplicates", "Lister"]

YEAR: Final = 365 * 86_400
OVERLAP: Final = 60
"""Seconds that are read again, because what changed within one second may have been listed in two parts."""


class Lister(Protocol):
    """A reader that can list a repository's issues; one object for one run."""

    def __hash__(self) -> int: ...

    def issues(self, repository: str, since: str | None = None) -> Iterator[dict[str, Any]]:
        """Open and closed ones that changed since then (ISO 8601), the longest unchanged first. Raises SourceError."""
        ...


class FedDuplicates:
    """Gathers `duplicates` facts on GitHub. Writes nothing but the index, a file of its own."""

    def __init__(self, config: Mapping[str, Any], reader: Lister) -> None:
        self.config = config
        self.reader = reader

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, Any | Absent]:
        """As `Duplicates.gather`. Raises SourceError when GitHub, or the index, fails."""
        from rulewright.facts.event.snapshot import subject

        found = subject(event)
        if found is None or not found.repository:
            return Duplicates(self.config).gather(requests, event, now)
        index = _fed(self.reader, _file(self.config, found.repository), found.repository, now)
        return Duplicates(self.config, index).gather(requests, event, now)


def _file(config: Mapping[str, Any], repository: str) -> str:
    """The configured file; in the cache, one for each repository."""
    path = place(config)
    if (config.get("duplicates") or {}).get("database") or (config.get("state") or {}).get("directory"):
        return path
    folder, name = os.path.split(path)
    return os.path.join(folder, f"{name.removesuffix('.db')}-{repository.replace('/', '-').casefold()}.db")


_RUNS: Final[WeakKeyDictionary[Lister, dict[tuple[str, str], Index]]] = WeakKeyDictionary()
"""Run → the indexes that it fed. A run's own changes do not come in, whenever it asks."""


def _fed(reader: Lister, path: str, repository: str, now: str) -> Index:
    """The index with what changed since it was fed; once for a run."""
    known = _RUNS.setdefault(reader, {})
    if (path, repository) not in known:
        known[path, repository] = _feed(reader, path, repository, now)
    return known[path, repository]


def _feed(reader: Lister, path: str, repository: str, now: str) -> Index:
    from rulewright.facts.duplicates.database import open_index, told
    from rulewright.facts.duplicates.index import index_issues
    from rulewright.facts.duplicates.issue import github_issue

    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    index = open_index(path, write=True)
    name = f"fed:{repository.casefold()}"
    with told(path):
        row = index.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    moment = int(parse_moment(now) or 0)
    since = int(row[0]) - OVERLAP if row is not None else moment - YEAR
    latest = since

    def listed() -> Iterator[Any]:
        nonlocal latest
        for issue in reader.issues(repository, _iso(since)):
            if "pull_request" not in issue:
                changed = parse_moment(str(issue.get("updated_at")))
                latest = max(latest, int(changed)) if changed is not None else latest
                found = github_issue(issue, repository)
                yield found._replace(title=_clean(found.title), body=_clean(found.body))

    index_issues(index, listed(), name=path)
    with told(path):
        index.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, max(latest, 0)))
    return index


def _clean(text: str) -> str:
    """The text without personal data and secrets: the index is a file that outlives them on GitHub, and travels."""
    from rulewright.facts.detect import detect

    for finding in sorted(detect(text), key=lambda one: one.start, reverse=True):
        text = f"{text[: finding.start]}[masked: {finding.type}]{text[finding.end :]}"
    return text


def _iso(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(max(0, seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
