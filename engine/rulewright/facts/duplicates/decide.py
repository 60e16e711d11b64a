"""From evidence to a score, from scores to a decision: close, advise, or none.

The score is the probability that a logistic regression gives; its constants come from generated reports
(`calibrated.py`), so on another tracker it orders well and is a probability only roughly. The bounds are set for
precision: where the evidence does not suffice, the decision abstains.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Literal

from rulewright.facts.duplicates.calibrated import ADVISE, CLOSE, INTERCEPT, MARGIN, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.facts.duplicates.evidence import Evidence

__all__ = ["Verdict", "decide", "score"]

Verdict = Literal["close", "advise", "none"]


def score(evidence: Evidence) -> float:
    """How likely the two issues are the same, between 0 and 1."""
    odds = INTERCEPT + sum(
        WEIGHTS[name] * value for name, value in zip(evidence._fields, evidence, strict=True)
    )
    return 1 / (1 + exp(-max(min(odds, 500.0), -500.0)))


def decide(scores: Sequence[float]) -> Verdict:
    """The decision for scores in falling order.

    A second candidate near the first is a doubt, unless it is so certain itself that both are the same.
    """
    if not scores or scores[0] < ADVISE:
        return "none"
    second = scores[1] if len(scores) > 1 else 0.0
    if scores[0] >= CLOSE and (scores[0] - second >= MARGIN or second >= CLOSE):
        return "close"
    return "advise"
