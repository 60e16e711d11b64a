"""An absolute limit of a mean: Student's t over the means of runs, on their logarithms where all are positive; over the
values themselves, without logarithms, where each value is a run of its own (the mean of logarithms is not the logarithm
of the mean, and values spread wider than means of runs)."""

from __future__ import annotations

from math import exp, fsum, inf, isfinite, log, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.kinds.slo_gate.decisions.finding import Bound, Finding, Interval, round_end, round_figure
from rulewright.kinds.slo_gate.decisions.reasons import count_of
from rulewright.kinds.slo_gate.decisions.search import find_first
from rulewright.measurements.statistics.aggregates import sum_exactly
from rulewright.measurements.statistics.students_t import t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.kinds.slo_gate.decisions.finding import FormatAmount
    from rulewright.measurements.codes import Verdict

LEAST_RUNS: Final = 2
MOST_RUNS: Final = 100_000


class _Points(NamedTuple):
    """What t is computed of: the number, mean and deviation of distances from `origin`, logarithmic or plain."""

    size: int
    mean: float
    deviation: float
    origin: float
    is_log: bool

    def restore(self, point: float) -> float:
        """A point as a number of the values' scale."""
        if not self.is_log:
            return self.origin + point
        return self.origin * exp(point) if point < 700 else inf

    def place(self, value: float) -> float:
        """A number of the values' scale as a point."""
        if not self.is_log:
            return value - self.origin
        return log(value / self.origin) if value > 0 else -inf


def judge_mean(
    runs: Sequence[Sequence[float]],
    bound: Bound,
    confidence: float,
    show: FormatAmount,
    *,
    independent: bool = False,
) -> Finding:
    """The verdict on limits of the mean of all values. PASS: both one-sided bounds are within; FAIL: one of them shows
    that the mean is not. Holds at least one value."""
    filled = [values for values in runs if len(values)]
    is_flat = independent or (len(filled) > 1 and all(len(values) == 1 for values in filled))
    n = sum(map(len, filled))
    sums = [sum_exactly(values) for values in filled]
    observed = fsum(sums) / n
    base = Finding(
        "INCONCLUSIVE",
        "too_few",
        "",
        observed=observed,
        certainty="interval" if is_flat or len(filled) > 1 else "one_run",
        values=n,
        runs=len(filled),
    )
    if is_flat:
        points = _measure_points([float(value) for values in filled for value in values], logs=False)
    else:
        points = _measure_points(
            [total / len(values) for total, values in zip(sums, filled, strict=True)], logs=True
        )
    if points.size < LEAST_RUNS:
        return base._replace(
            reason="one run does not tell how runs differ; at least 2 decide", runs_needed=LEAST_RUNS
        )
    return _decide(base, points, bound, confidence, show, "value" if is_flat else "run")


def _measure_points(numbers: Sequence[float], *, logs: bool) -> _Points:
    least, count = min(numbers), len(numbers)
    is_log = logs and least > 0
    distances = [log(number / least) if is_log else number - least for number in numbers]
    mean = fsum(distances) / count
    square = fsum((distance - mean) ** 2 for distance in distances)
    return _Points(count, mean, sqrt(square / (count - 1)) if count > 1 else 0.0, least, is_log)


def _decide(
    base: Finding, points: _Points, bound: Bound, confidence: float, show: FormatAmount, noun: str
) -> Finding:
    reach = t_quantile(confidence, points.size - 1) * points.deviation / sqrt(points.size)
    lower = round_figure(points.restore(points.mean - reach))
    upper = round_figure(points.restore(points.mean + reach))
    verdict: Verdict = "INCONCLUSIVE"
    if bound.allows(lower) and bound.allows(upper):
        verdict = "PASS"
    elif not Bound(high=bound.high, high_open=bound.high_open).allows(lower) or not Bound(
        low=bound.low, low_open=bound.low_open
    ).allows(upper):
        verdict = "FAIL"
    needed = _count_runs_needed(points, bound, confidence) if verdict == "INCONCLUSIVE" else None
    code = {"PASS": "", "FAIL": "beyond_limit", "INCONCLUSIVE": "undecided"}[verdict]
    text = f"the mean lies between {show(lower)} and {show(upper)}"
    if needed is not None:
        text = f"{text}; about {count_of(needed, noun)} decide"
    return base._replace(
        verdict=verdict,
        code=code,
        reason=text,
        interval=Interval(round_end(lower), round_end(upper), confidence, "Student's t"),
        effective_n=float(points.size),
        runs_needed=needed,
    )


def _count_runs_needed(points: _Points, bound: Bound, confidence: float) -> int | None:
    """The number of runs at which the bounds reach no limit, if mean and deviation stay what they are. None where the
    mean is nearly at a limit."""
    ends = [points.place(end) for end in (bound.low, bound.high) if isfinite(end)]
    distance = min(abs(end - points.mean) for end in ends)

    def suffices(runs: int) -> bool:
        return t_quantile(confidence, runs - 1) * points.deviation / sqrt(runs) < distance

    return find_first(suffices, points.size, MOST_RUNS)
