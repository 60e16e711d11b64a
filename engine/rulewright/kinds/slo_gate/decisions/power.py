"""What a gate can find before anything new is measured, from the runs of its baseline: how noisy an objective is, what
change would be found, how many runs it takes, and how often an unchanged build would be promoted.

An unchanged build is simulated: its runs, and those of another baseline of the same size, are drawn with replacement
from the baseline's, by a fixed seed. Objectives with as many runs in their baseline draw the same ones, so that what
was slow together stays so. Distances from the median are widened by √(n / (n - 1)), as draws from n runs are narrower
than the runs are.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from math import exp, isfinite, log, sqrt
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.kinds.slo_gate.decisions.percentile import RUNS_TO_PREDICT, predict_next
from rulewright.kinds.slo_gate.decisions.regression import (
    compute_detectable,
    count_runs_to_pass,
    find_limit,
    measure_noise,
)
from rulewright.measurements.statistics.ranks import can_decide, count_outer_shifts, parse_alpha

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.kinds.slo_gate.decisions.finding import Bound
    from rulewright.kinds.slo_gate.decisions.regression import RegressionTerms

SEED: Final = 20260105
TRIALS: Final = 400
"""The standard error of a probability near 0.8 is 2 %."""


class ObjectivePower(NamedTuple):
    """`noise`: the deviation of the logarithms of runs (0.1: 10 %), None where a run is not positive or there is one
    run; `detectable`: the change for the worse that is found in 8 of 10 cases, as a ratio; `runs_needed`: how many new
    runs it takes for an unchanged build to pass in 8 of 10 cases; `promoted`: whether it does, by trial."""

    noise: float | None
    detectable: float | None
    runs_needed: int | None
    promoted: tuple[bool, ...]

    @property
    def probability(self) -> float:
        """How often an unchanged build passes."""
        return sum(self.promoted) / len(self.promoted)


def compute_power(
    before: Sequence[float],
    new_runs: int,
    terms: RegressionTerms | None,
    bound: Bound | None = None,
    confidence: float = 0.95,
) -> ObjectivePower:
    """The power of one objective, from the aggregates of its baseline's runs (at least one) and the number of new runs
    it will be judged by. `bound`: its absolute limit, which a trial keeps when the next run is predicted within it."""
    if min(before) <= 0:
        return ObjectivePower(None, None, None, (False,) * TRIALS)
    logs = [log(value) for value in before]
    noise = measure_noise(logs)
    detectable = needed = None
    limit, k, sign = 1.0, 1, 1.0
    if terms is not None:
        alpha, limit = parse_alpha(terms.confidence), find_limit(before, terms)
        k, sign = count_outer_shifts(new_runs, len(before), alpha), -1.0 if terms.higher_is_better else 1.0
    if terms is not None and noise is not None:
        if can_decide(new_runs, len(before), alpha):
            detectable = compute_detectable(noise, new_runs, len(before), limit, terms.confidence)
        needed = count_runs_to_pass(noise, len(before), limit, alpha, terms.confidence)
    trials = _draw_trials(len(before), new_runs)
    spread = sqrt(len(logs) / (len(logs) - 1)) if len(logs) > 1 else 1.0
    middle = sorted(logs)[len(logs) // 2]
    widened = [sign * (middle + spread * (point - middle)) for point in logs]
    promoted = []
    for now, kept in trials:
        points = [widened[i] for i in now]
        passes = terms is None or _passes_baseline(points, [widened[i] for i in kept], log(limit), k)
        promoted.append(
            passes and (bound is None or _keeps_limit([sign * point for point in points], bound, confidence))
        )
    return ObjectivePower(noise, detectable, needed, tuple(promoted))


def compute_gate_probability(objectives: Iterable[ObjectivePower]) -> float:
    """How often an unchanged build is promoted by all objectives (at least one) at once."""
    by_trial = list(zip(*(objective.promoted for objective in objectives), strict=True))
    return sum(map(all, by_trial)) / len(by_trial)


def _passes_baseline(now: Sequence[float], kept: Sequence[float], limit: float, k: int) -> bool:
    """Whether the k-th greatest difference is at most the limit: fewer than k are greater."""
    ordered = sorted(kept)
    return sum(bisect_left(ordered, point - limit) for point in now) < k


def _keeps_limit(points: Sequence[float], bound: Bound, confidence: float) -> bool:
    values = [exp(point) for point in points]
    if len(values) < RUNS_TO_PREDICT:
        return all(map(bound.allows, values))
    high = not isfinite(bound.high) or bound.allows(predict_next(values, confidence, 1.0))
    return high and (not isfinite(bound.low) or bound.allows(predict_next(values, confidence, -1.0)))


@lru_cache(maxsize=16)
def _draw_trials(size: int, new_runs: int) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """For each trial, which runs of `size` are drawn as new ones, and which as the baseline."""
    random = Random(SEED).random
    return tuple(
        (
            tuple(int(random() * size) for _ in range(new_runs)),
            tuple(int(random() * size) for _ in range(size)),
        )
        for _ in range(TRIALS)
    )
