"""The error budget of a window: how much is left, and how fast it is being spent. Counts are compared as they are."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, NamedTuple

from rulewright.kinds.slo_gate.decisions.finding import Finding, round_figure
from rulewright.kinds.slo_gate.decisions.reasons import count_of, format_share
from rulewright.measurements.burn_rates import BURN_WINDOWS
from rulewright.policy.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.measurements.sample import Count


class Budget(NamedTuple):
    """`target`: the share of good events that is promised (0.999); `window` in seconds; `min_left`: the share of the
    budget that must be left (0.2)."""

    target: float
    window: float
    min_left: float = 0.0


class BurnRate(NamedTuple):
    """How fast the budget was spent over two windows, in multiples of evenly, and what neither may exceed together."""

    long: str
    short: str
    long_rate: float
    short_rate: float
    factor: float

    @property
    def is_exceeded(self) -> bool:
        """Whether both windows are above the factor."""
        return self.long_rate > self.factor and self.short_rate > self.factor


def judge_budget(counts: Sequence[Count], budget: Budget) -> Finding:
    """The verdict on a budget. `counts` without a `window`, or with that of the budget, are added; their total is > 0.
    The others are those of the burn rates' windows. Observed is the share of the budget that is left, below 0 when more
    was spent than there was."""
    whole = [count for count in counts if _parse_window(count.window) in (0.0, budget.window)]
    bad, total = fsum(count.bad for count in whole), fsum(count.total for count in whole)
    left = round_figure(1 - bad / total / (1 - budget.target))
    text = (
        f"{format_share(left, budget.min_left)} of the error budget is left, "
        f"{format_share(budget.min_left, 0)} must be "
        f"({count_of(bad, 'bad event')} of {total:,.0f})"
    )
    base = Finding("PASS", "", text, observed=left, certainty="point", values=int(total), runs=len(whole))
    if left < budget.min_left:
        return base._replace(verdict="FAIL", code="budget_spent")
    exceeded = [rate for rate in list_burn_rates(counts, budget) if rate.is_exceeded]
    if not exceeded:
        return base
    rate = exceeded[0]
    speed = (
        f"the budget is spent {rate.long_rate:.3g} times as fast as evenly over {rate.long} "
        f"and {rate.short_rate:.3g} times over {rate.short}; {rate.factor:.3g} times may be"
    )
    return base._replace(verdict="FAIL", code="burn_rate", reason=f"{speed}; {text}")


def list_burn_rates(counts: Sequence[Count], budget: Budget) -> list[BurnRate]:
    """The burn rates of all pairs of windows of which both were counted. A window without events spends nothing."""
    by_window = {_parse_window(count.window): count for count in counts if count.window}
    rates = []
    for windows in BURN_WINDOWS:
        long, short = by_window.get(windows.long), by_window.get(windows.short)
        if long is not None and short is not None:
            first, second = (
                count.bad / count.total / (1 - budget.target) if count.total else 0.0
                for count in (long, short)
            )
            factor = windows.compute_factor(budget.window)
            rates.append(BurnRate(long.window, short.window, first, second, factor))
    return rates


def _parse_window(text: str) -> float:
    """The seconds of a window; 0 for "", which is the whole."""
    quantity = parse_quantity(text) if text else None
    return quantity.value if quantity is not None else 0.0
