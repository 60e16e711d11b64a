"""Issues into the index, in batches of one transaction; an issue that is there already is replaced."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.facts.duplicates.database import COUNTER_BITS, row_of, told
from rulewright.facts.duplicates.marks import hashed, marks
from rulewright.facts.duplicates.words import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.facts.duplicates.database import Index
    from rulewright.facts.duplicates.issue import Id, Issue

__all__ = ["BATCH", "Indexed", "index_issues", "key_of"]

BATCH: Final = 4_000
"""Issues per transaction: few enough for memory, many enough that a term's count is written once for many."""


class Indexed(NamedTuple):
    """What indexing did: issues that are new, that were replaced, that were there unchanged."""

    new: int = 0
    replaced: int = 0
    unchanged: int = 0

    def plus(self, other: Indexed) -> Indexed:
        return Indexed(*map(sum, zip(self, other, strict=True)))


def key_of(number: Id) -> str:
    """The id as JSON: `1` and `"1"` are two issues."""
    return json.dumps(number)


def index_issues(index: Index, issues: Iterable[Issue], *, name: str = "in memory") -> Indexed:
    """Put `issues` into the index; of several with one id the last counts.

    Raises SourceError when the file cannot be written; what earlier batches held stays then.
    """
    done = Indexed()
    batch: dict[str, Issue] = {}
    for issue in issues:
        batch[key_of(issue.id)] = issue
        if len(batch) >= BATCH:
            done = done.plus(write(index, batch, name))
            batch = {}
    return done.plus(write(index, batch, name)) if batch else done


def write(index: Index, batch: dict[str, Issue], name: str) -> Indexed:
    with told(name):
        index.execute("BEGIN IMMEDIATE")
        try:
            done = put(index, batch)
            index.execute("COMMIT")
        except BaseException:
            index.execute("ROLLBACK")
            raise
        return done


def put(index: Index, batch: dict[str, Issue]) -> Indexed:
    """The batch within a transaction that is open. Rows are written in their order: FTS5 merges them for less."""
    counts: Counter[str] = Counter()
    totals = [0, 0, 0]
    replaced = unchanged = 0
    fresh = []
    for key, issue in batch.items():
        digest = digest_of(issue)
        there = index.execute("SELECT row, digest FROM issues WHERE key = ?", (key,)).fetchone()
        if there is not None:
            if there[1] == digest:
                unchanged += 1
                continue
            replaced += 1
            remove(index, there[0], counts, totals)
        fresh.append((issue.created, key, issue, digest))
    fresh.sort(key=lambda one: one[:2])
    issues: list[tuple[Any, ...]] = []
    texts: list[tuple[int, str, str]] = []
    marked: list[tuple[int, int]] = []
    second, row = None, 0
    for created, key, issue, digest in fresh:
        row = row + 1 if second == created // 1 else free_row(index, created)
        second = created // 1
        (title, named), (body, more) = read(issue.title), read(issue.body)
        found = marks(f"{issue.title}\n{issue.body}", (*named, *more))
        of_title, of_body = title.split(), body.split()
        counts.update({*of_title, *of_body})
        totals = [totals[0] + 1, totals[1] + len(of_title), totals[2] + len(of_body)]
        extra = json.dumps(issue.extra, separators=(",", ":")) if issue.extra else ""
        issues.append(
            (
                row,
                key,
                digest,
                created,
                issue.created_at,
                issue.title,
                len(of_title),
                len(of_body),
                "\n".join(found),
                extra,
            )
        )
        texts.append((row, title, body))
        marked.extend((hashed(mark), row) for mark in found)
    index.executemany("INSERT INTO issues VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", issues)
    index.executemany("INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)", texts)
    index.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?)", sorted(marked))
    index.executemany(
        "INSERT INTO terms VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET documents = documents + excluded.documents",
        sorted((term, count) for term, count in counts.items() if count),
    )
    index.executemany(
        "UPDATE meta SET value = value + ? WHERE name = ?",
        zip(totals, ("issues", "title_terms", "body_terms"), strict=True),
    )
    return Indexed(len(fresh) - replaced, replaced, unchanged)


def remove(index: Index, row: int, counts: Counter[str], totals: list[int]) -> None:
    """Take an issue out; what it counted for is taken off `counts` and `totals`."""
    title, body = index.execute("SELECT title, body FROM text WHERE rowid = ?", (row,)).fetchone()
    title, body = title.split(), body.split()
    found = index.execute("SELECT marks FROM issues WHERE row = ?", (row,)).fetchone()[0]
    counts.subtract({*title, *body})
    totals[0] -= 1
    totals[1] -= len(title)
    totals[2] -= len(body)
    index.execute("DELETE FROM text WHERE rowid = ?", (row,))
    index.execute("DELETE FROM issues WHERE row = ?", (row,))
    index.executemany(
        "DELETE FROM marks WHERE mark = ? AND row = ?",
        [(hashed(mark), row) for mark in found.split("\n") if mark],
    )


def free_row(index: Index, created: float) -> int:
    """The row after the last of that second."""
    first = row_of(created)
    last = index.execute(
        "SELECT max(row) FROM issues WHERE row BETWEEN ? AND ?", (first, first + (1 << COUNTER_BITS) - 1)
    ).fetchone()[0]
    return first if last is None else int(last) + 1


def digest_of(issue: Issue) -> bytes:
    extra = json.dumps(issue.extra, sort_keys=True) if issue.extra else ""
    whole = f"{len(issue.title)} {len(issue.body)} {issue.created_at}\0{issue.title}{issue.body}{extra}"
    return blake2b(whole.encode(), digest_size=16).digest()
