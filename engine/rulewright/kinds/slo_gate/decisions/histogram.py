"""An absolute limit of a percentile, decided by histograms: a bucket is an interval in which its values lie anywhere.

The rule is that of raw values (`percentile.py`), at the least and at the greatest share that may lie beyond the limit.
A limit that is the bound of a bucket divides the values exactly; whether values equal to it are beyond is not asked,
since no histogram can tell. Values have no order, so that the number of all is the effective one below 5 runs.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from math import fsum, inf, isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.kinds.slo_gate.decisions.finding import Finding, Interval, Share, round_end, round_figure
from rulewright.kinds.slo_gate.decisions.percentile import (
    DECIMALS,
    RUNS_TO_COMPARE,
    RUNS_TO_PREDICT,
    predict_next,
)
from rulewright.kinds.slo_gate.decisions.reasons import format_share
from rulewright.measurements.statistics.autocorrelation import estimate_size_between_runs
from rulewright.measurements.statistics.binomial import (
    bound_share_above,
    bound_share_below,
    count_values_needed,
    is_share_beyond,
    is_share_within,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.kinds.slo_gate.decisions.finding import Bound, FormatAmount
    from rulewright.measurements.codes import Verdict
    from rulewright.measurements.sample import Buckets

METHOD: Final = "buckets, Clopper-Pearson"


class _Excess(NamedTuple):
    """What may lie beyond a limit in all runs: as few values as possible, or as many."""

    beyond: float
    n: float
    size: float

    @property
    def share(self) -> float:
        return self.beyond / self.n


class _Side(NamedTuple):
    """Limits from above (sign 1) or from below (-1), and the share that may lie beyond."""

    runs: Sequence[Buckets]
    q: float
    sign: int
    allowed: float
    confidence: float

    def measure(self, limit: float, *, most: bool) -> _Excess:
        """What lies beyond a limit, at most or at least."""
        sizes = [fsum(run.counts) for run in self.runs]
        counts = [_count_beyond(run, limit, self.sign)[most] for run in self.runs]
        n = fsum(sizes)
        compared = len(self.runs) >= RUNS_TO_COMPARE
        size = estimate_size_between_runs(sizes, counts, self.confidence) if compared else n
        return _Excess(fsum(counts), n, size)

    def is_within(self, limit: float) -> bool:
        excess = self.measure(limit, most=True)
        return is_share_within(excess.share * excess.size, excess.size, self.allowed, self.confidence)

    def is_beyond(self, limit: float) -> bool:
        excess = self.measure(limit, most=False)
        return is_share_beyond(excess.share * excess.size, excess.size, self.allowed, self.confidence)

    def predict(self) -> float | None:
        """The bound of the next run's percentile, from the far ends of the buckets; None where it is not predicted."""
        if len(self.runs) < RUNS_TO_PREDICT:
            return None
        ends = [find_bucket(run, self.q)[self.sign > 0] for run in self.runs]
        if not all(map(isfinite, ends)):
            return self.sign * inf
        return round_figure(predict_next(ends, self.confidence, self.sign))


def find_bucket(run: Buckets, q: float) -> tuple[float, float]:
    """The ends of the bucket that holds the q-quantile; of the outer buckets they are `low` and `high`, or infinite."""
    sums = list(accumulate(run.counts))
    i = min(bisect_left(sums, q * sums[-1]), len(sums) - 1)
    while not run.counts[i] and i:
        i -= 1
    return _find_ends(run, i)


def judge_histogram(
    runs: Sequence[Buckets], q: float, bound: Bound, confidence: float, show: FormatAmount
) -> Finding:
    """The verdict on limits of the q-quantile. The runs hold at least one value."""
    filled = [run for run in runs if fsum(run.counts) > 0]
    sides = []
    if isfinite(bound.high):
        side = _Side(filled, q, 1, round(1 - q, DECIMALS), confidence)
        sides.append(_judge_side(side, bound.high, show))
    if isfinite(bound.low):
        side = _Side(filled, q, -1, round(q, DECIMALS), confidence)
        sides.append(_judge_side(side, bound.low, show))
    order = ("FAIL", "INCONCLUSIVE", "PASS")
    return min(sides, key=lambda side: order.index(side.verdict))


def _judge_side(side: _Side, limit: float, show: FormatAmount) -> Finding:
    few, many = side.measure(limit, most=False), side.measure(limit, most=True)
    predicted = side.predict()
    next_within = predicted is None or side.sign * predicted <= side.sign * limit
    verdict: Verdict = "INCONCLUSIVE"
    code = "bucket" if few.beyond < many.beyond else "undecided" if many.beyond else "too_few"
    if side.is_beyond(limit):
        verdict, code = "FAIL", "beyond_limit"
    elif side.is_within(limit):
        verdict, code = ("PASS", "") if next_within else (verdict, "undecided")
    ends = _find_turns(side, predicted)
    observed = find_bucket(side.runs[0] if len(side.runs) == 1 else _add_runs(side.runs), side.q)
    needed = count_values_needed(side.allowed, side.confidence) if code == "too_few" else None
    return Finding(
        verdict,
        code,
        _explain(side, few, many, limit, code, show),
        observed=next((round_figure(end) for end in observed[::-1] if isfinite(end)), None),
        certainty="interval" if len(side.runs) > 1 else "one_run",
        interval=Interval(*(ends if side.sign > 0 else ends[::-1]), side.confidence, METHOD),
        share=Share(
            round_figure(many.share),
            round_figure(bound_share_above(many.share * many.size, many.size, side.confidence)),
            side.allowed,
        ),
        values=int(many.n),
        runs=len(side.runs),
        effective_n=round_figure(many.size),
        values_needed=needed,
    )


def _find_turns(side: _Side, predicted: float | None) -> tuple[float | None, float | None]:
    """The farthest bound of a bucket that would FAIL, and the closest that would PASS."""
    bounds = sorted({end for run in side.runs for end in run.bounds}, key=lambda end: side.sign * end)
    failing = [end for end in bounds if side.is_beyond(end)]
    passing = next((end for end in bounds if side.is_within(end)), None)
    if passing is not None and predicted is not None:
        passing = side.sign * max(side.sign * passing, side.sign * predicted)
    return round_end(failing[-1] if failing else None), round_end(passing)


def _count_beyond(run: Buckets, limit: float, sign: int) -> tuple[float, float]:
    """How many values lie beyond a limit, at least and at most."""
    least = most = 0.0
    for i, count in enumerate(run.counts):
        if not count:
            continue
        near, far = _find_ends(run, i)[::sign]
        if sign * round_figure(near) >= sign * round_figure(limit):
            least, most = least + count, most + count
        elif sign * round_figure(far) > sign * round_figure(limit):
            most += count
    return least, most


def _find_ends(run: Buckets, i: int) -> tuple[float, float]:
    """The ends of a bucket, no farther than the least and the greatest value."""
    low = run.bounds[i - 1] if i else -inf
    high = run.bounds[i] if i < len(run.bounds) else inf
    if run.low is not None:
        low = min(max(low, run.low), high)
    if run.high is not None:
        high = max(min(high, run.high), low)
    return low, high


def _add_runs(runs: Sequence[Buckets]) -> Buckets:
    """All runs in one histogram with all bounds; values of a bucket that others divide stand in its last part."""
    bounds = sorted({end for run in runs for end in run.bounds})
    counts = [0.0] * (len(bounds) + 1)
    for run in runs:
        for i, count in enumerate(run.counts):
            place = bisect_left(bounds, run.bounds[i]) if i < len(run.bounds) else len(bounds)
            counts[place] += count
    lows, highs = [run.low for run in runs], [run.high for run in runs]
    return runs[0]._replace(
        bounds=tuple(bounds),
        counts=tuple(counts),
        low=min((low for low in lows if low is not None), default=None) if None not in lows else None,
        high=max((high for high in highs if high is not None), default=None) if None not in highs else None,
    )


def _explain(side: _Side, few: _Excess, many: _Excess, limit: float, code: str, show: FormatAmount) -> str:
    verb, end = ("exceed" if side.sign > 0 else "are below"), show(limit)
    may = f"{format_share(side.allowed, 0)} may"
    if code == "beyond_limit":
        lower = bound_share_below(few.share * few.size, few.size, side.confidence)
        return f"at least {format_share(lower, side.allowed)} of values {verb} {end}; {may}"
    upper = bound_share_above(many.share * many.size, many.size, side.confidence)
    text = f"at most {format_share(upper, side.allowed)} of values {verb} {end}; {may}"
    if code == "bucket":
        return f"{end} lies inside a bucket: {text}"
    if code == "undecided" and side.is_within(limit):
        return f"{text}, but the percentile of the next run may lie beyond it"
    return text
