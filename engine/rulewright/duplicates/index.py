"""Indexing of issues in batches of one transaction; an issue that is there already is replaced."""

from __future__ import annotations

import json
from collections import Counter, deque
from contextlib import nullcontext
from hashlib import blake2b
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.duplicates.database import COUNTER_BITS, first_row, select_in, translate_errors
from rulewright.duplicates.error_signatures import hash_mark
from rulewright.duplicates.issue import issue_key
from rulewright.duplicates.preparation import prepare_on_demand, prepare_texts, start_workers
from rulewright.duplicates.shared_lines import update_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Issue
    from rulewright.duplicates.preparation import PreparedTexts, Text
    from rulewright.duplicates.shared_lines import IssueLines

BATCH: Final = 10_000
BATCH_CHARACTERS: Final = 32 << 20
"""Issues, and characters of their bodies, per transaction: few enough for memory, many enough that a term's count is
written once for many."""

Batch = dict[str, "tuple[Issue, bytes]"]
"""Key → the issue and its digest."""


class IndexCounts(NamedTuple):
    """What indexing did: issues that are new, that were replaced, that were there unchanged."""

    new: int = 0
    replaced: int = 0
    unchanged: int = 0

    def plus(self, other: IndexCounts) -> IndexCounts:
        return IndexCounts(*map(sum, zip(self, other, strict=True)))


def index_issues(
    index: Index, issues: Iterable[Issue], *, name: str = "in memory", workers: int = 1
) -> IndexCounts:
    """Put `issues` into the index; of several with one id the last counts.

    `workers` counts this process. With two or more, the others prepare the batches when there are several; they
    import the script that asks for them, so it must not ask while it is imported. Raises SourceError when the file
    cannot be written or a process was ended; the batches that were written stay.
    """
    done = IndexCounts()
    stream = _split_into_batches(issues)
    first = deque(islice(stream, 2))
    alone = workers < 2 or len(first) < 2
    with nullcontext(prepare_on_demand) if alone else start_workers(workers - 1) as begin:
        begun: deque[tuple[Batch, Callable[[], PreparedTexts]]] = deque()
        for batch in chain(_drain(first), stream):
            begun.append((batch, begin(_changed_texts(index, batch, name))))
            if alone or len(begun) >= workers:
                done = done.plus(_write_batch(index, *begun.popleft(), name))
        while begun:
            done = done.plus(_write_batch(index, *begun.popleft(), name))
    return done


def _drain(kept: deque[Batch]) -> Iterator[Batch]:
    """Each once; nothing is held that was handed out."""
    while kept:
        yield kept.popleft()


def _split_into_batches(issues: Iterable[Issue]) -> Iterator[Batch]:
    batch: Batch = {}
    size = 0
    for issue in issues:
        batch[issue_key(issue.id)] = issue, issue_digest(issue)
        size += len(issue.body)
        if len(batch) >= BATCH or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch


def _changed_texts(index: Index, batch: Batch, name: str) -> list[Text]:
    """The texts of the batch that the index does not hold yet."""
    with translate_errors(name):
        there = _stored_digests(index, batch)
    return [
        _text_of(key, issue)
        for key, (issue, digest) in batch.items()
        if there.get(key, (0, b""))[1] != digest
    ]


def _text_of(key: str, issue: Issue) -> Text:
    return key, issue.title, issue.body


def _stored_digests(index: Index, batch: Batch) -> dict[str, tuple[int, bytes]]:
    """Key → row and digest, of those in the batch that the index holds."""
    rows = select_in(index, "SELECT key, row, digest FROM issues WHERE key IN", batch)
    return {key: (row, digest) for key, row, digest in rows}


def _write_batch(index: Index, batch: Batch, ready: Callable[[], PreparedTexts], name: str) -> IndexCounts:
    made = ready()
    with translate_errors(name), index:  # commits, or rolls back
        index.execute("BEGIN IMMEDIATE")
        return _put_batch(index, batch, made)


def _put_batch(index: Index, batch: Batch, made: PreparedTexts) -> IndexCounts:
    """The batch within a transaction that is open. Rows are written in their order: SQLite appends for less."""
    there = _stored_digests(index, batch)
    fresh = [key for key, (_, digest) in batch.items() if there.get(key, (0, b""))[1] != digest]
    fresh.sort(key=lambda key: (batch[key][0].created, key))
    if len(fresh) != len(made.issues) or not made.issues.keys() >= set(fresh):
        # Something was written since it was looked up: an earlier batch with the same issue, or another process.
        made = prepare_texts([_text_of(key, batch[key][0]) for key in fresh])
    (last,) = index.execute("SELECT max(row) FROM issues").fetchone()
    counts = Counter(made.documents)
    totals = [len(fresh), made.title_terms, made.body_terms]
    replaced = [there[key][0] for key in fresh if key in there]
    gone = [_remove_issue(index, row, counts, totals) for row in replaced]
    rows = dict(zip(fresh, _free_rows(index, [batch[key][0].created for key in fresh], last), strict=True))
    _insert_issues(index, batch, rows, made)
    index.executemany(
        "INSERT INTO terms VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET documents = documents + excluded.documents",
        sorted((term, count) for term, count in counts.items() if count),
    )
    update_lines(index, [(made.issues[key].title_terms, made.issues[key].lines) for key in fresh], gone)
    index.executemany(
        "UPDATE meta SET value = value + ? WHERE name = ?",
        zip(totals, ("issues", "title_terms", "body_terms"), strict=True),
    )
    return IndexCounts(len(fresh) - len(replaced), len(replaced), len(batch) - len(fresh))


def _free_rows(index: Index, created: Iterable[float], last: int | None) -> Iterator[int]:
    """A row for each issue, by rising time of creation. `last`: the highest row before anything was taken out."""
    second, row = None, 0
    for moment in created:
        if second == moment // 1:
            row += 1
        else:
            start = first_row(moment)
            row = start if last is None or last < start else _next_row(index, start)
        second = moment // 1
        yield row


def _insert_issues(index: Index, batch: Batch, rows: Mapping[str, int], made: PreparedTexts) -> None:
    """Write issues with their texts and marks, in the order of `rows`: key → row."""
    issues: list[tuple[object, ...]] = []
    marked: list[tuple[int, int]] = []
    for key, row in rows.items():
        issue, digest = batch[key]
        prepared = made.issues[key]
        extra = json.dumps(issue.extra, separators=(",", ":")) if issue.extra else ""
        issues.append((row, key, digest, issue.created, issue.created_at, issue.title, extra, *prepared))
        marked.extend((hash_mark(mark), row) for mark in prepared.marks.split("\n") if mark)
    index.executemany("INSERT INTO issues VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", issues)
    index.executemany(
        "INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)", [(one[0], *one[-2:]) for one in issues]
    )
    index.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?)", sorted(marked))


def _remove_issue(index: Index, row: int, counts: Counter[str], totals: list[int]) -> IssueLines:
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
        [(hash_mark(mark), row) for mark in found.split("\n") if mark],
    )
    return title, lines


def _next_row(index: Index, first: int) -> int:
    """The row after the last of the second that begins at the row `first`."""
    last = index.execute(
        "SELECT max(row) FROM issues WHERE row BETWEEN ? AND ?", (first, first + (1 << COUNTER_BITS) - 1)
    ).fetchone()[0]
    return first if last is None else int(last) + 1


def issue_digest(issue: Issue) -> bytes:
    extra = json.dumps(issue.extra, sort_keys=True) if issue.extra else ""
    whole = f"{len(issue.title)} {len(issue.body)} {issue.created_at}\0{issue.title}{issue.body}{extra}"
    return blake2b(whole.encode(), digest_size=16).digest()
