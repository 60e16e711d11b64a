"""Numbers that are compared as they are: sums, counts, extremes, the last value, figures that a tool computed, and
whatever an objective with `decide: point` aggregates. Nothing is known of their error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.kinds.slo_gate.decisions.finding import Finding

if TYPE_CHECKING:
    from rulewright.kinds.slo_gate.decisions.finding import Bound, FormatAmount


def judge_point(
    observed: float, bound: Bound, show: FormatAmount, *, values: int = 0, runs: int = 1
) -> Finding:
    """PASS or FAIL of one number. `values` and `runs`: from how many it was computed, as far as that is known."""
    allowed = bound.allows(observed)
    return Finding(
        "PASS" if allowed else "FAIL",
        "" if allowed else "beyond_limit",
        f"{show(observed)} is {'within' if allowed else 'beyond'} the limit",
        observed=observed,
        certainty="point",
        values=values,
        runs=runs,
    )
