"""The score of the evidence, and the decision from scores: close, advise or none.

The score is the probability that a logistic regression gives; its constants come from generated reports
(`calibration.py`), so on another tracker it orders well and is a probability only roughly. The bounds are set for
precision: where the evidence does not suffice, the decision abstains. Two issues that say next to nothing are not alike
for that: without content on either side the score is 0, and with little of it none is closed.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Final, Literal

from rulewright.duplicates.calibration import ADVISE, CLOSE, INTERCEPT, MARGIN, WEIGHTS
from rulewright.duplicates.content import count_words, is_enough

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rulewright.duplicates.content import Content
    from rulewright.duplicates.evidence import Evidence

SPECIFIC_TO_CLOSE: Final = 3
"""An issue with fewer specific words is never closed, and none is closed for it."""
NOT_CLOSED: Final = CLOSE - 0.005
"""The highest score of an issue that can be compared and has fewer."""

SAME_TRACE: Final = 0.8
"""The least shared part of the frames of two stack traces that are the same one: an inlined function more or less."""
TRACE_FRAMES: Final = 3
"""Fewer frames are no stack trace to know a failure by."""

Verdict = Literal["close", "advise", "none"]


def evidence_score(evidence: Evidence) -> float:
    """How likely the two issues are the same, between 0 and 1."""
    odds = INTERCEPT + sum(
        WEIGHTS[name] * value for name, value in zip(evidence._fields, evidence, strict=True)
    )
    return 1 / (1 + exp(-max(min(odds, 500.0), -500.0)))


def highest_score(content: Content, has_mark: Callable[[], bool]) -> float:
    """The highest score that an issue's content allows, whatever it is compared with; 0 where there is too little.

    `has_mark` says whether it has a rare stack frame or error code; it is asked when there are few words.
    """
    if content.specific >= SPECIFIC_TO_CLOSE:
        return 1.0
    if is_enough(content.specific, count_words(content.said)) or has_mark():
        return NOT_CLOSED
    return 0.0


def lowest_score(evidence: Evidence, frames: int) -> float:
    """The lowest score that the marks of two issues allow: the same stack trace is worth an advice under any title.

    `frames`: how many both have. Not where they name other exceptions or codes.
    """
    same = evidence.frames >= SAME_TRACE and frames >= TRACE_FRAMES and not evidence.clash
    return ADVISE if same else 0.0


def decide_verdict(scores: Sequence[float]) -> Verdict:
    """The decision for scores in falling order.

    A second candidate near the first is a doubt, unless it is so certain itself that both are the same.
    """
    if not scores or scores[0] < ADVISE:
        return "none"
    second = scores[1] if len(scores) > 1 else 0.0
    if scores[0] >= CLOSE and (scores[0] - second >= MARGIN or second >= CLOSE):
        return "close"
    return "advise"
