"""How often the rules of SLO gates err, simulated, beside what was asked of them.

    python benchmarks/gate_error_rates.py [--pairs 2000] [--only regression|percentile|rate|gate|pairs]

NumPy draws; the rules are the gate's own. A run is 30 rounds of a series with autocorrelation 0.5 and 10 % noise, times
a level of its own with 10 % noise (normal, log-normal, or bimodal: one run in five is 20 % slower, or every other one
16 %), and its aggregate is the median. Values of absolute limits are log-normal (10 %), in order of time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from math import exp, log, sqrt

import numpy
from measure import Row
from numpy.typing import NDArray

from rulewright.kinds.slo_gate.decisions.finding import Bound, Finding
from rulewright.kinds.slo_gate.decisions.gate import select_significant_objectives
from rulewright.kinds.slo_gate.decisions.percentile import PercentileSample, judge_percentile
from rulewright.kinds.slo_gate.decisions.regression import (
    Regression,
    RegressionTerms,
    decide_regression,
    measure_paired_regression,
    measure_regression,
)
from rulewright.measurements.statistics.binomial import bound_share_above
from rulewright.measurements.statistics.normal import normal_quantile

Floats = NDArray[numpy.float64]

SEED = 20260105
PAIRS = 2000
NOISE = 0.1
ROUNDS = 30
ROUND_NOISE = 0.1
CORRELATION = 0.5
SPREAD = 0.1
"""Of the logarithms of values under an absolute limit."""
TERMS = RegressionTerms(max_regression=0.1)
SHAPES = ("normal", "log-normal", "one in five slow", "every other slow")


def draw_series(random: numpy.random.Generator, shape: tuple[int, ...], correlation: float) -> Floats:
    """Standard normal series along the last axis, with the autocorrelation of an AR(1) process."""
    noise = random.standard_normal(shape)
    for t in range(1, shape[-1]):
        noise[..., t] = correlation * noise[..., t - 1] + sqrt(1 - correlation**2) * noise[..., t]
    return noise


def draw_levels(
    random: numpy.random.Generator, shape: tuple[int, ...], kind: str, noise: float = NOISE
) -> Floats:
    """Levels of runs around 1."""
    if kind == "normal":
        return numpy.maximum(0.2, 1 + noise * random.standard_normal(shape))
    if kind == "log-normal":
        return numpy.exp(noise * random.standard_normal(shape))
    # Two levels, whose deviation is 80 % of the noise, and what is left to it around each.
    slow = {"one in five slow": 0.2, "every other slow": 0.5}[kind]
    far = random.random(shape) < slow
    return numpy.exp(
        noise * (0.8 * (far - slow) / sqrt(slow * (1 - slow)) + 0.6 * random.standard_normal(shape))
    )


def draw_rounds(
    random: numpy.random.Generator, shape: tuple[int, ...], kind: str, noise: float = NOISE
) -> Floats:
    """Rounds of runs, along the last axis."""
    rounds = 1 + ROUND_NOISE * draw_series(random, (*shape, ROUNDS), CORRELATION)
    return numpy.asarray(draw_levels(random, shape, kind, noise)[..., None] * rounds)


def draw_runs(
    random: numpy.random.Generator, shape: tuple[int, ...], kind: str, noise: float = NOISE
) -> Floats:
    """Aggregates of runs."""
    return numpy.asarray(numpy.median(draw_rounds(random, shape, kind, noise), axis=-1))


def compare_all(now: Floats, before: Floats, change: float = 0.0) -> list[Regression]:
    """Every trial's runs against its baseline's, with a true change for the worse."""
    return [
        measure_regression([(1 + change) * value for value in new], old, TERMS)
        for new, old in zip(now.tolist(), before.tolist(), strict=True)
    ]


def percent(findings: list[Finding], holds: Callable[[Finding], bool]) -> float:
    return 100 * sum(map(holds, findings)) / len(findings)


def passes(finding: Finding) -> bool:
    return finding.verdict == "PASS"


def fails(finding: Finding) -> bool:
    return finding.verdict == "FAIL"


def finds(finding: Finding) -> bool:
    return finding.code in ("regression", "likely_regression")


def cover(found: list[Regression], change: float) -> float:
    """How often the two bounds enclose the true ratio, in percent."""
    true = 1 + change
    inside = (
        item for item in found if (item.lower or 0.0) <= true * (1 + 1e-9) and true <= (item.upper or 9e9)
    )
    return 100 * sum(1 for _ in inside) / len(found)


def rate_regression(pairs: int) -> Iterator[Row]:
    random = numpy.random.default_rng(SEED)
    for kind in SHAPES:
        for n in (3, 5, 10, 20):
            now, before = draw_runs(random, (pairs, n), kind), draw_runs(random, (pairs, n), kind)
            yield from rate_changes(f"{kind}, {n} against {n} runs", n, now, before)
        now, before = draw_runs(random, (pairs, 3), kind), draw_runs(random, (pairs, 20), kind)
        found = [decide_regression(item) for item in compare_all(now, before, 0.2)]
        yield Row(
            f"{kind}, 3 against 20 runs, +20 %: FAIL or likely", percent(found, finds), "%", 70, "higher"
        )


def rate_changes(name: str, n: int, now: Floats, before: Floats) -> Iterator[Row]:
    """The rows of one cell: as is, a tolerated change, one of the limit's size, and greater ones."""
    same = compare_all(now, before)
    found = [decide_regression(item) for item in same]
    yield Row(f"{name}, as is: FAIL", percent(found, fails), "%", 1 if n == 20 else 5)
    yield Row(f"{name}, as is: PASS", percent(found, passes), "%", 80 if n == 20 else None, "higher")
    yield Row(f"{name}: interval covers", cover(same, 0.0), "%", 88, "higher")
    if n > 3:
        found = [decide_regression(item) for item in compare_all(now, before, 0.05)]
        yield Row(f"{name}, +5 %: FAIL", percent(found, fails), "%", {5: 4, 10: 2, 20: 1}[n])
    found = [decide_regression(item) for item in compare_all(now, before, 0.1)]
    yield Row(f"{name}, +10 %: PASS", percent(found, passes), "%", 6.5)
    found = [decide_regression(item) for item in compare_all(now, before, 0.2)]
    yield Row(f"{name}, +20 %: PASS", percent(found, passes), "%", 0.5 if n > 3 else None)
    yield Row(
        f"{name}, +20 %: FAIL or likely", percent(found, finds), "%", {5: 68, 10: 90, 20: 98}.get(n), "higher"
    )
    yield Row(f"{name}, +20 %: FAIL", percent(found, fails), "%", {5: 40, 10: 48, 20: 70}.get(n), "higher")
    if n > 3:
        found = [decide_regression(item) for item in compare_all(now, before, 0.5)]
        yield Row(f"{name}, +50 %: FAIL", percent(found, fails), "%", 98, "higher")


def rate_pairs(pairs: int) -> Iterator[Row]:
    """Pairs that share a drift of 10 %, each run with 3 % noise of its own."""
    random = numpy.random.default_rng(SEED + 1)
    for n in (5, 10):
        drift = draw_levels(random, (pairs, n), "log-normal")
        sides = [drift * draw_levels(random, (pairs, n), "log-normal", 0.03) for _ in range(2)]
        trials = list(zip(sides[0].tolist(), sides[1].tolist(), strict=True))
        same = [decide_regression(measure_paired_regression(new, old, TERMS)) for new, old in trials]
        yield Row(
            f"{n} pairs, shared drift, as is: PASS",
            percent(same, passes),
            "%",
            90 if n == 5 else None,
            "higher",
        )
        yield Row(f"{n} pairs, shared drift, as is: FAIL", percent(same, fails), "%", 5)


def rate_gate(pairs: int) -> Iterator[Row]:
    """Fifty objectives, none of them changed."""
    random = numpy.random.default_rng(SEED + 2)
    gates = max(50, pairs // 5)
    for n in (5, 10, 20):
        failed = 0
        for _ in range(gates):
            now, before = draw_runs(random, (50, n), "log-normal"), draw_runs(random, (50, n), "log-normal")
            found = {str(i): item for i, item in enumerate(compare_all(now, before))}
            chosen = select_significant_objectives(found)
            failed += any(
                fails(decide_regression(item, is_significant=name in chosen)) for name, item in found.items()
            )
        yield Row(f"50 objectives, {n} against {n} runs, as is: any FAIL", 100 * failed / gates, "%", 5)


def rate_percentile(pairs: int) -> Iterator[Row]:
    random = numpy.random.default_rng(SEED + 3)
    for n in (59, 100, 300, 1000):
        yield from rate_limits(
            f"p95, {n} independent values", draw_values(random, (pairs, 1, n), 0.0, 0.0), 0.0
        )
    for n in (59, 300, 1000):
        values = draw_values(random, (pairs, 1, n), CORRELATION, 0.0)
        yield from rate_limits(f"p95, one run of {n}, autocorrelation 0.5", values, 0.0, asked=False)
    for runs in (5, 10, 20):
        for n in (30, 200):
            for noise in (0.0, 0.03, 0.1):
                values = draw_values(random, (pairs, runs, n), CORRELATION, noise)
                yield from rate_limits(f"p95, {runs} runs of {n}, noise {100 * noise:g} %", values, noise)


def draw_values(
    random: numpy.random.Generator, shape: tuple[int, int, int], correlation: float, noise: float
) -> Floats:
    """Logarithms of values: trials, runs, values of a run."""
    levels = noise * random.standard_normal((*shape[:2], 1))
    return numpy.asarray(levels + SPREAD * draw_series(random, shape, correlation))


def rate_limits(name: str, logs: Floats, noise: float, *, asked: bool = True) -> Iterator[Row]:
    """Limits at the true p95 of all runs, below it, and above it."""
    truth = exp(normal_quantile(0.95) * sqrt(SPREAD**2 + noise**2))
    trials = [list(runs) for runs in numpy.exp(logs)]
    exact = [judge(runs, truth) for runs in trials]
    yield Row(f"{name}, truth at the limit: PASS", percent(exact, passes), "%", 6.5 if asked else None)
    yield Row(f"{name}, truth at the limit: FAIL", percent(exact, fails), "%", 6 if asked else None)
    worse = [judge(runs, truth / 1.1) for runs in trials]
    yield Row(
        f"{name}, truth 10 % worse: PASS",
        percent(worse, passes),
        "%",
        1 if asked and logs.shape[1] > 1 else None,
    )
    better = [judge(runs, truth / 0.8) for runs in trials]
    wanted = 90 if asked and noise == 0.03 else None
    yield Row(f"{name}, truth 20 % better: PASS", percent(better, passes), "%", wanted, "higher")


def judge(runs: list[Floats], limit: float) -> Finding:
    return judge_percentile(
        PercentileSample([run.tolist() for run in runs], 0.95, 0.95), Bound(high=limit), str
    )


def rate_shares(_: int) -> Iterator[Row]:
    """How often the upper bound of a rate lies below the truth: the worst of all rates to 10 %, without drawing."""
    for n in (50, 59, 100, 300, 1000):
        worst = 0.0
        for bad in range(n // 10 + 1):
            # Just above a bound is where most counts miss.
            rate = bound_share_above(bad, n, 0.95) + 1e-12
            if rate <= 0.1:
                logs = [log_binomial(n, count, rate) for count in range(bad + 1)]
                worst = max(worst, 100 * sum(map(exp, logs)))
        yield Row(f"rate of {n} events: upper bound misses", worst, "%", 5.0001)


def log_binomial(n: int, count: int, rate: float) -> float:
    from math import lgamma

    ways = lgamma(n + 1) - lgamma(count + 1) - lgamma(n - count + 1)
    return ways + count * log(rate) + (n - count) * log(1 - rate)


PARTS: dict[str, Callable[[int], Iterator[Row]]] = {
    "regression": rate_regression,
    "pairs": rate_pairs,
    "gate": rate_gate,
    "percentile": rate_percentile,
    "rate": rate_shares,
}


def rows() -> Iterator[Row]:
    """All parts, with as many trials a cell as was asked: some minutes."""
    for part in PARTS.values():
        yield from part(PAIRS)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=PAIRS, help="trials a cell")
    parser.add_argument("--only", choices=[*PARTS], action="append", help="one part, or several")
    options = parser.parse_args()
    missed = 0
    for name in options.only or PARTS:
        print(f"{name}, {options.pairs} trials a cell", flush=True)
        for row in PARTS[name](options.pairs):
            print(row.line(), flush=True)
            missed += row.verdict == "MISSED"
    print(f"{missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
