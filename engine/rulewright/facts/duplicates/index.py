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

BATCH: Final = 10_000
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
    """The batch within a transaction that is open. Rows are written in their order: SQLite appends for less."""
    counts: Counter[str] = Counter()
    totals = [0, 0, 0]
    fresh, replaced = fresh_of(index, batch, counts, totals)
    (last,) = index.execute("SELECT max(row) FROM issues").fetchone()
    issues: list[tuple[Any, ...]] = []
    marked: list[tuple[int, int]] = []
    second, row = None, 0
    for created, key, issue, digest in fresh:
        if second == created // 1:
            row += 1
        else:
            first = row_of(created)
            row = first if last is None or last < first else free_row(index, first)
        second = created // 1
        (title, named), (body, more) = read(issue.title), read(issue.body)
        found = marks(f"{issue.title}\n{issue.body}", (*named, *more))
        counts.update({*title, *body})
        totals = [totals[0] + 1, totals[1] + len(title), totals[2] + len(body)]
        extra = json.dumps(issue.extra, separators=(",", ":")) if issue.extra else ""
        written = (row, key, digest, created, issue.created_at, issue.title, extra)
        issues.append((*written, "\n".join(found), " ".join(title), " ".join(body)))
        marked.extend((hashed(mark), row) for mark in found)
    index.executemany("INSERT INTO issues VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", issues)
    index.executemany(
        "INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)",
        [(one[0], one[-2], one[-1]) for one in issues],
    )
    index.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?)", sorted(marked))
    index.executemany(
        "INSERT INTO terms VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET documents = documents + excluded.documents",
        sorted((term, count) for term, count in counts.items() if count),
    )
    index.executemany(
        "UPDATE meta SET value = value + ? WHERE name = ?",
        zip(totals, ("issues", "title_terms", "body_terms"), strict=True),
    )
    return Indexed(len(fresh) - replaced, replaced, len(batch) - len(fresh))


def fresh_of(
    index: Index, batch: dict[str, Issue], counts: Counter[str], totals: list[int]
) -> tuple[list[tuple[float, str, Issue, bytes]], int]:
    """What of the batch must be written, in the order of creation, and how many earlier states were taken out."""
    there: dict[str, tuple[int, bytes]] = {}
    keys = list(batch)
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        places = ",".join("?" * len(part))
        for key, row, digest in index.execute(
            f"SELECT key, row, digest FROM issues WHERE key IN ({places})", part
        ):
            there[key] = row, digest
    fresh = []
    replaced = 0
    for key, issue in batch.items():
        digest = digest_of(issue)
        if key in there:
            row, earlier = there[key]
            if earlier == digest:
                continue
            replaced += 1
            remove(index, row, counts, totals)
        fresh.append((issue.created, key, issue, digest))
    fresh.sort(key=lambda one: one[:2])
    return fresh, replaced


def remove(index: Index, row: int, counts: Counter[str], totals: list[int]) -> None:
    """Take an issue out; what it counted for is taken off `counts` and `totals`."""
    title, body, found = index.execute(
        "SELECT title_terms, body_terms, marks FROM issues WHERE row = ?", (row,)
    ).fetchone()
    # FTS5 holds no text, so it is told what to take out.
    index.execute(
        "INSERT INTO text (text, rowid, title, body) VALUES ('delete', ?, ?, ?)", (row, title, body)
    )
    title, body = title.split(), body.split()
    counts.subtract({*title, *body})
    totals[0] -= 1
    totals[1] -= len(title)
    totals[2] -= len(body)
    index.execute("DELETE FROM issues WHERE row = ?", (row,))
    index.executemany(
        "DELETE FROM marks WHERE mark = ? AND row = ?",
        [(hashed(mark), row) for mark in found.split("\n") if mark],
    )


def free_row(index: Index, first: int) -> int:
    """The row after the last of the second that begins at the row `first`."""
    last = index.execute(
        "SELECT max(row) FROM issues WHERE row BETWEEN ? AND ?", (first, first + (1 << COUNTER_BITS) - 1)
    ).fetchone()[0]
    return first if last is None else int(last) + 1


def digest_of(issue: Issue) -> bytes:
    extra = json.dumps(issue.extra, sort_keys=True) if issue.extra else ""
    whole = f"{len(issue.title)} {len(issue.body)} {issue.created_at}\0{issue.title}{issue.body}{extra}"
    return blake2b(whole.encode(), digest_size=16).digest()
