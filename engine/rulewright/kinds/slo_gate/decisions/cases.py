"""Suites of cases, paired by id: what is missing, what turned, and whether the pass rate dropped.

Each case has a value of 1 (passed), 0, or a score between. A case that is missing on one side, occurs more than once in
a run, or gave an error is not complete: below `min_complete` nothing is judged. Above it a case that gave an error now
counts as failed when it passed before; what the baseline does not tell, or both sides do not, is left out and named.
Nothing is averaged over cases with the same id. Several runs of a suite give the mean of each case over the runs.

McNemar's test and Tango's interval are those of yes and no; scores are compared by signed ranks, and the mean of their
differences by Student's t.
"""

from __future__ import annotations

from collections import Counter
from math import fsum, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.kinds.slo_gate.decisions.finding import Finding, Ratio, round_figure
from rulewright.kinds.slo_gate.decisions.reasons import count_of, format_share
from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.statistics.normal import normal_quantile
from rulewright.measurements.statistics.paired_outcomes import bound_drop, compute_mcnemar_p
from rulewright.measurements.statistics.ranks import parse_alpha
from rulewright.measurements.statistics.signed_rank import compute_signed_rank_p
from rulewright.measurements.statistics.students_t import t_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from rulewright.measurements.sample import Run

PASSED: Final = 0.5
"""A score from here on is a case that passed."""
MOST_NAMED: Final = 5
POWER: Final = 0.8


class SuiteSide(NamedTuple):
    """One side of a suite: the value of each complete case, and the ids of cases that are not."""

    values: Mapping[str, float]
    errored: frozenset[str]
    duplicates: frozenset[str]
    partial: frozenset[str]
    """Missing in some of the runs."""

    @property
    def ids(self) -> frozenset[str]:
        """All ids that occur."""
        return frozenset(self.values) | self.errored | self.duplicates | self.partial


class CaseComparison(NamedTuple):
    """Two sides of a suite. Lists of ids are sorted. `pairs`: (now, before) of the cases that are compared."""

    total: int
    complete: int
    missing: tuple[str, ...]
    duplicates: tuple[str, ...]
    errored: tuple[str, ...]
    newly_failing: tuple[str, ...]
    newly_passing: tuple[str, ...]
    pairs: tuple[tuple[float, float], ...]


class Drop(NamedTuple):
    """How much the pass rate dropped (0.02: by two points), with one-sided bounds; `lost` and `won`: how many cases
    got worse and better."""

    p: Fraction
    alpha: Fraction
    value: float
    lower: float
    upper: float
    lost: int
    won: int
    pairs: int
    rate: float
    max_drop: float
    confidence: float


def collect_cases(runs: Sequence[Run]) -> SuiteSide:
    """The cases of one side, of at least one run. Raises UnusableSource for values without ids."""
    if any(len(run.cases) != len(run.values) or not (run.cases or run.errored) for run in runs):
        raise UnusableSource("unsuitable", "the source tells no ids of cases, which `pair_by` pairs by")
    errored = {case for run in runs for case in run.errored}
    seen: dict[str, list[float]] = {}
    duplicates: set[str] = set()
    for run in runs:
        counts = Counter([*run.cases, *run.errored])
        duplicates |= {case for case, count in counts.items() if count > 1}
        for case, value in zip(run.cases, run.values, strict=True):
            seen.setdefault(case, []).append(float(value))
    errored -= duplicates
    bad = errored | duplicates
    partial = {case for case, values in seen.items() if case not in bad and len(values) < len(runs)}
    values = {
        case: fsum(scores) / len(scores)
        for case, scores in seen.items()
        if case not in bad and case not in partial
    }
    return SuiteSide(values, frozenset(errored), frozenset(duplicates), frozenset(partial))


def compare_cases(now: SuiteSide, before: SuiteSide) -> CaseComparison:
    """Pair the cases of two sides by id."""
    ids = now.ids | before.ids
    complete = now.values.keys() & before.values.keys()
    compared = {case: (now.values[case], before.values[case]) for case in complete}
    compared |= {case: (0.0, before.values[case]) for case in now.errored & before.values.keys()}
    missing = (now.ids ^ before.ids) | now.partial | before.partial
    failing = [case for case, (value, base) in compared.items() if value < PASSED <= base]
    passing = [case for case, (value, base) in compared.items() if base < PASSED <= value]
    return CaseComparison(
        len(ids),
        len(complete),
        tuple(sorted(missing)),
        tuple(sorted(now.duplicates | before.duplicates)),
        tuple(sorted(now.errored | before.errored)),
        tuple(sorted(failing)),
        tuple(sorted(passing)),
        tuple(compared[case] for case in sorted(compared)),
    )


def check_cases(found: CaseComparison, min_complete: float) -> Finding | None:
    """NO_DATA where less than `min_complete` (0 … 1) of all cases are complete, or none can be compared; else None."""
    if found.pairs and found.complete >= min_complete * found.total:
        return None
    code = "duplicate_cases" if found.duplicates else "missing_cases"
    lists = (
        ("missing", found.missing),
        ("more than once", found.duplicates),
        ("with an error", found.errored),
    )
    parts = [f"{len(ids)} {word} ({_name_some(ids)})" for word, ids in lists if ids]
    text = f"{found.complete} of {count_of(found.total, 'case')} are complete on both sides"
    return Finding("NO_DATA", code, f"{text}: {', '.join(parts)}" if parts else text, values=found.complete)


def check_one_side(side: SuiteSide, min_complete: float) -> Finding | None:
    """As `check_cases`, of a suite without a baseline."""
    return check_cases(compare_cases(side, side), min_complete)


def list_outcomes(side: SuiteSide) -> list[float]:
    """The values of a suite, errors as failures, in the order of ids: what a limit of the pass rate judges."""
    values = {**side.values, **dict.fromkeys(side.errored, 0.0)}
    return [values[case] for case in sorted(values)]


def measure_drop(found: CaseComparison, max_drop: float, confidence: float) -> Drop:
    """Compare the pairs, at least one. `max_drop`: the drop that is allowed, in points of the rate (0.02)."""
    pairs, alpha = found.pairs, parse_alpha(confidence)
    n = len(pairs)
    differences = [base - value for value, base in pairs]
    lost, won = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    drop = fsum(differences) / n
    if all(value in (0, 1) for pair in pairs for value in pair):
        p = compute_mcnemar_p(lost, won)
        lower, upper = bound_drop(lost, won, n, confidence)
    else:
        p = compute_signed_rank_p(differences)
        square = fsum((difference - drop) ** 2 for difference in differences)
        reach = t_quantile(confidence, n - 1) * sqrt(square / (n - 1) / n) if n > 1 else 1.0
        lower, upper = max(-1.0, drop - reach), min(1.0, drop + reach)
    rate = fsum(value for value, _ in pairs) / n
    return Drop(
        p,
        alpha,
        round_figure(drop),
        round_figure(lower),
        round_figure(upper),
        lost,
        won,
        n,
        rate,
        max_drop,
        confidence,
    )


def decide_drop(drop: Drop, *, is_significant: bool | None = None) -> Finding:
    """The verdict on a drop. PASS: its upper bound is at most `max_drop`. FAIL: its lower bound is above it, or p is
    significant among the objectives of the gate and the drop above twice `max_drop`. `likely_regression`: p ≤ α and the
    drop above `max_drop`."""
    significant = drop.p <= drop.alpha if is_significant is None else is_significant
    points = f"{_format_points(drop.lower)} to {_format_points(drop.upper)}"
    text = (
        f"{drop.lost} cases worse and {drop.won} better of {drop.pairs}: "
        f"a drop of {_format_points(drop.value)} ({points}); "
        f"{format_share(drop.max_drop, 0)} may be; p = {float(drop.p):.3g}"
    )
    finding = Finding(
        "INCONCLUSIVE",
        "undecided",
        text,
        observed=drop.rate,
        values=drop.pairs,
        runs=1,
        ratio=Ratio(drop.value, drop.lower, drop.upper, round_figure(float(drop.p)), drop.max_drop),
    )
    if drop.upper <= drop.max_drop:
        return finding._replace(verdict="PASS", code="")
    if drop.lower > drop.max_drop or (significant and drop.value > 2 * drop.max_drop):
        return finding._replace(verdict="FAIL", code="regression")
    if drop.p <= drop.alpha and drop.value > drop.max_drop:
        finding = finding._replace(code="likely_regression")
    needed = count_cases_needed(drop)
    if needed is None:
        return finding
    return finding._replace(values_needed=needed, reason=f"{text}; about {count_of(needed, 'case')} decide")


def count_cases_needed(drop: Drop) -> int | None:
    """How many cases decide in 8 of 10 suites if as many of them turn either way and the drop is what it seems. None
    where the drop is nearly the allowed one, or no case turned."""
    distance = abs(drop.max_drop - max(0.0, drop.value))
    turned = (drop.lost + drop.won) / drop.pairs
    if distance <= 1e-9 or not turned:
        return None
    reach = (normal_quantile(drop.confidence) + normal_quantile(POWER)) / distance
    needed = int(reach * reach * turned) + 1
    return max(needed, drop.pairs + 1)


def _format_points(points: float) -> str:
    return f"{100 * points:.3g} points"


def _name_some(ids: Sequence[str]) -> str:
    named = ", ".join(ids[:MOST_NAMED])
    return named if len(ids) <= MOST_NAMED else f"{named}, …"
