"""Lines that very many of the indexed issues share, such as a repository's own template, found by counting.

The index counts in how many issues a line stands, as it counts terms: a line is its terms, so that case, marks, dates
and addresses do not matter. Issues with the same title and the same body count once, for a report that is sent in again
is no template; where the title says nothing, each counts. Titles are counted as well.

Each issue keeps its lines as records of ten bytes (`pack_lines`), by which they are taken out again, and by which the
terms of a candidate are told from those of its template.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.duplicates.content import is_generic
from rulewright.duplicates.database import select_in
from rulewright.duplicates.error_signatures import hash_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rulewright.duplicates.database import Index

RECORD: Final = Struct("<qH")
ENVIRONMENT: Final = 1 << 15
"""The bit beside the number of terms that says that the line is about the environment."""
COUNTED: Final = 60
"""Distinct lines of one issue that are counted: a template is shorter, and what is longer is a log."""

LEAST: Final = 5
SHARE: Final = 0.05
MOST: Final = 500
"""A line is shared by very many when 5 % of the other issues have it, 5 at least; 500 are always enough. Chosen so that
each form of a repository with ten is recognised; not measured."""
LEAST_TITLES: Final = 20
"""As `LEAST`, for a title: people who report one failure often choose the same title, and it is short."""
LEAST_MARKS: Final = 20
SHARE_MARKS: Final = 0.1
"""As `LEAST` and `SHARE`, for stack frames, codes and messages: those of a failure that many report still tell it."""

IssueLines = tuple[str, bytes]
"""The title's terms and the body's lines of one issue, as they are stored."""


class CountedLine(NamedTuple):
    """A line of a body: the hash of its terms, how many they are, and whether it is about the environment."""

    hash: int
    size: int
    environment: bool


def pack_lines(texts: Iterable[str], segments: Iterable[tuple[Sequence[str], bool]]) -> bytes:
    """The segments of a body (`content.ReportTerms`) as records; `texts`: each one's terms, joined."""
    return b"".join(
        RECORD.pack(hash_mark(text), len(words) | (ENVIRONMENT if environment else 0))
        for text, (words, environment) in zip(texts, segments, strict=True)
    )


def unpack_lines(packed: bytes) -> Iterator[CountedLine]:
    for value, size in RECORD.iter_unpack(packed):
        yield CountedLine(value, size & ~ENVIRONMENT, bool(size & ENVIRONMENT))


def hash_title(title: str) -> int:
    """The hash that a title's terms are counted by."""
    return hash_mark(f"title:{title}")


def update_lines(index: Index, added: Iterable[IssueLines], removed: Iterable[IssueLines]) -> None:
    """Count the lines of issues that were put in, and no more those of issues that were taken out."""
    counts: Counter[int] = Counter()
    copies: Counter[int] = Counter()
    lines: dict[int, bytes] = {}
    for sign, part in ((1, added), (-1, removed)):
        for title, packed in part:
            if title:
                counts[hash_title(title)] += sign
            if not packed:
                continue
            if is_generic(title.split()):
                _add_lines(counts, packed, sign)
            else:
                report = hash_mark(f"{title}\n{packed.hex()}")
                copies[report] += sign
                lines[report] = packed
    there = dict(select_in(index, "SELECT report, issues FROM reports WHERE report IN", copies))
    for report, change in copies.items():
        before = there.get(report, 0)
        _add_lines(counts, lines[report], (before + change > 0) - (before > 0))
    index.executemany(
        "INSERT INTO reports VALUES (?, ?) ON CONFLICT (report) DO UPDATE SET issues = issues + excluded.issues",
        sorted((report, change) for report, change in copies.items() if change),
    )
    index.executemany(
        "INSERT INTO lines VALUES (?, ?) ON CONFLICT (line) DO UPDATE SET documents = documents + excluded.documents",
        sorted((line, change) for line, change in counts.items() if change),
    )


def _add_lines(counts: Counter[int], packed: bytes, sign: int) -> None:
    if sign:
        for line in islice(dict.fromkeys(value for value, _ in RECORD.iter_unpack(packed)), COUNTED):
            counts[line] += sign


def shared_lines(
    index: Index, hashes: Iterable[int], size: int, own: frozenset[int] = frozenset()
) -> frozenset[int]:
    """Those of the lines that very many of `size` issues have. `own`: lines of an issue that does not count."""
    return _held_by_many(index, hashes, min(MOST, max(LEAST, int(size * SHARE))), own)


def shared_titles(
    index: Index, hashes: Iterable[int], size: int, own: frozenset[int] = frozenset()
) -> frozenset[int]:
    """As `shared_lines`, of the hashes of titles."""
    return _held_by_many(index, hashes, min(MOST, max(LEAST_TITLES, int(size * SHARE))), own)


def widespread_marks(index: Index, marks: Iterable[str], size: int) -> frozenset[str]:
    """Those of the marks that say nothing, as very many of `size` issues have them: a frame of `main`, say."""
    least = min(MOST, max(LEAST_MARKS, int(size * SHARE_MARKS)))
    return frozenset(
        mark
        for mark in marks
        if len(
            index.execute(
                "SELECT row FROM marks WHERE mark = ? LIMIT ?", (hash_mark(mark), least + 1)
            ).fetchall()
        )
        > least
    )


def _held_by_many(index: Index, hashes: Iterable[int], least: int, own: frozenset[int]) -> frozenset[int]:
    found = select_in(index, "SELECT line, documents FROM lines WHERE line IN", set(hashes))
    return frozenset(line for line, documents in found if documents - (line in own) >= least)
