"""Queries against an index: terms with their weights, and the terms that are worth looking up.

Looking up every term of a long body costs half a second at 100,000 issues, nearly all of it for common words that
say little. So the rarest are looked up, and what they find is scored by all of them (`candidates.py`).
"""

from __future__ import annotations

import json
from collections import Counter
from math import log
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.duplicates.content import read_content, read_report
from rulewright.duplicates.database import first_row, select_in
from rulewright.duplicates.error_signatures import hash_mark
from rulewright.duplicates.issue import id_order, issue_key
from rulewright.duplicates.shared_lines import hash_title, shared_lines, shared_titles, unpack_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.duplicates.content import Content
    from rulewright.duplicates.database import Index
    from rulewright.duplicates.details import Detail
    from rulewright.duplicates.issue import Issue

TITLE_WEIGHT: Final = 3
"""A term of the title counts as three of the body."""
BODY_TERMS: Final = 16
"""The rarest terms of the body that are looked up."""
POSTINGS: Final = 2_500
"""Entries of the index that a query may touch, about; the rarest terms come first. A bound on time, as long lists
of common words cost the most and change the ranking the least."""
LEAST_TERMS: Final = 4
"""This many of the rarest terms are looked up whatever they cost."""
REPEATED: Final = 3.0
"""How soon repeating a term in the query stops to count (BM25's k3)."""


class IssueQuery(NamedTuple):
    """`weights`: term → how much it counts in the query, of title and body together; `titled` of the title alone.

    `idf`: term → its weight by rarity; `documents`: term → in how many issues of the index it stands, not
    counting the query itself. `content`: what it is compared by, without lines that very many issues share, which
    count nowhere here. `own_lines`: hashes of its lines, where it stands in the index itself. `low` and `high` bound
    the rows: low ≤ row < high.
    """

    issue: Issue
    key: str
    weights: Mapping[str, float]
    titled: Mapping[str, int]
    idf: Mapping[str, float]
    documents: Mapping[str, int]
    marks: tuple[str, ...]
    details: tuple[Detail, ...]
    content: Content
    own_lines: frozenset[int]
    low: int
    high: int
    oldest: float
    size: int
    mean_title: float
    mean_length: float

    def admits(self, key: str, created: float) -> bool:
        """Whether an issue is another one, within the time, and earlier: at the same moment the smaller id is."""
        if key == self.key or created < self.oldest or created > self.issue.created:
            return False
        return created < self.issue.created or id_order(json.loads(key)) < id_order(self.issue.id)


def build_query(index: Index, issue: Issue, within: float | None) -> IssueQuery:
    """The query that `issue` is. `within`: seconds before it; None is no bound."""
    key = issue_key(issue.id)
    report = read_report(issue.title, issue.body)
    totals = dict(index.execute("SELECT name, value FROM meta"))
    own = index.execute("SELECT title_terms, body_terms, lines FROM issues WHERE key = ?", (key,)).fetchone()
    size = totals["issues"] - (own is not None)
    if own is not None:
        totals["title_terms"] -= len(own[0].split())
        totals["body_terms"] -= len(own[1].split())
    own_lines = (
        frozenset((hash_title(own[0]), *(line.hash for line in unpack_lines(own[2]))))
        if own is not None
        else frozenset[int]()
    )
    hashes = [hash_mark(" ".join(words)) for words, _ in report.segments]
    shared = shared_lines(index, hashes, size, own_lines)
    segments = [segment for segment, line in zip(report.segments, hashes, strict=True) if line not in shared]
    titled = not shared_titles(index, [hash_title(" ".join(report.title))], size, own_lines)
    title = Counter(report.title)
    weights = _term_weights(title, Counter(term for words, _ in segments for term in words))
    documents = count_documents(index, list(weights))
    if own is not None:
        # The issue itself stands in the index and is no evidence that a term is known elsewhere.
        for term in documents.keys() & {*own[0].split(), *own[1].split()}:
            documents[term] -= 1
    oldest = issue.created - within if within is not None else float("-inf")
    issues = max(size, 1)
    return IssueQuery(
        issue,
        key,
        weights,
        title,
        {term: _inverse_frequency(documents.get(term, 0), size) for term in weights},
        documents,
        report.marks,
        report.details,
        read_content(report.title, segments, titled),
        own_lines,
        first_row(oldest) if within is not None else -(1 << 62),
        first_row(issue.created + 1),
        oldest,
        size,
        max(totals["title_terms"] / issues, 1.0),
        max((TITLE_WEIGHT * totals["title_terms"] + totals["body_terms"]) / issues, 1.0),
    )


def _term_weights(title: Counter[str], body: Counter[str]) -> dict[str, float]:
    """Term → its weight in the query, by how often it is repeated (BM25's factor of the query's terms)."""
    counts = {
        term: title.get(term, 0) * TITLE_WEIGHT + body.get(term, 0) for term in dict.fromkeys((*title, *body))
    }
    return {term: (REPEATED + 1) * count / (REPEATED + count) for term, count in counts.items()}


def _inverse_frequency(documents: int, size: int) -> float:
    """BM25's weight of a term that `documents` of `size` issues have."""
    return log(1 + (max(size - documents, 0) + 0.5) / (documents + 0.5))


def count_documents(index: Index, words: list[str]) -> dict[str, int]:
    """Term → in how many issues it stands, for the terms that the index knows."""
    return dict(select_in(index, "SELECT term, documents FROM terms WHERE term IN", words))


def choose_terms(
    query: IssueQuery, body_terms: int | None = BODY_TERMS, postings: int | None = POSTINGS
) -> list[str]:
    """The terms to look up, rarest first: those of the title and the rarest of the body, while they are cheap.

    None for either bound is no bound.
    """
    known = sorted((count, term) for term, count in query.documents.items() if count > 0)
    of_body = 0
    spent = 0
    out: list[str] = []
    for count, term in known:
        if term not in query.titled:
            if body_terms is not None and of_body >= body_terms:
                continue
            of_body += 1
        spent += count
        if postings is not None and spent > postings and len(out) >= LEAST_TERMS:
            break
        out.append(term)
    return out
