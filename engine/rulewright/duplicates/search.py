"""The duplicate search: the best candidates of a query with scores and reasons, and the decision."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.duplicates.calibration import ADVISE
from rulewright.duplicates.candidates import LIMIT, find_candidates, has_rare_mark
from rulewright.duplicates.decision import (
    NOT_CLOSED,
    decide_verdict,
    evidence_score,
    highest_score,
    lowest_score,
)
from rulewright.duplicates.error_signatures import mark_kind
from rulewright.duplicates.evidence import compare_details, read_contents, weigh_candidates
from rulewright.duplicates.query import build_query
from rulewright.duplicates.reasons import explain_candidate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.duplicates.candidates import VectorSearch
    from rulewright.duplicates.database import Index
    from rulewright.duplicates.decision import Verdict
    from rulewright.duplicates.issue import Id, Issue

MOST: Final = 100
"""The most candidates that may be asked for."""
WITHIN: Final = 365 * 86_400.0

TOO_LITTLE: Final = "too little content to compare"


class Candidate(NamedTuple):
    """An earlier issue. `score` lies between 0 and 1: how likely it is the same; `why` says what speaks for it."""

    id: Id
    score: float
    why: tuple[str, ...]
    title: str
    created: float
    created_at: str
    extra: Mapping[str, Any]
    fused: float = 0.0
    """What the fusion of the channels orders by; a longer list may be cut by it, as `search_duplicates` does."""


class SearchResult(NamedTuple):
    """Candidates best first. `margin` is the first's score less the second's."""

    id: Id
    candidates: tuple[Candidate, ...]
    margin: float
    decision: Verdict


def search_duplicates(
    index: Index,
    issue: Issue,
    *,
    limit: int = LIMIT,
    within: float | None = WITHIN,
    vectors: VectorSearch | None = None,
) -> SearchResult:
    """The candidates for `issue` among the earlier ones of the last `within` seconds (None: of all time).

    The best by fusion are ordered anew by score. Raises sqlite3.Error; see `database.translate_errors`.
    """
    query = build_query(index, issue, within)
    best = find_candidates(index, query, vectors=vectors)[: max(limit, LIMIT)]
    contents = read_contents(index, query, best)
    own = highest_score(query.content, lambda: has_rare_mark(index, query.marks, query.size))
    scored = []
    unsaid = set()
    for evidence, content, one in zip(
        weigh_candidates(index, query, best, contents), contents, best, strict=True
    ):
        highest = min(own, highest_score(content, partial(has_rare_mark, index, one.marks, query.size)))
        if evidence.differs:
            highest = min(highest, NOT_CLOSED)
        frames = sum(mark_kind(mark) == "frame" for mark in set(query.marks).intersection(one.marks))
        found = max(evidence_score(evidence), lowest_score(evidence, frames))
        if found >= ADVISE and not highest:
            unsaid.add(one.row)
        scored.append((min(found, highest), one, compare_details(query, one, content)))
    scored.sort(key=lambda pair: (-pair[0], -pair[1].fused, pair[1].row))
    scores = [value for value, *_ in scored]
    out = []
    for value, one, differences in scored[:limit]:
        title, created_at, extra = index.execute(
            "SELECT title, created_at, extra FROM issues WHERE row = ?", (one.row,)
        ).fetchone()
        out.append(
            Candidate(
                json.loads(one.key),
                round(value, 4),
                (
                    *((TOO_LITTLE,) if one.row in unsaid else ()),
                    *explain_candidate(query, one, title, differences),
                ),
                title,
                one.created,
                created_at,
                json.loads(extra) if extra else {},
                one.fused,
            )
        )
    margin = scores[0] - (scores[1] if len(scores) > 1 else 0.0) if scores else 0.0
    return SearchResult(issue.id, tuple(out), round(margin, 4), decide_verdict(scores))
