"""What the objectives of a gate decide together."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rulewright.measurements.statistics.holm import select_significant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.kinds.slo_gate.decisions.cases import Drop
    from rulewright.kinds.slo_gate.decisions.regression import Regression


def select_significant_objectives(found: Mapping[str, Regression | Drop]) -> frozenset[str]:
    """The objectives whose p is significant among all comparisons of a gate (Holm), each at its own α. Comparisons
    whose sizes cannot decide need not be among them: sizes are known before anything is measured."""
    return select_significant({name: item.p / item.alpha for name, item in found.items()}, Fraction(1))
