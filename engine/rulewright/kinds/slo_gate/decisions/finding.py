"""What a rule found: the verdict with the numbers that led to it. `judgement.py` turns findings into JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from rulewright.measurements.codes import Verdict

Certainty = Literal["interval", "one_run", "point"]
"""What a verdict rests on: an interval over runs or independent values, the values of one run, or one figure."""


class Bound(NamedTuple):
    """What a limit allows: numbers from `low` to `high`, in the unit of the values; ±∞ where it sets no end.

    `is_low_open`: `low` itself is not allowed (`gt`); `is_high_open`: `high` is not (`lt`).
    """

    low: float
    high: float
    is_low_open: bool = False
    is_high_open: bool = False


class Interval(NamedTuple):
    """An interval of the observed value, in the unit of the values; None where an end is not known.

    `confidence` is one-sided: 0.95 leaves 5 % on each side. `method`: the name of the procedure.
    """

    lower: float | None
    upper: float | None
    confidence: float
    method: str


class Share(NamedTuple):
    """The share of values beyond a limit: observed, its upper confidence bound, and how much is allowed."""

    beyond: float
    upper: float | None
    allowed: float


class Ratio(NamedTuple):
    """The ratio of the current aggregate to that of the baseline.

    `lower` and `upper` are its one-sided bounds, None where runs are too few; `p`: the probability of a difference at
    least this bad if nothing changed; `limit`: the ratio that is allowed, 1.1 for `max_regression: 10%` where lower is
    better.
    """

    value: float | None
    lower: float | None
    upper: float | None
    p: float | None
    limit: float


class Finding(NamedTuple):
    """One verdict of one rule.

    `code`: a key of `VERDICT_CODES`, "" for PASS and WARN. `reason`: one line in plain English, with numbers.
    `observed`: the aggregate. `values`, `runs`: what was there; `effective_n`: how many independent values these are
    worth. `values_needed`, `runs_needed`: how many decide, if nothing else changes. `detectable`: the least relative
    change that is found with these runs. `newly_failing`, `newly_passing`: ids of cases, compared with the baseline.
    """

    verdict: Verdict
    code: str = ""
    reason: str = ""
    observed: float | None = None
    certainty: Certainty = "interval"
    interval: Interval | None = None
    share: Share | None = None
    ratio: Ratio | None = None
    values: int = 0
    runs: int = 0
    effective_n: float | None = None
    values_needed: int | None = None
    runs_needed: int | None = None
    detectable: float | None = None
    newly_failing: tuple[str, ...] = ()
    newly_passing: tuple[str, ...] = ()
