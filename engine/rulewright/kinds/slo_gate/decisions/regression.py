"""The comparison of runs with the runs of a baseline, in two steps: measure, which gives p, and decide, which is told
whether p is significant among all objectives of the gate (Holm).

The unit is the run. Ratio and bounds: Hodges and Lehmann over Mann and Whitney on logarithms. With L the limit:

| verdict | rule |
|---|---|
| PASS | the upper bound of the ratio is at most 1 + L |
| FAIL | the lower bound is above 1 + L; or p is significant and the ratio above 1 + 2L |
| INCONCLUSIVE, `likely_regression` | p ≤ α and the ratio above 1 + L |
| INCONCLUSIVE | otherwise |

Where higher is better, the ratio is that of baseline to current. A change smaller than `min_effect` counts as none: L
is then the greater of the two. Zeros or negative numbers in a baseline have no ratio: p alone may FAIL, nothing passes.
"""

from __future__ import annotations

from math import exp, expm1, fsum, inf, log, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.kinds.slo_gate.decisions.finding import Finding, Ratio, round_end, round_figure
from rulewright.kinds.slo_gate.decisions.reasons import count_of, format_change, format_share
from rulewright.kinds.slo_gate.decisions.search import find_first
from rulewright.measurements.statistics.ranks import (
    can_decide,
    compute_rank_p,
    estimate_shift,
    parse_alpha,
)
from rulewright.measurements.statistics.signed_rank import (
    can_decide_pairs,
    compute_signed_rank_p,
    estimate_paired_shift,
)
from rulewright.measurements.statistics.students_t import t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from rulewright.measurements.codes import Verdict

POWER: Final = 0.8
"""The probability with which a detectable change is found."""
EFFICIENCY: Final = 0.955
"""Of ranks against means of normal noise, 3/π."""
MOST_RUNS: Final = 1000


class RegressionTerms(NamedTuple):
    """How runs are compared. `max_regression` and `min_effect` are ratios (0.1 is 10 %); `min_amount` is the least
    change that counts as an amount of the values' unit, 0 where there is none."""

    max_regression: float
    confidence: float = 0.95
    higher_is_better: bool = False
    min_effect: float = 0.0
    min_amount: float = 0.0


class Regression(NamedTuple):
    """What two sides say about each other. `worse`, `lower` and `upper` are ratios for the worse (1.2: 20 % worse), the
    latter two one-sided bounds; None without a ratio, and without bounds where the sizes give none. `limit`: the ratio
    that is still allowed, `far`: beyond which p alone decides. `noise`: the deviation of the logarithms of runs, of
    the logarithms of ratios where they are pairs. `is_decidable`: whether the sizes can reach α. `change`: for the
    worse, in the unit of the values, where there is no ratio."""

    p: Fraction
    alpha: Fraction
    is_decidable: bool
    worse: float | None
    lower: float | None
    upper: float | None
    limit: float
    far: float
    noise: float | None
    change: float | None
    now: int
    before: int
    is_paired: bool
    observed: float
    base: float
    terms: RegressionTerms


def measure_regression(now: Sequence[float], before: Sequence[float], terms: RegressionTerms) -> Regression:
    """Compare the aggregates of runs, at least one of each side, with those of a baseline."""
    alpha = parse_alpha(terms.confidence)
    sign = -1.0 if terms.higher_is_better else 1.0
    return _compare(
        now,
        before,
        terms,
        p=compute_rank_p([sign * value for value in now], [sign * value for value in before]),
        is_decidable=can_decide(len(now), len(before), alpha),
        is_paired=False,
    )


def measure_paired_regression(
    now: Sequence[float], before: Sequence[float], terms: RegressionTerms
) -> Regression:
    """Compare runs, each with the one that was measured beside it: run i of both sides. The signed ranks are those of
    logarithms of ratios where all numbers are positive, else of differences."""
    alpha = parse_alpha(terms.confidence)
    sign = -1.0 if terms.higher_is_better else 1.0
    logs = min(*now, *before) > 0
    differences = [
        sign * round_figure(log(a / b) if logs else a - b) for a, b in zip(now, before, strict=True)
    ]
    return _compare(
        now,
        before,
        terms,
        p=compute_signed_rank_p(differences),
        is_decidable=can_decide_pairs(len(now), alpha),
        is_paired=True,
    )


def _compare(
    now: Sequence[float],
    before: Sequence[float],
    terms: RegressionTerms,
    *,
    p: Fraction,
    is_decidable: bool,
    is_paired: bool,
) -> Regression:
    alpha = parse_alpha(terms.confidence)
    sign = -1.0 if terms.higher_is_better else 1.0
    least = _find_least_effect(before, terms)
    worse = lower = upper = noise = change = None
    if min(before) > 0 and min(now) >= 0:
        first = [log(value) if value > 0 else -inf for value in now]
        second = [log(value) for value in before]
        if is_paired:
            shift = estimate_paired_shift([a - b for a, b in zip(first, second, strict=True)], alpha)
        else:
            shift = estimate_shift(first, second, alpha)
        ends = (shift.upper, shift.lower) if terms.higher_is_better else (shift.lower, shift.upper)
        worse = _restore(sign * shift.estimate)
        if is_decidable:
            lower, upper = (_restore(sign * end) for end in ends)
        if min(now) > 0:
            sides = [[a - b for a, b in zip(first, second, strict=True)]] if is_paired else [first, second]
            noise = measure_noise(*sides)
    elif is_paired:
        change = (
            sign * estimate_paired_shift([a - b for a, b in zip(now, before, strict=True)], alpha).estimate
        )
    else:
        change = sign * estimate_shift(now, before, alpha).estimate
    return Regression(
        p,
        alpha,
        is_decidable,
        worse,
        lower,
        upper,
        find_limit(before, terms),
        round_figure(1 + max(2 * terms.max_regression, least)),
        noise,
        change,
        len(now),
        len(before),
        is_paired,
        _find_median(now),
        _find_median(before),
        terms,
    )


def decide_regression(found: Regression, *, is_significant: bool | None = None) -> Finding:
    """The verdict of a comparison. `is_significant`: whether p is significant among the objectives of the gate; None
    where this is the only one."""
    significant = found.p <= found.alpha if is_significant is None else is_significant
    finding = Finding(
        "INCONCLUSIVE",
        "undecided",
        describe_regression(found),
        observed=found.observed,
        values=found.now,
        runs=found.now,
        detectable=round_end(find_detectable(found)),
        ratio=_show_ratio(found),
    )
    if not found.is_decidable:
        return finding._replace(code="too_few", runs_needed=_count_runs_needed(found))
    if found.worse is None or found.lower is None or found.upper is None:
        is_worse = found.change is not None and found.change > 0 and found.change >= found.terms.min_amount
        return _fail(finding) if significant and is_worse else finding._replace(code="zero_baseline")
    if found.upper <= found.limit:
        return finding._replace(verdict="PASS", code="")
    if found.lower > found.limit or (significant and found.worse > found.far):
        return _fail(finding)
    needed = _count_runs_needed(found)
    likely = found.p <= found.alpha and found.worse > found.limit
    text = finding.reason
    if finding.detectable is not None:
        text = f"{text}; {format_share(finding.detectable, 0)} could be found"
    if needed is not None:
        text = f"{text}; about {count_of(needed, 'pair' if found.is_paired else 'run')} decide"
    return finding._replace(
        code="likely_regression" if likely else "undecided", reason=text, runs_needed=needed
    )


def _fail(finding: Finding) -> Finding:
    verdict: Verdict = "FAIL"
    return finding._replace(verdict=verdict, code="regression")


def describe_regression(found: Regression) -> str:
    """`12 % worse than the baseline (3.1 % better to 29 % worse; 10 % may), p = 0.021, 5 against 20 runs`."""
    sizes = (
        f"{found.now} pairs" if found.is_paired else f"{found.now} against {count_of(found.before, 'run')}"
    )
    chance = f"p = {float(found.p):.3g}, {sizes}"
    if found.worse is None:
        return f"the baseline has no ratio to compare with, since it holds numbers that are not positive; {chance}"
    change, limit = format_change(found.worse, found.limit), found.limit
    worse = f"{change} {'from' if change == 'unchanged' else 'than'} the baseline"
    may = f"{format_share(limit - 1, 0)} worse may be"
    if found.lower is None or found.upper is None:
        return f"{worse}; {may}; {sizes} cannot decide"
    return f"{worse} ({format_change(found.lower, limit)} to {format_change(found.upper, limit)}); {may}; {chance}"


def find_detectable(found: Regression) -> float | None:
    """The true change for the worse, as a ratio (0.2), that these sizes and this noise find in 8 of 10 cases: p ≤ α
    and a ratio beyond the limit. None where noise is unknown or the sizes cannot decide."""
    if found.noise is None or not found.is_decidable:
        return None
    if found.is_paired:
        error, freedom = found.noise / sqrt(found.now * EFFICIENCY), found.now - 1
        return _reach_beyond(found.limit, error, freedom, found.terms.confidence)
    return compute_detectable(found.noise, found.now, found.before, found.limit, found.terms.confidence)


def compute_detectable(noise: float, now: int, before: int, limit: float, confidence: float) -> float:
    """As `find_detectable`, for any sizes. `limit`: the ratio that is allowed (1.1)."""
    error, freedom = _estimate_error(noise, now, before)
    return _reach_beyond(limit, error, freedom, confidence)


def count_runs_to_pass(
    noise: float, before: int, limit: float, alpha: Fraction, confidence: float, *, worse: float = 1.0
) -> int | None:
    """How many new runs it takes in 8 of 10 cases until the bounds of a ratio that is `worse` leave the limit, 1.1 say.
    The baseline has as many runs at least. None where it takes more than a thousand."""
    distance = abs(log(limit) - max(0.0, log(worse)))

    def suffices(runs: int) -> bool:
        kept = max(runs, before)
        if not can_decide(runs, kept, alpha):
            return False
        error, freedom = _estimate_error(noise, runs, kept)
        return (t_quantile(confidence, freedom) + t_quantile(POWER, freedom)) * error <= distance

    return find_first(suffices, 1, MOST_RUNS)


def measure_noise(*sides: Sequence[float]) -> float | None:
    """The deviation of points about the means of their sides. None where every side has one point."""
    freedom = sum(len(side) - 1 for side in sides)
    if not freedom:
        return None
    square = 0.0
    for side in sides:
        mean = fsum(side) / len(side)
        square += fsum((point - mean) ** 2 for point in side)
    return sqrt(square / freedom)


def find_limit(before: Sequence[float], terms: RegressionTerms) -> float:
    """The ratio for the worse that is allowed: 1 + `max_regression`, or the least change that counts if greater."""
    return round_figure(1 + max(terms.max_regression, _find_least_effect(before, terms)))


def _find_least_effect(before: Sequence[float], terms: RegressionTerms) -> float:
    base = _find_median(before)
    return max(terms.min_effect, terms.min_amount / base if base > 0 else 0.0)


def _count_runs_needed(found: Regression) -> int | None:
    """How many new runs, or pairs, decide in 8 of 10 cases if the ratio is what it seems."""
    if found.noise is None or found.worse is None or found.worse <= 0:
        return None
    if found.is_paired:
        needed = _count_pairs_needed(found.noise, abs(log(found.limit) - max(0.0, log(found.worse))), found)
    else:
        needed = count_runs_to_pass(
            found.noise,
            found.before,
            found.limit,
            found.alpha,
            found.terms.confidence,
            worse=found.worse,
        )
    return max(needed, found.now + 1) if needed is not None and found.is_decidable else needed


def _count_pairs_needed(noise: float, distance: float, found: Regression) -> int | None:
    def suffices(pairs: int) -> bool:
        reach = t_quantile(found.terms.confidence, pairs - 1) + t_quantile(POWER, pairs - 1)
        return can_decide_pairs(pairs, found.alpha) and reach * noise / sqrt(pairs * EFFICIENCY) <= distance

    return find_first(suffices, 2, MOST_RUNS)


def _reach_beyond(limit: float, error: float, freedom: int, confidence: float) -> float:
    reach = max(t_quantile(confidence, freedom) * error, log(limit))
    return expm1(min(700.0, reach + t_quantile(POWER, freedom) * error))


def _estimate_error(noise: float, now: int, before: int) -> tuple[float, int]:
    """The standard error of the estimated shift of logarithms, and its degrees of freedom."""
    return noise * sqrt((1 / now + 1 / before) / EFFICIENCY), max(1, now + before - 2)


def _show_ratio(found: Regression) -> Ratio:
    """Current to baseline, whichever is better."""
    p = round_figure(float(found.p))
    if not found.terms.higher_is_better:
        return Ratio(round_end(found.worse), round_end(found.lower), round_end(found.upper), p, found.limit)
    value, lower, upper = (_invert(end) for end in (found.worse, found.upper, found.lower))
    return Ratio(value, lower, upper, p, round_figure(1 / found.limit))


def _invert(ratio: float | None) -> float | None:
    return None if not ratio else round_figure(1 / ratio)


def _restore(point: float) -> float:
    """exp, with the digits that count; ∞ beyond every float."""
    return round_figure(exp(point)) if point < 700 else inf


def _find_median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low if low == high else (low + high) / 2
