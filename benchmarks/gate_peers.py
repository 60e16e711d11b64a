"""Gates of other packages beside Rulewright's rules, on the same simulated pairs.

    python benchmarks/gate_peers.py [--pairs 200] [--only latencies|suites|cases]

A change of 10 % (of 10 points, for pass rates) is tolerated. The true change is 0, 5, 10 or 20 %: what does each say?

What is compared, and with which settings:

- Rulewright: `max_regression: 10%` or `max_drop: 10%`, confidence 0.95.
- statgate: `evaluate_gate`, the function of `statgate compare`, with margin 0.1. Its interval has two sides: alpha 0.1
  corresponds to a confidence of 0.95, and 0.05 is its default. Latencies are scores: the negative logarithm of the
  median of each run, margin log 1.1; runs that were not measured in pairs have ids of their own, so that it compares
  two samples. 2,000 resamples instead of 10,000; its p-value decides nothing and takes 100 permutations.
- lcb-gate: for suites `run_gate`, which is `lcb.check` of its pytest fixture; the threshold is the observed rate of the
  baseline less 10 points, the number of trials that of outcomes. What is not proven fails the test, so it is never
  undecided. For latencies `compare`, run by run: PASS where the new side is proven better than 1.1 times the old one,
  FAIL where it is proven worse. Its win rate has no margin of its own.
- llm-evalgate: `RegressionGate` over accuracy with threshold 0.1. It takes one outcome a case and no numbers, so that
  repeated runs and latencies are left out. Its `warn` passes the build. 400 resamples instead of 2,000.
- pytest-benchmark: the checks that `--benchmark-compare-fail=median:10%` and `=min:10%` make, of the last run and the
  last one stored: it has no other use for further runs. It has no suites of cases.

Runs of latencies are those of `gate_error_rates.py`. The cases of a suite pass with probabilities of their own, of
which the mean is 0.8 and most are near 0 or 1 (a beta distribution, a + b = 1); a change lowers each in proportion.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from math import log1p, sqrt
from typing import NamedTuple

import gate_peers_cases
import numpy
from gate_error_rates import Floats, draw_levels, draw_rounds
from measure import Row

from rulewright.kinds.slo_gate.decisions.cases import collect_cases, compare_cases, decide_drop, measure_drop
from rulewright.kinds.slo_gate.decisions.regression import (
    RegressionTerms,
    decide_regression,
    measure_paired_regression,
    measure_regression,
)
from rulewright.measurements.sample import Run

SEED = 20261129
PAIRS = 200
TOLERATED = 0.1
CHANGES = (0.0, 0.05, 0.1, 0.2)
RATE = 0.8
CASES = 40
"""Of a suite that is run several times."""
PACKAGES = ("statgate", "lcb-gate", "llm-evalgate", "pytest-benchmark")

PASS, FAIL, LIKELY, UNDECIDED = "PASS", "FAIL", "likely", "undecided"
Judge = Callable[[Floats, Floats, bool], str]
"""(now, before, whether run i of both was measured side by side) → what the tool says. Latencies: runs × rounds;
suites: runs × cases, of 0 and 1."""


class Cell(NamedTuple):
    """What a tool said of all pairs of one size: per true change, the counts of verdicts."""

    tool: str
    size: str
    said: dict[float, Counter[str]]

    def percent(self, change: float, *verdicts: str) -> float:
        said = self.said[change]
        return 100 * sum(said[verdict] for verdict in verdicts) / said.total()

    @property
    def worst_error(self) -> float:
        """The greatest share of wrong verdicts, in percent: FAIL of what is tolerated, PASS of what is as great as the
        limit or greater."""
        wrong = {0.0: FAIL, 0.05: FAIL, 0.1: PASS, 0.2: PASS}
        return max(self.percent(change, verdict) for change, verdict in wrong.items())


class Table(NamedTuple):
    title: str
    unit: str
    cells: list[Cell]


# Rulewright


def judge_latencies(now: Floats, before: Floats, is_paired: bool) -> str:
    measure = measure_paired_regression if is_paired else measure_regression
    medians = (numpy.median(side, axis=-1).tolist() for side in (now, before))
    finding = decide_regression(measure(*medians, RegressionTerms(max_regression=TOLERATED)))
    return name_verdict(finding.verdict, finding.code)


def judge_suites(now: Floats, before: Floats, is_paired: bool) -> str:
    sides = [
        collect_cases([Run(values=run, cases=tuple(map(str, range(len(run))))) for run in side.tolist()])
        for side in (now, before)
    ]
    finding = decide_drop(measure_drop(compare_cases(*sides), TOLERATED, 0.95))
    return name_verdict(finding.verdict, finding.code)


def name_verdict(verdict: str, code: str) -> str:
    if verdict in (PASS, FAIL):
        return verdict
    return LIKELY if code == "likely_regression" else UNDECIDED


# statgate


def ask_statgate(alpha: float, margin: float, now: list[Floats], before: list[Floats], prefix: str) -> str:
    """Cases with one number each, or several: those of its runs. `prefix`: of the ids of one side."""
    from statgate.config import GateSettings
    from statgate.records import EvalRecord
    from statgate.verdict import Verdict, evaluate_gate

    def record(side: list[Floats], prefix: str) -> list[EvalRecord]:
        return [
            EvalRecord(case_id=f"{prefix}{case}", score=float(score), run_index=index)
            for case, scores in enumerate(side)
            for index, score in enumerate(scores)
        ]

    settings = GateSettings(alpha=alpha, margin=margin, resamples=2000, permutations=100, seed=1)
    report = evaluate_gate(record(before, ""), record(now, prefix), settings)
    return {Verdict.SHIP: PASS, Verdict.BLOCK: FAIL, Verdict.INCONCLUSIVE: UNDECIDED}[report.verdict]


def statgate_latencies(alpha: float) -> Judge:
    def judge(now: Floats, before: Floats, is_paired: bool) -> str:
        scores = [list(-numpy.log(numpy.median(side, axis=-1))[:, None]) for side in (now, before)]
        return ask_statgate(alpha, log1p(TOLERATED), *scores, prefix="" if is_paired else "new-")

    return judge


def statgate_suites(alpha: float) -> Judge:
    return lambda now, before, _: ask_statgate(alpha, TOLERATED, list(now.T), list(before.T), prefix="")


# lcb-gate


def lcb_latencies(now: Floats, before: Floats, is_paired: bool) -> str:
    from lcb_gate import compare

    new = (-numpy.median(now, axis=-1)).tolist()
    old = (-(1 + TOLERATED) * numpy.median(before, axis=-1)).tolist()
    seeds = range(len(new))
    if compare(new.__getitem__, old.__getitem__, seeds=seeds).better:
        return PASS
    return FAIL if compare(old.__getitem__, new.__getitem__, seeds=seeds).better else UNDECIDED


def lcb_suites(now: Floats, before: Floats, is_paired: bool) -> str:
    from lcb_gate import run_gate

    outcomes = now.ravel().tolist()
    result = run_gate(outcomes.__getitem__, n=len(outcomes), threshold=float(before.mean()) - TOLERATED)
    return PASS if result.passed else FAIL


# llm-evalgate


def evalgate_suites(now: Floats, before: Floats, is_paired: bool) -> str:
    pairs = Counter(zip(now[0].tolist(), before[0].tolist(), strict=True))
    return ask_evalgate(*(pairs[pair] for pair in ((0, 0), (0, 1), (1, 0), (1, 1))))


@cache
def ask_evalgate(neither: int, lost: int, won: int, both: int) -> str:
    """A suite by its counts, since the order of cases says nothing and the bootstrap is slow."""
    from llm_evalgate import BenchmarkResult, RegressionGate

    def result(predicted: list[bool]) -> BenchmarkResult:
        size = len(predicted)
        return BenchmarkResult(predicted, [True] * size, {}, size, dataset_fingerprint="simulated")

    gate = RegressionGate(metrics=("accuracy",), threshold=TOLERATED, n_resamples=400)
    now = [False] * (neither + lost) + [True] * (won + both)
    before = [False] * neither + [True] * lost + [False] * won + [True] * both
    return PASS if gate.check(result(now), result(before)).passed else FAIL


# pytest-benchmark


def pytest_benchmark_latencies(field: str) -> Judge:
    from pytest_benchmark.stats import Stats
    from pytest_benchmark.utils import parse_compare_fail

    check = parse_compare_fail(f"{field}:{TOLERATED:.0%}")

    def summarize(rounds: Floats) -> dict[str, float]:
        stats = Stats()
        for value in rounds.tolist():
            stats.update(value)
        return {field: getattr(stats, field)}

    def judge(now: Floats, before: Floats, is_paired: bool) -> str:
        return FAIL if check.fails(summarize(now[-1]), summarize(before[-1])) else PASS

    return judge


# Simulated pairs

OURS = "Rulewright"


def compare_latencies(pairs: int) -> Iterator[Table]:
    tools: dict[str, Judge] = {
        OURS: judge_latencies,
        "statgate, alpha 0.1": statgate_latencies(0.1),
        "statgate, alpha 0.05": statgate_latencies(0.05),
        "lcb-gate, compare": lcb_latencies,
        "pytest-benchmark, median:10%": pytest_benchmark_latencies("median"),
        "pytest-benchmark, min:10%": pytest_benchmark_latencies("min"),
    }
    random = numpy.random.default_rng(SEED)
    titles = {
        "log-normal": "Latencies: runs with 10 % noise, log-normal",
        "one in five slow": "Latencies: runs with 10 % noise, one in five slow",
    }
    for kind, title in titles.items():
        trials = {
            f"{n} runs": [
                (draw_rounds(random, (n,), kind), draw_rounds(random, (n,), kind)) for _ in range(pairs)
            ]
            for n in (5, 10, 20)
        }
        yield Table(title, "%", collect(tools, trials, is_paired=False))
    trials = {}
    for n in (5, 10, 20):
        drifts = [draw_levels(random, (n, 1), "log-normal") for _ in range(pairs)]
        trials[f"{n} pairs"] = [
            (
                drift * draw_levels(random, (n, 1), "log-normal", 0.03),
                drift * draw_levels(random, (n, 1), "log-normal", 0.03),
            )
            for drift in drifts
        ]
    yield Table(
        "Latencies: pairs of runs, 3 % noise of their own, shared drift of 10 %",
        "%",
        collect(tools, trials, is_paired=True),
    )


def compare_suites(pairs: int) -> Iterator[Table]:
    tools: dict[str, Judge] = {
        OURS: judge_suites,
        "statgate, alpha 0.1": statgate_suites(0.1),
        "statgate, alpha 0.05": statgate_suites(0.05),
        "lcb-gate, run_gate": lcb_suites,
    }
    random = numpy.random.default_rng(SEED + 1)
    repeated = {f"{n} runs": draw_suites(random, pairs, n, CASES) for n in (5, 10, 20)}
    yield Table(
        f"Pass rates: a suite of {CASES} cases, several runs", " points", collect_suites(tools, repeated)
    )
    single = {f"{n} cases": draw_suites(random, pairs, 1, n) for n in (20, 50, 100)}
    tools["llm-evalgate"] = evalgate_suites
    yield Table("Pass rates: a suite that is run once", " points", collect_suites(tools, single))


Suites = list[tuple[Floats, Floats, Floats]]
"""Per trial: the outcomes before (runs × cases), and what decides the outcomes now: a uniform number for each outcome,
and the probability of each case."""


def draw_suites(random: numpy.random.Generator, pairs: int, runs: int, cases: int) -> Suites:
    suites = []
    for _ in range(pairs):
        chances = random.beta(RATE, 1 - RATE, cases)
        before = (random.random((runs, cases)) < chances).astype(float)
        suites.append((before, random.random((runs, cases)), chances))
    return suites


def collect(
    tools: dict[str, Judge], trials: dict[str, list[tuple[Floats, Floats]]], is_paired: bool
) -> list[Cell]:
    """A cell for each tool and size; `trials`: pairs of (now, before), without a change."""
    return [
        Cell(
            tool,
            size,
            {
                change: Counter(judge((1 + change) * now, before, is_paired) for now, before in listed)
                for change in CHANGES
            },
        )
        for tool, judge in tools.items()
        for size, listed in trials.items()
    ]


def collect_suites(tools: dict[str, Judge], trials: dict[str, Suites]) -> list[Cell]:
    def lower(draws: Floats, chances: Floats, change: float) -> Floats:
        return (draws < chances * (1 - change / RATE)).astype(float)

    return [
        Cell(
            tool,
            size,
            {
                change: Counter(
                    judge(lower(draws, chances, change), before, True) for before, draws, chances in listed
                )
                for change in CHANGES
            },
        )
        for tool, judge in tools.items()
        for size, listed in trials.items()
    ]


# Reports


def compare_tools(table: Table, pairs: int) -> Iterator[Row]:
    """How often a change of 20 is found, and no change passes, beside the best of the others that err as rarely: each
    wrong verdict in at most 5 % of pairs, or as often as Rulewright's. Two standard errors are left to chance."""
    for size in dict.fromkeys(cell.size for cell in table.cells):
        cells = [cell for cell in table.cells if cell.size == size]
        ours = next(cell for cell in cells if cell.tool == OURS)
        allowed = max(5 + 200 * sqrt(0.05 * 0.95 / pairs), ours.worst_error)
        rivals = [cell for cell in cells if cell.tool != OURS and cell.worst_error <= allowed]
        for name, change, verdicts in (
            ("20 worse: FAIL or likely", 0.2, (FAIL, LIKELY)),
            ("as is: PASS", 0.0, (PASS,)),
        ):
            best = max(rivals, key=lambda cell: cell.percent(change, *verdicts), default=None)
            value, asked = ours.percent(change, *verdicts), None
            if best is not None:
                share = best.percent(change, *verdicts) / 100
                asked = 100 * max(0.0, share - 2 * sqrt(max(0.01, share * (1 - share)) / pairs))
            rival = "" if best is None else f" ({best.tool}: {best.percent(change, *verdicts):.0f} %)"
            yield Row(f"{table.title}, {size}, {name}{rival}", value, "%", asked, "higher")


FOUND = "FAIL / undecided / PASS"


def write_table(table: Table) -> Iterator[str]:
    """Markdown."""
    yield f"### {table.title}\n"
    names = [f"{'as is' if not change else f'{100 * change:g}{table.unit} worse'}" for change in CHANGES]
    yield f"| tool | size | {names[0]}: PASS / FAIL | {names[1]}: FAIL | {names[2]}: PASS | {names[3]}: {FOUND} |"
    yield "|---|---|---|---|---|---|"
    for cell in table.cells:
        likely = cell.percent(0.2, LIKELY)
        undecided = f"{cell.percent(0.2, UNDECIDED, LIKELY):.0f}" + (
            f" (likely {likely:.0f})" if likely else ""
        )
        columns = (
            f"{cell.percent(0.0, PASS):.0f} / {cell.percent(0.0, FAIL):.0f}",
            f"{cell.percent(0.05, FAIL):.0f}",
            f"{cell.percent(0.1, PASS):.0f}",
            f"{cell.percent(0.2, FAIL):.0f} / {undecided} / {cell.percent(0.2, PASS):.0f}",
        )
        yield f"| {cell.tool} | {cell.size} | {' | '.join(columns)} |"
    yield ""


PARTS: dict[str, Callable[[int], Iterator[Table]]] = {
    "latencies": compare_latencies,
    "suites": compare_suites,
}


def rows() -> Iterator[Row]:
    for part in PARTS.values():
        for table in part(PAIRS // 2):
            yield from compare_tools(table, PAIRS // 2)
    yield from gate_peers_cases.rows()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=PAIRS, help="pairs a cell")
    parser.add_argument("--only", choices=[*PARTS, "cases"], action="append", help="one part, or several")
    options = parser.parse_args()
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {versions}; {options.pairs} pairs a cell, in percent of them\n")
    for name in options.only or [*PARTS, "cases"]:
        if name == "cases":
            print("\n".join(gate_peers_cases.write_table()))
            continue
        for table in PARTS[name](options.pairs):
            print("\n".join(write_table(table)), flush=True)
            for row in compare_tools(table, options.pairs):
                if row.verdict == "MISSED":
                    print(row.line(), file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
