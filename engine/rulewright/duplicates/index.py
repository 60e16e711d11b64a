"""Issues into the index, in batches of one transaction; an issue that is there already is replaced."""

from __future__ import annotations

import json
from collections import Counter, deque
from contextlib import nullcontext
from hashlib import blake2b
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.duplicates.database import COUNTER_BITS, row_of, told
from rulewright.duplicates.error_signatures import hashed
from rulewright.duplicates.prepared import prepared
from rulewright.duplicates.shared_lines import update_lines
from rulewright.duplicates.worker_pool import crew, later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Id, Issue
    from rulewright.duplicates.prepared import Prepared, Text
    from rulewright.duplicates.shared_lines import Lines

BATCH: Final = 10_000
BATCH_CHARACTERS: Final = 32 << 20
"""Issues, and characters of their bodies, per transaction: few enough for memory, many enough that a term's count is
written once for many."""

Batch = dict[str, "tuple[Issue, bytes]"]
"""Key → the issue and its digest."""


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


def index_issues(
    index: Index, issues: Iterable[Issue], *, name: str = "in memory", workers: int = 1
) -> Indexed:
    """Put `issues` into the index; of several with one id the last counts.

    `workers` counts this process. With two or more, the others prepare the batches when there are several; they
    import the script that asks for them, so it must not ask while it is imported. Raises SourceError when the file
    cannot be written or a process was ended; the batches that were written stay.
    """
    done = Indexed()
    stream = batches(issues)
    first = deque(islice(stream, 2))
    alone = workers < 2 or len(first) < 2
    with nullcontext(later) if alone else crew(workers - 1) as begin:
        begun: deque[tuple[Batch, Callable[[], Prepared]]] = deque()
        for batch in chain(drained(first), stream):
            begun.append((batch, begin(changed(index, batch, name))))
            if alone or len(begun) >= workers:
                done = done.plus(write(index, *begun.popleft(), name))
        while begun:
            done = done.plus(write(index, *begun.popleft(), name))
    return done


def drained(kept: deque[Batch]) -> Iterator[Batch]:
    """Each once; nothing is held that was handed out."""
    while kept:
        yield kept.popleft()


def batches(issues: Iterable[Issue]) -> Iterator[Batch]:
    batch: Batch = {}
    size = 0
    for issue in issues:
        batch[key_of(issue.id)] = issue, digest_of(issue)
        size += len(issue.body)
        if len(batch) >= BATCH or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch


def changed(index: Index, batch: Batch, name: str) -> list[Text]:
    """The texts of the batch that the index does not hold yet."""
    with told(name):
        there = held(index, batch)
    return [
        text(key, issue) for key, (issue, digest) in batch.items() if there.get(key, (0, b""))[1] != digest
    ]


def text(key: str, issue: Issue) -> Text:
    return key, issue.title, issue.body


def held(index: Index, batch: Batch) -> dict[str, tuple[int, bytes]]:
    """Key → row and digest, of those in the batch that the index holds."""
    out: dict[str, tuple[int, bytes]] = {}
    keys = list(batch)
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        places = ",".join("?" * len(part))
        for key, row, digest in index.execute(
            f"SELECT key, row, digest FROM issues WHERE key IN ({places})", part
        ):
            out[key] = row, digest
    return out


def write(index: Index, batch: Batch, ready: Callable[[], Prepared], name: str) -> Indexed:
    made = ready()
    with told(name):
        index.execute("BEGIN IMMEDIATE")
        try:
            done = put(index, batch, made)
            index.execute("COMMIT")
        except BaseException:
            index.execute("ROLLBACK")
            raise
        return done


def put(index: Index, batch: Batch, made: Prepared) -> Indexed:
    """The batch within a transaction that is open. Rows are written in their order: SQLite appends for less."""
    there = held(index, batch)
    fresh = [key for key, (_, digest) in batch.items() if there.get(key, (0, b""))[1] != digest]
    fresh.sort(key=lambda key: (batch[key][0].created, key))
    if len(fresh) != len(made.issues) or not made.issues.keys() >= set(fresh):
        # Something was written since it was looked up: an earlier batch with the same issue, or another process.
        made = prepared([text(key, batch[key][0]) for key in fresh])
    (last,) = index.execute("SELECT max(row) FROM issues").fetchone()
    counts = Counter(made.documents)
    totals = [len(fresh), made.title_terms, made.body_terms]
    replaced = [there[key][0] for key in fresh if key in there]
    gone = [remove(index, row, counts, totals) for row in replaced]
    rows: list[tuple[Any, ...]] = []
    marked: list[tuple[int, int]] = []
    second, row = None, 0
    for key in fresh:
        issue, digest = batch[key]
        if second == issue.created // 1:
            row += 1
        else:
            start = row_of(issue.created)
            row = start if last is None or last < start else free_row(index, start)
        second = issue.created // 1
        found = made.issues[key]
        extra = json.dumps(issue.extra, separators=(",", ":")) if issue.extra else ""
        rows.append((row, key, digest, issue.created, issue.created_at, issue.title, extra, *found))
        marked.extend((hashed(mark), row) for mark in found[0].split("\n") if mark)
    index.executemany("INSERT INTO issues VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    index.executemany(
        "INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)", [(one[0], *one[-2:]) for one in rows]
    )
    index.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?)", sorted(marked))
    index.executemany(
        "INSERT INTO terms VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET documents = documents + excluded.documents",
        sorted((term, count) for term, count in counts.items() if count),
    )
    update_lines(index, [(one[-2], one[-3]) for one in rows], gone)
    index.executemany(
        "UPDATE meta SET value = value + ? WHERE name = ?",
        zip(totals, ("issues", "title_terms", "body_terms"), strict=True),
    )
    return Indexed(len(fresh) - len(replaced), len(replaced), len(batch) - len(fresh))


def remove(index: Index, row: int, counts: Counter[str], totals: list[int]) -> Lines:
    """Take an issue out; what it counted for is taken off `counts` and `totals`, but for its lines, which come back."""
    title, body, found, lines = index.execute(
        "SELECT title_terms, body_terms, marks, lines FROM issues WHERE row = ?", (row,)
    ).fetchone()
    # FTS5 holds no text, so it is told what to take out.
    index.execute(
        "INSERT INTO text (text, rowid, title, body) VALUES ('delete', ?, ?, ?)", (row, title, body)
    )
    in_title, in_body = title.split(), body.split()
    counts.subtract({*in_title, *in_body})
    totals[0] -= 1
    totals[1] -= len(in_title)
    totals[2] -= len(in_body)
    index.execute("DELETE FROM issues WHERE row = ?", (row,))
    index.executemany(
        "DELETE FROM marks WHERE mark = ? AND row = ?",
        [(hashed(mark), row) for mark in found.split("\n") if mark],
    )
    return title, lines


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
