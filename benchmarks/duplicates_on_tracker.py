"""Duplicates on a tracker's own reports: recall at ten of pairs that people marked, beside simpler ways.

    python benchmarks/duplicates_on_tracker.py reports.jsonl

The file has a report per line, as `rulewright duplicates index` takes it, and in `duplicates` (a list of ids) or
`duplicate_of` (an id) what it is the same as. A pair counts when the later report, asked with all earlier ones in the
index, has the earlier one among ten candidates. Nothing here is trained: the weight of meanings is compared on the
earlier half of the pairs by time, and what counts is the later half. Needs `rulewright model pull minilm`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from math import sqrt
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from rulewright.duplicates.candidates import RANKED, WEIGHTS, FoundIssue, channel_score, find_candidates
from rulewright.duplicates.database import Index, open_in_memory
from rulewright.duplicates.issue import Issue, id_order, read_issue
from rulewright.duplicates.query import build_query, choose_terms
from rulewright.duplicates.search import WITHIN, search_duplicates
from rulewright.duplicates.vector_search import VectorIndex, index_with_vectors, read_vectors
from rulewright.models.embedding.embedder import open_embedder

TEN = 10
DEPTH = 100
"""Of each ranking that the plain fusion takes."""
RANK_OFFSET = 60
"""Reciprocal rank fusion's constant (Cormack, Clarke and Buettcher, SIGIR 2009)."""
SWEPT = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)

Ranking = list[str]
"""Keys of issues, best first."""


class Pair(NamedTuple):
    """A report and an earlier one that is the same."""

    later: Issue
    earlier: Issue


def read_tracker(path: str) -> tuple[list[Issue], list[Pair]]:
    """The reports, and the pairs by the time of the later report."""
    rows = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines() if line.strip()]
    issues = {row["id"]: read_issue(row) for row in rows}
    pairs: set[tuple[Any, Any]] = set()
    for row in rows:
        same = [*row.get("duplicates", ()), *([row["duplicate_of"]] if row.get("duplicate_of") else [])]
        for other in same:
            if other in issues and other != row["id"]:
                first, second = sorted((issues[row["id"]], issues[other]), key=by_time)
                pairs.add((second.id, first.id))
    found = [Pair(issues[later], issues[earlier]) for later, earlier in pairs]
    found.sort(key=lambda pair: (by_time(pair.later), by_time(pair.earlier)))
    return list(issues.values()), found


def by_time(issue: Issue) -> tuple[float, tuple[int | str, ...]]:
    return issue.created, id_order(issue.id)


class Tracker:
    """The reports in an index, with their vectors, and the ways to search it."""

    def __init__(self, index: Index, issues: Sequence[Issue], vectors: VectorIndex) -> None:
        self.index = index
        self.vectors = vectors
        self.keys = dict(index.execute("SELECT row, key FROM issues"))
        index.execute(
            "CREATE VIRTUAL TABLE temp.plain USING fts5(title, body, tokenize = 'porter unicode61')"
        )
        rows = {key: row for row, key in self.keys.items()}
        index.executemany(
            "INSERT INTO temp.plain (rowid, title, body) VALUES (?, ?, ?)",
            [(rows[json.dumps(issue.id)], issue.title, issue.body) for issue in issues],
        )

    def rank_by_bm25(self, issue: Issue) -> Ranking:
        """FTS5's own BM25 over the plain text; the title counts three times."""
        words = {word for word in f"{issue.title} {issue.body}".split() if any(map(str.isalnum, word))}
        match = " OR ".join('"{}"'.format(word.replace('"', "")) for word in sorted(words))
        query = build_query(self.index, issue, None)
        found = self.index.execute(
            "SELECT rowid FROM temp.plain WHERE plain MATCH ? AND rowid >= ? AND rowid < ?"
            " AND rank MATCH 'bm25(3.0, 1.0)' ORDER BY rank LIMIT ?",
            (match, query.low, query.high, DEPTH + 1),
        )
        return [key for (row,) in found if (key := self.keys[row]) != query.key][:DEPTH]

    def rank_by_vectors(self, issue: Issue) -> Ranking:
        """The nearest vectors."""
        query = build_query(self.index, issue, None)
        near = self.vectors.nearest(issue, query.low, query.high, DEPTH + 1)
        return [key for row, _ in near if (key := self.keys[row]) != query.key][:DEPTH]

    def rank_by_words(self, issue: Issue) -> Ranking:
        """The engine's candidates without meanings."""
        return [json.dumps(one.id) for one in search_duplicates(self.index, issue, within=None).candidates]

    def rank(self, issue: Issue, within: float | None = None) -> Ranking:
        """The engine's candidates."""
        found = search_duplicates(self.index, issue, within=within, vectors=self.vectors)
        return [json.dumps(one.id) for one in found.candidates]

    def rank_by_plain_fusion(self, issue: Issue) -> Ranking:
        """Reciprocal rank fusion of FTS5's BM25 and the same vectors."""
        return fuse_ranks((self.rank_by_bm25(issue), self.rank_by_vectors(issue)))

    def rank_by_fused_ranks(self, issue: Issue) -> Ranking:
        """Reciprocal rank fusion of the engine's words and the same vectors."""
        query = build_query(self.index, issue, None)
        words = [one.key for one in find_candidates(self.index, query, terms=choose_terms(query, None, None))]
        return fuse_ranks((words, self.rank_by_vectors(issue)))

    def candidates(self, issue: Issue) -> list[FoundIssue]:
        return find_candidates(self.index, build_query(self.index, issue, None), vectors=self.vectors)


def fuse_ranks(rankings: Iterable[Ranking]) -> Ranking:
    """Reciprocal rank fusion."""
    scores: Counter[str] = Counter()
    for ranking in rankings:
        for rank, key in enumerate(ranking, 1):
            scores[key] += 1 / (RANK_OFFSET + rank)  # type: ignore[assignment]  # a Counter adds numbers of any kind
    return sorted(scores, key=lambda key: -scores[key])


def find_rank(ranking: Ranking, pair: Pair) -> int | None:
    """At which place the earlier report is; None: not among those."""
    key = json.dumps(pair.earlier.id)
    return ranking.index(key) + 1 if key in ranking else None


def is_found(ranking: Ranking, pair: Pair) -> bool:
    return json.dumps(pair.earlier.id) in ranking[:TEN]


def recall(pairs: Sequence[Pair], rank: Callable[[Issue], Ranking]) -> str:
    """Found of all, the share, and its interval (Wilson's, 95 %)."""
    found, size = sum(is_found(rank(pair.later), pair) for pair in pairs), len(pairs)
    share, z = found / size, 1.96
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z * sqrt(share * (1 - share) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    return f"{found:4} of {size:4}  {share:.3f}  ({middle - half:.2f} to {middle + half:.2f})"


def print_recall(tracker: Tracker, pairs: Sequence[Pair]) -> None:
    middle = len(pairs) // 2
    ways: dict[str, Callable[[Issue], Ranking]] = {
        "BM25 (FTS5, plain text)": tracker.rank_by_bm25,
        "words alone": tracker.rank_by_words,
        "embeddings alone": tracker.rank_by_vectors,
        "ranks fused, BM25 and embeddings": tracker.rank_by_plain_fusion,
        "ranks fused, words and embeddings": tracker.rank_by_fused_ranks,
        "words and embeddings, as the engine does": tracker.rank,
    }
    for name, part in (("earlier half", pairs[:middle]), ("later half", pairs[middle:]), ("all", pairs)):
        print(f"\nrecall at ten, {name}")
        for way, rank in ways.items():
            print(f"  {way:42} {recall(part, rank)}")
    print(f"  {'  of the last 365 days only':42} {recall(pairs, lambda issue: tracker.rank(issue, WITHIN))}")


def print_weights(tracker: Tracker, pairs: Sequence[Pair]) -> None:
    """What other weights of the meanings would find on these pairs."""
    found = [(pair, tracker.candidates(pair.later)) for pair in pairs]
    print(f"\nweight of meanings, earlier half (the engine's is {WEIGHTS['vectors']})")
    for weight in SWEPT:
        weights = {**WEIGHTS, "vectors": weight}

        def add_scores(one: FoundIssue, weights: dict[str, float] = weights) -> float:
            return -sum(share * getattr(one, name) for name, share in weights.items())

        right = sum(is_found([one.key for one in sorted(best, key=add_scores)], pair) for pair, best in found)
        print(f"  {weight:4}  {right} of {len(pairs)}")


def print_misses(tracker: Tracker, pairs: Sequence[Pair]) -> None:
    print("\nmissed, with the places in words and in meaning among all earlier reports")
    for pair in pairs:
        if is_found(tracker.rank(pair.later), pair):
            continue
        found = tracker.candidates(pair.later)
        places = []
        for channel in RANKED:
            scores = {one.key: channel_score(one, channel) for one in found}
            place = find_rank(sorted(scores, key=lambda key: -scores[key]), pair)
            places.append("none" if place is None else str(place))
        print(f"  {', '.join(places):10} {pair.later.title[:60]!r} is {pair.earlier.title[:60]!r}")


def print_decisions(tracker: Tracker, issues: Sequence[Issue], pairs: Sequence[Pair]) -> None:
    """Whom the engine would close or advise, and how many of them people had marked as the same."""
    group: dict[str, str] = {}

    def root(key: str) -> str:
        while group.setdefault(key, key) != key:
            key = group[key]
        return key

    for pair in pairs:
        group[root(json.dumps(pair.later.id))] = root(json.dumps(pair.earlier.id))
    counts: Counter[tuple[str, bool]] = Counter()
    for issue in issues:
        answer = search_duplicates(tracker.index, issue, within=None, vectors=tracker.vectors)
        if answer.decision != "none":
            same = root(json.dumps(issue.id)) == root(json.dumps(answer.candidates[0].id))
            counts[answer.decision, same] += 1
    print("\ndecisions; not all that is the same was marked")
    for decision in ("close", "advise"):
        marked, other = counts[decision, True], counts[decision, False]
        print(f"  {decision:8} {marked + other} of {len(issues)} reports, {marked} marked")


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__)
        return 2
    issues, pairs = read_tracker(arguments[0])
    print(f"{len(issues)} reports, {len(pairs)} pairs")
    with closing(open_in_memory()) as index, open_embedder() as embed:
        started = perf_counter()
        index_with_vectors(index, issues, embed, name="in memory")
        print(f"indexed in {perf_counter() - started:.0f} s; texts that were embedded before cost nothing")
        tracker = Tracker(index, issues, read_vectors(index, embed))
        print_recall(tracker, pairs)
        print_weights(tracker, pairs[: len(pairs) // 2])
        print_misses(tracker, pairs)
        print_decisions(tracker, issues, pairs)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
