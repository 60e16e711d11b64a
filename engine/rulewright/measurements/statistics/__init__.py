"""Formulas over values and counts: aggregates, bounds of shares, rank tests, effective sizes. Pure and deterministic.

The same numbers in a list, an `array.array("d")` and a NumPy array give the same results, bit by bit: what is counted
or selected is exact, and sums are rounded once (`math.fsum`).
"""

from __future__ import annotations

from rulewright.measurements.statistics.aggregates import AGGREGATES as AGGREGATES
from rulewright.measurements.statistics.aggregates import aggregate as aggregate
from rulewright.measurements.statistics.aggregates import percentile as percentile
from rulewright.measurements.statistics.aggregates import quantile_of as quantile_of
from rulewright.measurements.statistics.binomial import wilson as wilson
