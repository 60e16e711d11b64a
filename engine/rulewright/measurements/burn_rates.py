"""How fast an error budget is spent, over a long and a short window.

From "The Site Reliability Workbook", 2018, chapter 5, table 5-8: each pair of windows fires when so much of the budget
would be spent within the long one; the short one tells that it is still being spent.
"""

from __future__ import annotations

from typing import Final, NamedTuple

HOUR: Final = 3600.0


class BurnWindows(NamedTuple):
    """Two windows in seconds, and the share of the budget that the long one may spend."""

    long: float
    short: float
    spent: float

    def compute_factor(self, budget_window: float) -> float:
        """How many times faster than evenly the budget is then spent: 14.4, 6, 3 and 1 for a window of 30 days."""
        return round(self.spent * budget_window / self.long, 9)


BURN_WINDOWS: Final = (
    BurnWindows(1 * HOUR, HOUR / 12, 0.02),
    BurnWindows(6 * HOUR, HOUR / 2, 0.05),
    BurnWindows(24 * HOUR, 2 * HOUR, 0.1),
    BurnWindows(72 * HOUR, 6 * HOUR, 0.1),
)
