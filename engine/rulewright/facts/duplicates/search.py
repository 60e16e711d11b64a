"""The search as a whole: a query's best candidates with scores and reasons, and the decision about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.facts.duplicates.channels import candidates
from rulewright.facts.duplicates.query import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.facts.duplicates.channels import Vectors
    from rulewright.facts.duplicates.database import Index
    from rulewright.facts.duplicates.issue import Id, Issue

__all__ = ["LIMIT", "WITHIN", "Answer", "Candidate", "search"]

LIMIT: Final = 10
WITHIN: Final = 365 * 86_400.0


class Candidate(NamedTuple):
    """An earlier issue. `score` lies between 0 and 1: how likely it is the same; `why` says what speaks for it."""

    id: Id
    score: float
    why: tuple[str, ...]
    title: str
    created_at: str
    extra: Mapping[str, Any]


class Answer(NamedTuple):
    """Candidates best first. `margin` is the first's score less the second's."""

    id: Id
    candidates: tuple[Candidate, ...]
    margin: float


def search(
    index: Index,
    issue: Issue,
    *,
    limit: int = LIMIT,
    within: float | None = WITHIN,
    vectors: Vectors | None = None,
) -> Answer:
    """The candidates for `issue` among the earlier ones of the last `within` seconds (None: of all time)."""
    query = prepare(index, issue, within)
    best = candidates(index, query, vectors=vectors)[: max(limit, LIMIT)]
    out = []
    for one in best:
        title, created_at, extra = index.execute(
            "SELECT title, created_at, extra FROM issues WHERE row = ?", (one.row,)
        ).fetchone()
        out.append(
            Candidate(
                json.loads(one.key),
                round(one.fused, 4),
                tuple(f"{c} rank {r}" for c, r in one.ranks.items()),
                title,
                created_at,
                json.loads(extra) if extra else {},
            )
        )
    margin = out[0].score - (out[1].score if len(out) > 1 else 0.0) if out else 0.0
    return Answer(issue.id, tuple(out[:limit]), margin)
