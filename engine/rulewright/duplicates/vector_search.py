"""Exact nearest-neighbour search over vectors of issues, stored as bytes with a scale factor.

A vector belongs to an issue as it was when it was made: the issue's digest stands beside it, and when the issue is
replaced the vector counts no more. The search needs numpy, and reads all vectors of the index once.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from rulewright.duplicates.candidates import LEAST_COSINE
from rulewright.duplicates.content import read_body
from rulewright.duplicates.database import translate_errors
from rulewright.duplicates.index import BATCH, IndexCounts, index_issues
from rulewright.duplicates.issue import issue_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Issue
    from rulewright.models.embedding.embedder import Embedder

BODY: Final = 1000
"""Characters of the body's prose beside the title: about half of what the model reads."""
CHUNK: Final = 64
"""Issues that are embedded at a time, about five seconds' work."""

TABLE: Final = """
CREATE TABLE IF NOT EXISTS vectors (
    row INTEGER PRIMARY KEY, digest BLOB NOT NULL, name TEXT NOT NULL, vector BLOB NOT NULL
)
"""


def index_with_vectors(
    index: Index,
    issues: Iterable[Issue],
    embed: Embedder,
    *,
    name: str,
    watch: Callable[[int], None] = lambda done: None,
) -> IndexCounts:
    """As `index_issues`, and a vector for every issue that has none. `watch` is given how many issues are done.

    Raises SourceError when either fails.
    """
    done = IndexCounts()
    before = 0
    rest = iter(issues)
    while part := list(islice(rest, BATCH)):
        done = done.plus(index_issues(index, part, name=name))
        for first in range(0, len(part), CHUNK):
            with translate_errors(name):
                keep_vectors(index, part[first : first + CHUNK], embed)
            watch(before + min(first + CHUNK, len(part)))
        before += len(part)
    return done


def keep_vectors(index: Index, issues: Sequence[Issue], embed: Embedder) -> int:
    """Make the vectors that are missing of issues that stand in the index; how many."""
    index.execute(TABLE)
    wanted: dict[int, tuple[bytes, Issue]] = {}
    for issue in issues:
        found = index.execute(
            "SELECT i.row, i.digest FROM issues i LEFT JOIN vectors v ON v.row = i.row AND v.digest = i.digest"
            " AND v.name = ? WHERE i.key = ? AND v.row IS NULL",
            (embed.name, issue_key(issue.id)),
        ).fetchone()
        if found is not None:
            wanted[found[0]] = (found[1], issue)
    if not wanted:
        return 0
    made = embed_issues([issue for _, issue in wanted.values()], embed)
    vectors = [
        (row, digest, embed.name, _pack_vector(vector))
        for (row, (digest, _)), vector in zip(wanted.items(), made, strict=True)
    ]
    with index:  # commits, or rolls back
        index.execute("BEGIN IMMEDIATE")
        index.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", vectors)
    return len(wanted)


def embed_issues(issues: Sequence[Issue], embed: Embedder) -> Any:
    """issues × numbers: the vector of each issue's text; rows of length one."""
    return embed.vectors([embedded_text(issue) for issue in issues])


def embedded_text(issue: Issue) -> str:
    """The title, and the beginning of what the author says in the body: no form, no environment, no code, no traces."""
    from rulewright.models.classifier.issue_text import ADDRESS, parse_issue

    title = " ".join(issue.title.split())
    _, segments = read_body("\n".join(parse_issue("", issue.body).lines))
    said = " ".join(segment.text for segment in segments if not segment.environment)
    body = " ".join(ADDRESS.sub("", said.replace("`", "")).split())[:BODY]
    return f"{title}. {body}" if body else title


def _pack_vector(vector: Any) -> bytes:
    """Four bytes of factor, then a signed byte per number: 0.4 kB, and cosines within 0.01."""
    import numpy

    factor = max(float(numpy.abs(vector).max()), 1e-12) / 127
    values: bytes = numpy.round(vector / factor).astype("i1").tobytes()
    return struct.pack("<f", factor) + values


def has_vectors(index: Index, name: str) -> bool:
    """Whether any issue's vector of that name stands in the index."""
    there = index.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'vectors'").fetchone()
    return (
        there is not None
        and index.execute("SELECT 1 FROM vectors WHERE name = ? LIMIT 1", (name,)).fetchone() is not None
    )


def read_vectors(index: Index, embed: Embedder) -> VectorIndex:
    """All vectors that still count. Raises sqlite3.Error; see `database.translate_errors`."""
    import numpy

    rows: list[int] = []
    data = bytearray()
    if has_vectors(index, embed.name):
        for row, vector in index.execute(
            "SELECT v.row, v.vector FROM vectors v JOIN issues i ON i.row = v.row AND i.digest = v.digest"
            " WHERE v.name = ? AND length(v.vector) = ? ORDER BY v.row",
            (embed.name, 4 + embed.width),
        ):
            rows.append(row)
            data += vector
    table = numpy.frombuffer(bytes(data), numpy.dtype([("factor", "<f4"), ("values", "i1", (embed.width,))]))
    return VectorIndex(
        numpy.array(rows, "i8"), table["factor"][:, None] * table["values"].astype("f4"), embed
    )


class VectorIndex:
    """The channel `vectors`: `rows` of the index in rising order, and their vectors."""

    def __init__(self, rows: Any, table: Any, embed: Embedder) -> None:
        self.rows = rows
        self.table = table
        self.embed = embed

    def nearest(self, issue: Issue, low: int, high: int, limit: int) -> Sequence[tuple[int, float]]:
        """Rows from `low` to below `high` with their cosine, best first. Raises SourceError when embedding fails."""
        import numpy

        first, last = numpy.searchsorted(self.rows, (low, high))
        if first >= last:
            return ()
        cosines = self.table[first:last] @ embed_issues([issue], self.embed)[0]
        best = numpy.argsort(-cosines, kind="stable")[:limit]
        return [
            (int(self.rows[first + place]), float(cosines[place]))
            for place in best
            if cosines[place] > LEAST_COSINE
        ]

    def compare(self, issue: Issue, rows: Iterable[int]) -> Mapping[int, float]:
        """Row → its cosine, for those of the rows that have a vector. Raises SourceError when embedding fails."""
        import numpy

        wanted = numpy.fromiter(rows, "i8")
        places = numpy.searchsorted(self.rows, wanted)
        there = places < len(self.rows)
        there[there] = self.rows[places[there]] == wanted[there]
        if not there.any():
            return {}
        cosines = self.table[places[there]] @ embed_issues([issue], self.embed)[0]
        return dict(zip(wanted[there].tolist(), cosines.tolist(), strict=True))
