"""How fast a gate judges values in arrays: 50 objectives of 200,000 values, beside NumPy's percentile of the same."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator

import numpy
from measure import Row, in_turns
from numpy.typing import NDArray

from rulewright.kinds.slo_gate.decisions.finding import Bound
from rulewright.kinds.slo_gate.decisions.percentile import PercentileSample, judge_percentile
from rulewright.kinds.slo_gate.decisions.power import compute_gate_probability, compute_power
from rulewright.kinds.slo_gate.decisions.regression import (
    RegressionTerms,
    decide_regression,
    measure_regression,
)
from rulewright.measurements.statistics.ranks import compute_rank_p

OBJECTIVES = 50
VALUES = 200_000
RUNS = 5
SEED = 20260105
TERMS = RegressionTerms(max_regression=0.1)


def rows() -> Iterator[Row]:
    random = numpy.random.default_rng(SEED)
    objectives = [[random.lognormal(0, 0.5, VALUES // RUNS) for _ in range(RUNS)] for _ in range(OBJECTIVES)]
    pools = [numpy.concatenate(runs) for runs in objectives]
    for name, factor in (("far from the limit", 1.5), ("near the limit", 1.005)):
        limits = [factor * float(numpy.percentile(pool, 95)) for pool in pools]

        def judge(limits: list[float] = limits) -> None:
            for runs, limit in zip(objectives, limits, strict=True):
                judge_percentile(PercentileSample(runs, 0.95, 0.95), Bound(high=limit), str)

        def select() -> None:
            for pool in pools:
                numpy.percentile(pool, 95)

        best = in_turns({"judge": judge, "percentile": select}, turns=5, warm=1)
        ratio = best["judge"] / best["percentile"]
        yield Row(f"judging 50 × 200,000 values, {name} ÷ numpy.percentile", ratio, "×", 3)
        yield Row(f"judging 50 × 200,000 values, {name}", best["judge"], "s")
    yield Row("one run of each ÷ numpy.percentile", _judge_one_run(pools), "×", 3)
    yield Row("peak memory, with both copies of the values", _peak_memory(), "GB", 1)
    yield from _time_comparisons(random)


def _judge_one_run(pools: list[NDArray[numpy.float64]]) -> float:
    limits = [1.1 * float(numpy.percentile(pool, 95)) for pool in pools]

    def judge() -> None:
        for pool, limit in zip(pools, limits, strict=True):
            judge_percentile(PercentileSample([pool], 0.95, 0.95), Bound(high=limit), str)

    best = in_turns(
        {"judge": judge, "percentile": lambda: [numpy.percentile(pool, 95) for pool in pools]},
        turns=5,
        warm=1,
    )
    return best["judge"] / best["percentile"]


def _peak_memory() -> float:
    """GB of this process so far, its libraries and the values among them."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _time_comparisons(random: numpy.random.Generator) -> Iterator[Row]:
    now, before = (random.lognormal(0, 0.1, 50).tolist() for _ in range(2))
    compute_rank_p(now, before)
    start = time.perf_counter()
    decide_regression(measure_regression(now, before, TERMS))
    yield Row("comparing 50 with 50 runs", 1000 * (time.perf_counter() - start), "ms")
    tied = [[round(value, 1) for value in side] for side in (now, before)]
    start = time.perf_counter()
    compute_rank_p(*tied)
    yield Row("exact p of 50 against 50 runs with ties", 1000 * (time.perf_counter() - start), "ms")
    baselines = random.lognormal(0, 0.05, (OBJECTIVES, 20)).tolist()
    start = time.perf_counter()
    compute_gate_probability([compute_power(runs, 5, TERMS) for runs in baselines])
    yield Row("power of 50 objectives", time.perf_counter() - start, "s", 2)


if __name__ == "__main__":
    for row in rows():
        print(row.line())
