"""Candidate search in several channels, and the fusion of their scores.

    words    BM25 over title (three times) and body, and over the titles alone
    frames   stack frames that both have, by rarity
    codes    names of exceptions, error codes and error messages that both have, by rarity
    vectors  nearest embeddings, where there are any

What FTS5 finds by a few rare terms is scored anew by all terms of the query.
"""

from __future__ import annotations

from math import inf, log, nextafter
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from rulewright.duplicates.database import select_in
from rulewright.duplicates.details import unpack_details
from rulewright.duplicates.error_signatures import hash_mark, mark_kind
from rulewright.duplicates.query import TITLE_WEIGHT, choose_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rulewright.duplicates.database import Index
    from rulewright.duplicates.details import Detail
    from rulewright.duplicates.issue import Issue
    from rulewright.duplicates.query import IssueQuery

LIMIT: Final = 10
"""Candidates that are shown, where nobody asks for more."""
BEST: Final = 3
"""So many of each channel are always among them."""
POOL: Final = 40
"""Issues that are scored by all terms. More find no more of what was repeated, in either split of
`benchmarks/paraphrases`."""
NEWEST: Final = 5_000
"""Issues that are looked at for one term."""
TITLE_MORE: Final = 0.57
"""How much more three occurrences count than one, of mean length: BM25's (k1 + 1) · 3 / (3 + k1) is 1.57."""
COMMON: Final = 200
COMMON_SHARE: Final = 0.02
"""A mark that more issues have than 200, or than 2 % (but five may always), tells none of them apart."""
TITLES: Final = 0.8
"""How much the share of the title's score adds to that of title and body; found on the training split of
`benchmarks/paraphrases`, where all from 0.7 to 1 do about as well."""
LEAST_COSINE: Final = 0.3
"""Below this cosine two texts are about different things; found on made-up reports, where it cuts nothing."""
K1: Final = 1.2
B: Final = 0.75
"""BM25's usual constants (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009)."""


class VectorSearch(Protocol):
    """Similarities by embedding, as cosines."""

    def nearest(self, issue: Issue, low: int, high: int, limit: int) -> Sequence[tuple[int, float]]:
        """Rows of the index from `low` to below `high`, the most similar first."""
        ...

    def compare(self, issue: Issue, rows: Iterable[int]) -> Mapping[int, float]:
        """Row → its similarity, for those of the rows that have a vector."""
        ...


class FoundIssue(NamedTuple):
    """A candidate and what speaks for it. `words` and `titles` are BM25 scores as shares of the query's own."""

    row: int
    key: str
    created: float
    title_terms: tuple[str, ...]
    body_terms: tuple[str, ...]
    marks: tuple[str, ...]
    details: tuple[Detail, ...]
    lines: bytes
    words: float
    titles: float
    frames: float
    codes: float
    vectors: float
    ranks: Mapping[str, int]
    fused: float


def find_candidates(
    index: Index, query: IssueQuery, *, vectors: VectorSearch | None = None, terms: list[str] | None = None
) -> list[FoundIssue]:
    """All candidates of a query, best first by the fusion. `terms` replaces the choice of terms."""
    rows = find_by_words(index, query, choose_terms(query) if terms is None else terms)
    marked, weights = find_by_marks(index, query)
    near = dict(vectors.nearest(query.issue, query.low, query.high, POOL)) if vectors is not None else {}
    rows = list(dict.fromkeys((*rows, *marked, *near)))
    # What has no vector yet is taken for the least similar of those that were found.
    unknown = min(near.values(), default=0.0)
    if vectors is not None:
        near.update(vectors.compare(query.issue, [row for row in rows if row not in near]))
    out = []
    own_words, own_titles = _own_scores(query)
    select = (
        "SELECT row, key, created, marks, details, lines, title_terms, body_terms FROM issues WHERE row IN"
    )
    for row, key, created, marks, details, lines, title_text, body_text in select_in(index, select, rows):
        if not query.admits(key, created):
            continue
        title, body = tuple(title_text.split()), tuple(body_text.split())
        held = tuple(marks.split("\n")) if marks else ()
        shared = [mark for mark in held if mark in weights]
        words, titles = score_terms(query, title, body)
        out.append(
            FoundIssue(
                row,
                key,
                created,
                title,
                body,
                held,
                unpack_details(details),
                lines,
                words / own_words,
                titles / own_titles,
                _shared_share(shared, weights, frames=True),
                _shared_share(shared, weights, frames=False),
                near.get(row, unknown),
                {},
                0.0,
            )
        )
    return fuse_scores(out)


def find_by_words(index: Index, query: IssueQuery, terms: list[str], limit: int = POOL) -> list[int]:
    """Rows that hold any of the terms, best first; of a term that very many hold, the newest.

    A row's worth is the terms' own, without lengths and repetitions: these FTS5 would look up per row, at six times
    the cost, and the best are scored by them anyway.
    """
    worth: dict[int, float] = {}
    own_words, own_titles = _own_scores(query)
    for term in terms:
        of_words = query.weights[term] * query.idf[term] / own_words
        _add_weight(worth, _rows_with(index, query, f'"{term}"'), of_words)
        if term in query.titled:
            more = TITLE_MORE * of_words + TITLES * query.idf[term] / own_titles
            _add_weight(worth, _rows_with(index, query, f'title : "{term}"'), more)
    return sorted(worth, key=worth.__getitem__, reverse=True)[:limit]


def _rows_with(index: Index, query: IssueQuery, match: str) -> list[tuple[int]]:
    return index.execute(
        "SELECT rowid FROM text WHERE text MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
        (match, query.low, query.high, NEWEST),
    ).fetchall()


def _add_weight(worth: dict[int, float], rows: list[tuple[int]], weight: float) -> None:
    for (row,) in rows:
        worth[row] = worth.get(row, 0.0) + weight


def find_by_marks(index: Index, query: IssueQuery) -> tuple[list[int], dict[str, float]]:
    """Rows that share a mark with the query, those with the rarest marks first, and the marks' weights."""
    scores: dict[int, float] = {}
    weights: dict[str, float] = {}
    common = marks_limit(query.size)
    for mark in query.marks:
        rows = [
            row
            for (row,) in index.execute(
                "SELECT row FROM marks WHERE mark = ? AND row < ? ORDER BY row DESC LIMIT ?",
                (hash_mark(mark), query.high, common + 1),
            )
        ]
        if len(rows) > common:
            continue
        weight = log(1 + (query.size + 1) / (len(rows) + 1))
        weights[mark] = weight
        for row in rows:
            if row >= query.low:
                scores[row] = scores.get(row, 0.0) + weight
    return sorted(scores, key=lambda row: (-scores[row], -row))[:POOL], weights


def marks_limit(size: int) -> int:
    """In how many of `size` issues a mark may stand and still tell them apart."""
    return max(5, min(COMMON, int(size * COMMON_SHARE)))


def has_rare_mark(index: Index, marks: Iterable[str], size: int) -> bool:
    """Whether one of the marks is a stack frame or a code that few issues have."""
    common = marks_limit(size)
    for mark in marks:
        if mark_kind(mark) != "says":
            rows = index.execute(
                "SELECT row FROM marks WHERE mark = ? LIMIT ?", (hash_mark(mark), common + 1)
            ).fetchall()
            if len(rows) <= common:
                return True
    return False


def _shared_share(shared: list[str], weights: Mapping[str, float], *, frames: bool) -> float:
    """Which part of the query's frames, or of its other marks, is shared, by rarity."""
    if not shared:
        return 0.0
    of_kind = {mark: weight for mark, weight in weights.items() if (mark_kind(mark) == "frame") == frames}
    part = sum(of_kind.get(mark, 0.0) for mark in shared)
    return part / sum(of_kind.values()) if part else 0.0


def _own_scores(query: IssueQuery) -> tuple[float, float]:
    """The scores that the query gives itself; what the index does not know counts, for nothing can match it."""
    words = titles = 0.0
    for term, weight in query.weights.items():
        words += weight * query.idf[term] * K1
        titles += query.idf[term] if term in query.titled else 0.0
    return words or 1.0, titles or 1.0


def score_terms(query: IssueQuery, title: tuple[str, ...], body: tuple[str, ...]) -> tuple[float, float]:
    """BM25 of an issue over title and body, and over its title alone."""
    weights, idf = query.weights, query.idf
    counts: dict[str, float] = {}
    for term in filter(weights.__contains__, title):
        counts[term] = counts.get(term, 0.0) + TITLE_WEIGHT
    titles = 0.0
    if counts:
        norm = K1 * (1 - B + B * len(title) / query.mean_title)
        for term, count in counts.items():
            if term in query.titled:
                tf = count / TITLE_WEIGHT
                titles += idf[term] * tf * (K1 + 1) / (tf + norm)
    for term in filter(weights.__contains__, body):
        counts[term] = counts.get(term, 0.0) + 1
    norm = K1 * (1 - B + B * (TITLE_WEIGHT * len(title) + len(body)) / query.mean_length)
    words = 0.0
    for term, count in counts.items():
        words += weights[term] * idf[term] * count * (K1 + 1) / (count + norm)
    return words, titles


RANKED: Final = ("words", "vectors")
"""The channels that order all candidates; their ranks are reasons."""
WEIGHTS: Final[Mapping[str, float]] = {
    "words": 1.0,
    "titles": TITLES,
    "frames": 2.0,
    "codes": 0.1,
    "vectors": 3.0,
}
"""How much a channel's score counts, each a share or a cosine. That of `vectors` was found on the earlier half by time
of a public tracker's reports, where all from 1.5 to 3 find as many, and on the training split of
`benchmarks/paraphrases`, where 3 and 5 find the most; the others on that split."""


def channel_score(found: FoundIssue, channel: str) -> float:
    """What a channel orders by. Titles alone are added to the words: in some trackers they say more than the rest."""
    if channel == "words":
        return found.words + TITLES * found.titles
    return found.vectors if found.vectors > LEAST_COSINE else 0.0


def fuse_scores(found: list[FoundIssue]) -> list[FoundIssue]:
    """Ordered by the weighted sum of the channels' scores, each with its ranks.

    Scores and not ranks: what two channels rank twentieth among very many is not better than what one finds first by
    far (Bruch, Gai and Ingber, An Analysis of Fusion Functions for Hybrid Retrieval, 2023).
    """
    ranks: list[dict[str, int]] = [{} for _ in found]
    for channel in RANKED:
        scores = [channel_score(one, channel) for one in found]
        heard = (place for place, score in enumerate(scores) if score > 0)
        rank, last = 0, None
        for position, place in enumerate(sorted(heard, key=lambda p: (-scores[p], found[p].row)), 1):
            if scores[place] != last:
                rank, last = position, scores[place]
            ranks[place][channel] = rank
    out = [
        one._replace(ranks=ranked, fused=sum(weight * getattr(one, name) for name, weight in WEIGHTS.items()))
        for one, ranked in zip(found, ranks, strict=True)
    ]
    return _lift_best(sorted(out, key=_fused_order))


def _lift_best(ordered: list[FoundIssue]) -> list[FoundIssue]:
    """The best of each channel among the first `LIMIT`, whatever the other channel says of them."""
    best: set[int] = set()
    for channel in RANKED:
        heard = [one for one in ordered if channel in one.ranks]
        best.update(one.row for one in sorted(heard, key=lambda one: one.ranks[channel])[:BEST])
    rest = [one for one in ordered if one.row not in best]
    room = LIMIT - len(best)
    if len(rest) <= room:
        return ordered
    least = nextafter(rest[room].fused, inf)
    lifted = [one._replace(fused=max(one.fused, least)) for one in ordered if one.row in best]
    return sorted([*lifted, *rest], key=_fused_order)


def _fused_order(one: FoundIssue) -> tuple[float, int]:
    return -one.fused, one.row
