"""What a rule finds: a verdict with its numbers. Amounts are in the unit of the values that were judged."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from rulewright.measurements.codes import Verdict

Certainty = Literal["interval", "one_run", "point"]
"""`interval`: the rule bounds the error; `one_run`: it does so within the one run that there is, and cannot tell how
runs differ; `point`: the number is compared as it is."""

FormatAmount = Callable[[float], str]
"""Writes an amount with its unit: 1.0 → `1000ms`."""

DIGITS: Final = 12
"""Significant digits of computed numbers: what differs between units, machines and mathematical libraries is cut."""

TOO_LARGE: Final = "the values are too large to compute with"


class Bound(NamedTuple):
    """What a limit allows: low ≤ value ≤ high, without an end that is open. Ends are infinite where there is none."""

    low: float = -inf
    low_open: bool = False
    high: float = inf
    high_open: bool = False

    def allows(self, value: float) -> bool:
        """Whether the value is within."""
        above = value > self.low if self.low_open else value >= self.low
        return above and (value < self.high if self.high_open else value <= self.high)


class Interval(NamedTuple):
    """The limits at which the verdict would turn; None where no limit would turn it. `confidence` is that of each end.
    An upper limit between the ends is INCONCLUSIVE, above `upper` a PASS, below `lower` a FAIL."""

    lower: float | None
    upper: float | None
    confidence: float
    method: str


class Share(NamedTuple):
    """The share of values beyond the limit (0 … 1): observed, its upper bound, and what is allowed."""

    beyond: float
    upper: float
    allowed: float


class Ratio(NamedTuple):
    """Current to baseline, with one-sided bounds, None where the sizes give none; `p`, one-sided; and the ratio that
    is still allowed. For the drop of a suite's pass rate: differences instead of ratios."""

    value: float | None
    lower: float | None
    upper: float | None
    p: float | None
    limit: float


class Finding(NamedTuple):
    """What a rule says. `code` is a key of `VERDICT_CODES`, "" for PASS; `reason` one line. `detectable`: the change
    for the worse that is found in 8 of 10 cases, as a ratio (0.2: 20 % worse)."""

    verdict: Verdict
    code: str
    reason: str
    observed: float | None = None
    certainty: Certainty = "interval"
    interval: Interval | None = None
    share: Share | None = None
    values: int = 0
    runs: int = 0
    effective_n: float | None = None
    values_needed: int | None = None
    runs_needed: int | None = None
    detectable: float | None = None
    ratio: Ratio | None = None


def round_figure(value: float) -> float:
    """The number with `DIGITS` significant digits."""
    return float(f"{value:.{DIGITS}g}")


def round_end(value: float | None) -> float | None:
    """An end of an interval, None where there is none or it is infinite."""
    return round_figure(value) if value is not None and isfinite(value) else None
