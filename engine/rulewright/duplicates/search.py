"""The search as a whole: a query's best candidates with scores and reasons, and the decision about it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.duplicates.calibrated import ADVISE
from rulewright.duplicates.channels import candidates, has_rare_mark
from rulewright.duplicates.decide import decide, highest_score, score
from rulewright.duplicates.evidence import weigh
from rulewright.duplicates.query import prepare
from rulewright.duplicates.reasons import TOO_LITTLE, reasons
from rulewright.duplicates.shared_lines import read_contents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.duplicates.channels import Vectors
    from rulewright.duplicates.database import Index
    from rulewright.duplicates.decide import Verdict
    from rulewright.duplicates.issue import Id, Issue

LIMIT: Final = 10
MOST: Final = 100
"""The most candidates that may be asked for."""
WITHIN: Final = 365 * 86_400.0


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
    """What the fusion of the channels orders by; a longer list may be cut by it, as `search` cuts its own."""


class Answer(NamedTuple):
    """Candidates best first. `margin` is the first's score less the second's."""

    id: Id
    candidates: tuple[Candidate, ...]
    margin: float
    decision: Verdict


def search(
    index: Index,
    issue: Issue,
    *,
    limit: int = LIMIT,
    within: float | None = WITHIN,
    vectors: Vectors | None = None,
) -> Answer:
    """The candidates for `issue` among the earlier ones of the last `within` seconds (None: of all time).

    The best by fusion are ordered anew by score. Raises sqlite3.Error; see `database.told`.
    """
    query = prepare(index, issue, within)
    best = candidates(index, query, vectors=vectors)[: max(limit, LIMIT)]
    contents = read_contents(index, query, best)
    own = highest_score(query.content, lambda: has_rare_mark(index, query.marks, query.size))
    scored = []
    unsaid = set()
    for evidence, content, one in zip(weigh(index, query, best, contents), contents, best, strict=True):
        highest = min(own, highest_score(content, partial(has_rare_mark, index, one.marks, query.size)))
        found = score(evidence)
        if found >= ADVISE and not highest:
            unsaid.add(one.row)
        scored.append((min(found, highest), one))
    scored.sort(key=lambda pair: (-pair[0], -pair[1].fused, pair[1].row))
    scores = [value for value, _ in scored]
    out = []
    for value, one in scored[:limit]:
        title, created_at, extra = index.execute(
            "SELECT title, created_at, extra FROM issues WHERE row = ?", (one.row,)
        ).fetchone()
        out.append(
            Candidate(
                json.loads(one.key),
                round(value, 4),
                (*((TOO_LITTLE,) if one.row in unsaid else ()), *reasons(query, one)),
                title,
                one.created,
                created_at,
                json.loads(extra) if extra else {},
                one.fused,
            )
        )
    margin = scores[0] - (scores[1] if len(scores) > 1 else 0.0) if scores else 0.0
    return Answer(issue.id, tuple(out), round(margin, 4), decide(scores))
