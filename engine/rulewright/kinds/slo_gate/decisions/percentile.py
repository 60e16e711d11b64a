"""An absolute limit of a percentile, decided by the share of values beyond the limit.

| verdict | for `p95 ≤ L` |
|---|---|
| PASS | the upper bound of the share of values above L is at most 5 %, and the p95 of the next run stays within L |
| FAIL | the lower bound of the share is above 5 % |
| INCONCLUSIVE | otherwise |

The bounds are those of Clopper and Pearson, one-sided, at the effective number of values: from 5 runs on by how the
share varies between runs, else by the autocorrelation of the marks in order of time. The next run is predicted from 3
runs on, by Student's t on the logarithms of the runs' percentiles (on the percentiles themselves where one of them is
not positive). A limit from below (`p5 ≥ L`) is the same on negated values. Values that are runs of their own are
independent, and there is no percentile of a next run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, exp, fsum, inf, isfinite, log, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.kinds.slo_gate.decisions.finding import (
    Bound,
    Certainty,
    Finding,
    FormatAmount,
    Interval,
    Share,
    round_end,
    round_figure,
)
from rulewright.kinds.slo_gate.decisions.reasons import count_of, format_share
from rulewright.kinds.slo_gate.decisions.search import find_first
from rulewright.measurements.statistics.autocorrelation import (
    estimate_effective_size,
    estimate_size_between_runs,
)
from rulewright.measurements.statistics.binomial import (
    bound_share_above,
    bound_share_below,
    count_values_needed,
    is_share_beyond,
    is_share_within,
)
from rulewright.measurements.statistics.exceedances import RunValues, prepare_values
from rulewright.measurements.statistics.normal import normal_quantile
from rulewright.measurements.statistics.students_t import t_quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rulewright.measurements.codes import Verdict

RUNS_TO_COMPARE: Final = 5
"""From so many runs on the effective size comes from how runs differ."""
RUNS_TO_PREDICT: Final = 3
"""From so many runs on the percentile of the next run must stay within the limit as well."""
MOST_VALUES: Final = 10**9
MOST_RUNS: Final = 1000


@dataclass(frozen=True)
class PercentileSample:
    """The values of runs, prepared once for all limits of an objective. Holds at least one value.

    `independent`: every value is a run of its own; so it is when every run has one value.
    """

    runs: Sequence[Sequence[float]]
    q: float
    confidence: float
    independent: bool = False

    @cached_property
    def is_flat(self) -> bool:
        """Whether values are independent of each other."""
        return self.independent or (len(self.runs) > 1 and all(len(values) == 1 for values in self.runs))

    @cached_property
    def filled_runs(self) -> Sequence[Sequence[float]]:
        """The runs that hold values; independent values stand in one."""
        filled = [values for values in self.runs if len(values)]
        if not self.is_flat or len(filled) == 1:
            return filled
        return [[float(value) for values in filled for value in values]]

    @cached_property
    def above(self) -> _Tail:
        """The values as they are asked for limits from above."""
        return _Tail(self, prepare_values(self.filled_runs), 1.0, round(1 - self.q, DECIMALS))

    @cached_property
    def below(self) -> _Tail:
        """The values as they are asked for limits from below."""
        return _Tail(self, prepare_values(self.filled_runs, negated=True), -1.0, round(self.q, DECIMALS))

    @cached_property
    def observed(self) -> float:
        """The percentile of all values."""
        return self.above.values.percentile(self.q)

    @cached_property
    def run_percentiles(self) -> list[float]:
        """The percentile of each run; [] where there are too few runs to predict the next."""
        if self.is_flat or len(self.filled_runs) < RUNS_TO_PREDICT:
            return []
        return self.above.values.run_percentiles(self.q)

    @property
    def certainty(self) -> Certainty:
        """`one_run` for a single run of dependent values."""
        return "one_run" if len(self.filled_runs) == 1 and not self.is_flat else "interval"


DECIMALS: Final = 9
"""Of the allowed share: 1 - 0.95 is 0.05 and not 0.05000000000000004."""


class _Excess(NamedTuple):
    """What lies beyond a limit: how many values, their share, and the effective number of values."""

    beyond: int
    share: float
    size: float


@dataclass(frozen=True)
class _Tail:
    """One side of a sample. `values` are negated for limits from below, `sign` is -1 then; `allowed` is the share that
    may lie beyond a limit."""

    sample: PercentileSample
    values: RunValues
    sign: float
    allowed: float

    def measure(self, limit: float, *, inclusive: bool) -> _Excess:
        """What lies beyond a limit, which is of `values`; the limit itself lies beyond it where `inclusive`."""
        marks = self.values.mark_above(limit, inclusive=inclusive)
        counts, n = [run.beyond for run in marks], self.values.size
        count = sum(counts)
        if self.sample.is_flat:
            size: float = n
        elif len(marks) >= RUNS_TO_COMPARE:
            sizes = [run.size for run in marks]
            size = estimate_size_between_runs(sizes, counts, self.sample.confidence)
        else:
            size = estimate_effective_size(marks)
        return _Excess(count, count / n, size)

    def bound_above(self, excess: _Excess) -> float:
        """The upper bound of the share beyond."""
        return bound_share_above(excess.share * excess.size, excess.size, self.sample.confidence)

    def is_within(self, excess: _Excess) -> bool:
        """Whether the upper bound of the share is at most the allowed one."""
        return is_share_within(excess.share * excess.size, excess.size, self.allowed, self.sample.confidence)

    def is_beyond(self, excess: _Excess) -> bool:
        """Whether the lower bound of the share is above the allowed one."""
        return is_share_beyond(excess.share * excess.size, excess.size, self.allowed, self.sample.confidence)

    @cached_property
    def predicted(self) -> float | None:
        """The bound of the next run's percentile, in the values' own sign; None where it is not predicted."""
        percentiles = self.sample.run_percentiles
        return predict_next(percentiles, self.sample.confidence, self.sign) if percentiles else None

    def predicts_within(self, limit: float) -> bool:
        """Whether the next run stays within a limit of the values' own sign."""
        return self.predicted is None or self.sign * round_figure(self.predicted) <= self.sign * limit

    def find_turn_to_pass(self, start: _Excess) -> float | None:
        """The closest limit that would PASS, in the values' own sign: the (k+1)-th greatest value, k the greatest
        number of values that may lie beyond. None where no limit passes."""
        most = min(self.values.size - 1, int(self.allowed * self.values.size))

        def passes(k: int) -> bool:
            return self.is_within(self.measure(self.values.nth_greatest(k + 1), inclusive=False))

        known = start.beyond if self.is_within(start) else None
        last = most if known is not None else min(most, start.beyond - 1)
        k = _find_last(passes, 0, last, self._guess_count(start.size, -1), known)
        if k is None:
            return None
        limit = self.sign * self.values.nth_greatest(k + 1)
        if self.predicted is None:
            return limit
        return self.sign * max(self.sign * limit, self.sign * self.predicted)

    def find_turn_to_fail(self, start: _Excess) -> float | None:
        """The farthest limit that would FAIL: the k-th greatest value, k the least number of values beyond that is too
        many. None where no limit fails."""
        n = self.values.size
        least = min(n, int(self.allowed * n) + 1)

        def fails(k: int) -> bool:
            return self.is_beyond(self.measure(self.values.nth_greatest(n - k), inclusive=True))

        # Counted from the other end, so that this too looks for the last of a row that holds.
        known = n - start.beyond if self.is_beyond(start) else None
        last = n - least if known is not None else min(n - least, n - start.beyond - 1)
        k = _find_last(fails, 0, last, n - self._guess_count(start.size, 1), known)
        return None if k is None else self.sign * self.values.nth_greatest(n - k)

    def _guess_count(self, size: float, side: float) -> int:
        """About the count at which the bound of the share meets the allowed one: below it (-1) or above it (1)."""
        z = side * normal_quantile(self.sample.confidence)
        share = self.allowed + z * sqrt(self.allowed * (1 - self.allowed) / size)
        return int(self.values.size * min(1.0, max(0.0, share)))


def _find_last(
    holds: Callable[[int], bool], first: int, last: int, guess: int, known: int | None
) -> int | None:
    """The last number of first … last at which a condition holds that holds up to somewhere: searched from a guess
    outwards in growing steps, then by bisection. `known`: a number at which it holds."""
    low = first - 1 if known is None else known
    high = last + 1
    step, place = 1, min(max(guess, low + 1), high - 1)
    while high - low > 1:
        if holds(place):
            low, following = place, place + step
        else:
            high, following = place, place - step
        step *= 2
        place = following if low < following < high else (low + high) // 2
    return None if low < first else low


def predict_next(percentiles: Sequence[float], confidence: float, sign: float) -> float:
    """The one-sided bound of the next run's percentile: mean + t s √(1 + 1/R), from above for sign 1, from below for
    -1. On logarithms where all percentiles are positive."""
    least, runs = min(percentiles), len(percentiles)
    logs = least > 0
    # Distances from the least: runs that are alike predict exactly what they are.
    points = [log(value / least) if logs else value - least for value in percentiles]
    mean = fsum(points) / runs
    deviation = sqrt(fsum((point - mean) ** 2 for point in points) / (runs - 1))
    end = mean + sign * t_quantile(confidence, runs - 1) * deviation * sqrt(1 + 1 / runs)
    if not logs:
        return least + end
    return least * exp(end) if end < 700 else inf


def judge_percentile(sample: PercentileSample, bound: Bound, show: FormatAmount) -> Finding:
    """The verdict on limits of a percentile. With limits on both sides both must hold, and one that is beyond fails."""
    sides = [_judge_side(sample.above, bound.high, bound.high_open, show)] if isfinite(bound.high) else []
    if isfinite(bound.low):
        sides.append(_judge_side(sample.below, bound.low, bound.low_open, show))
    order = ("FAIL", "INCONCLUSIVE", "PASS")
    worst = min(sides, key=lambda side: order.index(side.verdict))
    return worst._replace(interval=sides[0].interval)


def _judge_side(tail: _Tail, limit: float, is_open: bool, show: FormatAmount) -> Finding:
    sample = tail.sample
    excess = tail.measure(tail.sign * limit, inclusive=is_open)
    upper = tail.bound_above(excess)
    predicted = tail.predicts_within(limit)
    if tail.is_beyond(excess):
        verdict, code = _FAIL
    elif not tail.is_within(excess):
        verdict, code = _UNDECIDED if excess.share >= tail.allowed or excess.beyond else _TOO_FEW
    else:
        verdict, code = _PASS if predicted else _UNDECIDED
    ends = [tail.find_turn_to_fail(excess), tail.find_turn_to_pass(excess)]
    lower_end, upper_end = ends if tail.sign > 0 else ends[::-1]
    needed, runs_needed = None, None
    if code in ("too_few", "undecided"):
        if tail.is_within(excess):
            runs_needed = _count_runs_needed(tail, limit)
        else:
            needed = _count_needed(tail, excess)
    return Finding(
        verdict,
        code,
        _explain(tail, excess, limit, verdict, needed, show),
        observed=sample.observed,
        certainty=sample.certainty,
        interval=Interval(
            round_end(lower_end), round_end(upper_end), sample.confidence, "order statistics, Clopper-Pearson"
        ),
        share=Share(round_figure(excess.share), round_figure(upper), tail.allowed),
        values=tail.values.size,
        runs=sum(1 for values in sample.runs if len(values)),
        effective_n=round_figure(excess.size),
        values_needed=needed,
        runs_needed=runs_needed,
    )


_PASS: Final[tuple[Verdict, str]] = ("PASS", "")
_FAIL: Final[tuple[Verdict, str]] = ("FAIL", "beyond_limit")
_UNDECIDED: Final[tuple[Verdict, str]] = ("INCONCLUSIVE", "undecided")
_TOO_FEW: Final[tuple[Verdict, str]] = ("INCONCLUSIVE", "too_few")


def _count_needed(tail: _Tail, excess: _Excess) -> int | None:
    """How many values decide when the share stays what it is and values depend on each other as they do: the least n
    at which one of the bounds leaves the allowed share. None where the share is nearly the allowed one."""
    confidence, allowed, share = tail.sample.confidence, tail.allowed, excess.share
    scale = tail.values.size / excess.size
    if excess.beyond == 0:
        return count_values_needed(allowed, confidence)

    def decides(n: int) -> bool:
        rule = is_share_within if share < allowed else is_share_beyond
        return rule(share * n, n, allowed, confidence)

    needed = find_first(decides, 1, MOST_VALUES)
    return None if needed is None else ceil(needed * scale)


def _count_runs_needed(tail: _Tail, limit: float) -> int | None:
    """How many runs it takes until the next is predicted within the limit, if runs vary as they do. None where no
    number of them does."""
    percentiles = tail.sample.run_percentiles
    least = min(percentiles)
    if least <= 0 or limit <= 0:
        return None
    points = [tail.sign * log(value / limit) for value in percentiles]
    mean = fsum(points) / len(points)
    deviation = sqrt(fsum((point - mean) ** 2 for point in points) / (len(points) - 1))

    def suffices(runs: int) -> bool:
        return mean + t_quantile(tail.sample.confidence, runs - 1) * deviation * sqrt(1 + 1 / runs) <= 0

    return find_first(suffices, len(points) + 1, MOST_RUNS)


def _explain(
    tail: _Tail, excess: _Excess, limit: float, verdict: Verdict, needed: int | None, show: FormatAmount
) -> str:
    allowed = tail.allowed
    verb = "exceed" if tail.sign > 0 else "are below"
    may = f"{format_share(allowed, 0)} may"
    end = show(limit)
    if verdict == "FAIL":
        lower = bound_share_below(excess.share * excess.size, excess.size, tail.sample.confidence)
        return f"at least {format_share(lower, allowed)} of values {verb} {end}; {may}"
    upper = f"at most {format_share(tail.bound_above(excess), allowed)} of values {verb} {end}; {may}"
    if verdict == "PASS":
        return upper
    if tail.is_within(excess):
        word, predicted = ("rise to", tail.predicted) if tail.sign > 0 else ("fall to", tail.predicted)
        name = "the percentile of the next run"
        return f"{upper}, but {name} may {word} {'' if predicted is None else show(round_figure(predicted))}"
    observed = format_share(excess.share, allowed)
    text = f"{observed} of {count_of(tail.values.size, 'value')} {verb} {end}, in truth {upper}"
    return f"{text}; about {count_of(needed, 'value')} decide" if needed is not None else text
