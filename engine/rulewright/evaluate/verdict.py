"""One word for a whole policy.

Triage, Grooming   skipped | error | undetermined | matched | not_matched
SLOGate            PASS | WARN | FAIL | NO_DATA | INCONCLUSIVE | ERROR | WAIVED
Promotion          ALLOWED | DENIED | UNDETERMINED | ERROR | NOT_REQUESTED
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rulewright.evaluate.decision import PolicyDecision


def verdict(decision: PolicyDecision) -> str:
    """The policy's verdict in its kind's own words."""
    from rulewright.program.kinds import VERDICTS

    judge = VERDICTS.get(decision.kind)
    if judge is not None:
        return judge(decision.policy, decision.rules)  # type: ignore[no-any-return]
    if decision.skipped_by is not None:
        return "skipped" if decision.skips[-1].status == "matched" else decision.skips[-1].status
    statuses = {result.status for result in decision.notable}
    for status in ("error", "matched", "undetermined"):
        if status in statuses:
            return status
    return "not_matched"
