"""An absolute limit of a rate: bad events among all events, by the bounds of Clopper and Pearson.

Counts of several runs are added. From 5 runs on the effective number of events comes from how the rate varies between
runs; outcomes of fewer runs in order of time are worth what their autocorrelation leaves. Cases of a suite are
independent of each other.
"""

from __future__ import annotations

from math import ceil, fsum
from typing import TYPE_CHECKING, Final

from rulewright.kinds.slo_gate.decisions.finding import (
    Finding,
    FormatAmount,
    Interval,
    Share,
    round_figure,
)
from rulewright.kinds.slo_gate.decisions.reasons import count_of
from rulewright.kinds.slo_gate.decisions.search import find_first
from rulewright.measurements.statistics.aggregates import sum_exactly
from rulewright.measurements.statistics.arrays import as_numpy
from rulewright.measurements.statistics.autocorrelation import (
    estimate_effective_size,
    estimate_size_between_runs,
)
from rulewright.measurements.statistics.binomial import (
    bound_share_above,
    bound_share_below,
    count_values_needed,
)
from rulewright.measurements.statistics.exceedances import prepare_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.kinds.slo_gate.decisions.finding import Bound, Certainty
    from rulewright.measurements.codes import Verdict
    from rulewright.measurements.sample import Count

RUNS_TO_COMPARE: Final = 5
MOST_EVENTS: Final = 10**9


def judge_counts(counts: Sequence[Count], bound: Bound, confidence: float, show: FormatAmount) -> Finding:
    """The verdict on the share of bad events; `bound` and `show` are of ratios (0.01 is 1 %). The totals are > 0 in
    sum."""
    filled = [count for count in counts if count.total > 0]
    sizes, bad = [count.total for count in filled], [count.bad for count in filled]
    n = fsum(sizes)
    size = estimate_size_between_runs(sizes, bad, confidence) if len(filled) >= RUNS_TO_COMPARE else n
    certainty: Certainty = "interval" if len(filled) > 1 else "one_run"
    return _judge_share(fsum(bad), n, size, bound, confidence, show, certainty, len(filled))


def judge_outcomes(
    runs: Sequence[Sequence[float]],
    bound: Bound,
    confidence: float,
    show: FormatAmount,
    *,
    independent: bool = False,
) -> Finding:
    """The verdict on the mean of outcomes between 0 and 1, in order of time. Of partial outcomes it holds too: with
    the same mean, none vary more than zeros and ones. `independent`: their order says nothing, as in suites."""
    filled = [values for values in runs if len(values)]
    sums, sizes = [sum_exactly(values) for values in filled], [len(values) for values in filled]
    n = sum(sizes)
    is_flat = independent or (len(filled) > 1 and n == len(filled))
    size = float(n)
    if not is_flat and len(filled) >= RUNS_TO_COMPARE:
        size = estimate_size_between_runs(sizes, sums, confidence)
    elif not is_flat and all(map(_are_outcomes, filled)):
        size = estimate_effective_size(prepare_values(filled).mark_above(0.5, inclusive=False))
    certainty: Certainty = "interval" if is_flat or len(filled) > 1 else "one_run"
    return _judge_share(fsum(sums), n, size, bound, confidence, show, certainty, len(filled))


def _are_outcomes(values: Sequence[float]) -> bool:
    array = as_numpy(values)
    if array is None:
        return all(value in (0, 1) for value in values)
    return bool(((array == 0) | (array == 1)).all())


def _judge_share(
    bad: float,
    n: float,
    size: float,
    bound: Bound,
    confidence: float,
    show: FormatAmount,
    certainty: Certainty,
    runs: int,
) -> Finding:
    share = bad / n
    lower = bound_share_below(share * size, size, confidence)
    upper = bound_share_above(share * size, size, confidence)
    verdict: Verdict = "INCONCLUSIVE"
    if bound.allows(round_figure(lower) if bound.low > 0 else share) and bound.allows(
        round_figure(upper) if bound.high < 1 else share
    ):
        verdict = "PASS"
    elif lower > bound.high or upper < bound.low:
        verdict = "FAIL"
    needed = _count_events_needed(share, n / size, bound, confidence) if verdict == "INCONCLUSIVE" else None
    few = bad in (0, n) and verdict == "INCONCLUSIVE"
    code = {"PASS": "", "FAIL": "beyond_limit", "INCONCLUSIVE": "too_few" if few else "undecided"}[verdict]
    text = f"{show(share)} of {count_of(n, 'event')}, in truth between {show(lower)} and {show(upper)}"
    if needed is not None:
        text = f"{text}; about {count_of(needed, 'event')} decide"
    return Finding(
        verdict,
        code,
        text,
        observed=share,
        certainty=certainty,
        interval=Interval(round_figure(lower), round_figure(upper), confidence, "Clopper-Pearson"),
        share=Share(round_figure(share), round_figure(upper), bound.high) if bound.high <= 1 else None,
        values=int(n),
        runs=runs,
        effective_n=round_figure(size),
        values_needed=needed,
    )


def _count_events_needed(share: float, scale: float, bound: Bound, confidence: float) -> int | None:
    """How many events decide, if the share stays what it is and events depend on each other as they do. None where the
    share is nearly at a limit."""
    if share == 0 and 0 < bound.high < 1 and bound.low <= 0:
        return count_values_needed(bound.high, confidence)
    if share == 1 and 0 < bound.low < 1 <= bound.high:
        return count_values_needed(1 - bound.low, confidence)

    def decides(n: int) -> bool:
        lower = bound_share_below(share * n, n, confidence)
        upper = bound_share_above(share * n, n, confidence)
        inside = (lower >= bound.low or bound.low <= 0) and (upper <= bound.high or bound.high >= 1)
        return inside or lower > bound.high or upper < bound.low

    needed = find_first(decides, 1, MOST_EVENTS)
    return None if needed is None else ceil(needed * scale)
