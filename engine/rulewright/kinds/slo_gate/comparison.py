"""The comparison of an objective with its baseline, in two steps: what both sides say, and the verdict.

The second step waits for the p-values of the other objectives of the gate.
"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, NamedTuple

from rulewright.kinds.slo_gate.absolute import check_runs, orient_rates
from rulewright.kinds.slo_gate.decisions.cases import (
    CaseComparison,
    Drop,
    check_cases,
    collect_cases,
    compare_cases,
    decide_drop,
    measure_drop,
)
from rulewright.kinds.slo_gate.decisions.finding import TOO_LARGE, Finding
from rulewright.kinds.slo_gate.decisions.regression import (
    Regression,
    RegressionTerms,
    decide_regression,
    measure_paired_regression,
    measure_regression,
)
from rulewright.kinds.slo_gate.decisions.run_aggregates import aggregate_runs
from rulewright.measurements.codes import VERDICT_CODES
from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.run_units import scale_run
from rulewright.measurements.units import convert

if TYPE_CHECKING:
    from rulewright.kinds.slo_gate.terms import BaselineTerms, ObjectiveNode, PairingTerms
    from rulewright.kinds.slo_gate.unit_scale import UnitScale
    from rulewright.measurements.sample import Run, Sample
    from rulewright.policy.json_types import Json


class Comparison(NamedTuple):
    """What an objective and its baseline say about each other.

    `finding`: a verdict that needs nothing more; `measured`: a regression or a drop that is still to be decided.
    `value`: the aggregate of the baseline, in the unit of the sample; `cases`: the two sides of a suite.
    """

    finding: Finding | None = None
    measured: Regression | Drop | None = None
    value: float | None = None
    runs: int = 0
    cases: CaseComparison | None = None


def compare(node: ObjectiveNode, sample: Sample, scale: UnitScale) -> Comparison | None:
    """Compare a sample with its baseline; None where the objective asks for no comparison, or for none without a
    baseline."""
    terms = node.baseline
    if terms is None:
        return None
    base = sample.baseline
    if base is None or not sample.has_baseline:
        if node.may_lack_baseline:
            return None
        why = "" if base is None or base.problem is None else f": {base.problem.reason}"
        reason = f"there is no baseline ({terms}) to compare with{why}"
        return Comparison(Finding("INCONCLUSIVE", "no_baseline", reason))
    try:
        return _compare_sides(node, terms, sample, base, scale)
    except OverflowError:
        return Comparison(
            Finding("INCONCLUSIVE", "bad_baseline", f"the baseline cannot be used: {TOO_LARGE}")
        )
    except UnusableSource as error:
        verdict = VERDICT_CODES[error.code].verdict
        code = error.code if verdict == "INCONCLUSIVE" else "bad_baseline"
        return Comparison(Finding("INCONCLUSIVE", code, f"the baseline cannot be used: {error.reason}"))


def conclude(node: ObjectiveNode, comparison: Comparison, scale: UnitScale, is_significant: bool) -> Finding:
    """The verdict of a comparison. `is_significant`: whether p is among those that count in the gate."""
    measured = comparison.measured
    if measured is None:
        assert comparison.finding is not None
        return comparison.finding
    if isinstance(measured, Drop):
        return decide_drop(measured, is_significant=is_significant)
    return decide_regression(measured, is_significant=is_significant)


def _compare_sides(
    node: ObjectiveNode, terms: BaselineTerms, sample: Sample, base: Sample, scale: UnitScale
) -> Comparison:
    if base.problem is not None:
        code = base.problem.code
        raise UnusableSource(code if code in VERDICT_CODES else "bad_baseline", base.problem.reason)
    if not terms.any_machine:
        _check_machine(sample, base)
    check_runs(base.runs)
    if node.pairing is not None and node.pairing.by:
        return _compare_suites(node.pairing, terms, sample, base)
    runs = sample.runs
    before = _convert_runs(base, scale.own)
    is_paired = sample.is_paired or (node.pairing is not None and not node.pairing.by)
    if is_paired and len(runs) != len(before):
        text = f"{len(runs)} runs are to be paired with {len(before)}"
        raise UnusableSource("bad_baseline", text)
    try:
        now, then = orient_rates(runs, node.direction), orient_rates(before, node.direction)
        sides = aggregate_runs(now, then, node.aggregate)
    except KeyError:
        raise UnusableSource("bad_baseline", f"a run has no {node.aggregate}") from None
    except ValueError as error:
        raise UnusableSource("bad_baseline", str(error)) from None
    if sides.short:
        text = f"{', '.join(sides.short[:3])}: a run that short has measured something else"
        return Comparison(Finding("INCONCLUSIVE", "too_few", text), runs=len(before))
    measure = measure_paired_regression if is_paired else measure_regression
    found = measure(sides.now, sides.before, regression_terms(node, terms, scale))
    return Comparison(measured=found, value=found.base, runs=len(sides.before))


def _compare_suites(pairing: PairingTerms, terms: BaselineTerms, sample: Sample, base: Sample) -> Comparison:
    """Compare two suites of cases, paired by id. Without `max_drop` the drop that `max_regression` allows counts."""
    sides = collect_cases(sample.runs), collect_cases(base.runs)
    found = compare_cases(*sides)
    lacking = check_cases(found, pairing.min_complete)
    if lacking is not None:
        return Comparison(lacking, cases=found)
    allowed = terms.max_regression if pairing.max_drop is None else pairing.max_drop
    drop = measure_drop(found, allowed, terms.confidence)
    before = fsum(pair[1] for pair in found.pairs) / len(found.pairs)
    return Comparison(measured=drop, value=before, runs=len(base.runs), cases=found)


def regression_terms(node: ObjectiveNode, terms: BaselineTerms, scale: UnitScale) -> RegressionTerms:
    """How the runs of an objective are compared, in the unit of its sample."""
    return RegressionTerms(
        max_regression=terms.max_regression,
        confidence=terms.confidence,
        higher_is_better=node.direction == "higher",
        min_effect=terms.min_effect,
        min_amount=scale.to_sample(terms.min_amount) if terms.min_amount else 0.0,
    )


def _check_machine(sample: Sample, base: Sample) -> None:
    """Raises UnusableSource for a baseline of another kind of machine or another version of the tool, as far as both
    sides tell."""
    for name in ("cpu", "cores", "image"):
        now, before = sample.machine.get(name), base.machine.get(name)
        if now is not None and before is not None and now != before:
            text = f"{name} {_short(now)} here, {_short(before)} there; `any_machine: true` allows it"
            raise UnusableSource("other_machine", text)
    if sample.tool and base.tool and sample.tool != base.tool:
        text = f"{sample.tool} here, {base.tool} there; `any_machine: true` allows it"
        raise UnusableSource("other_machine", text)


def _short(value: Json) -> str:
    return str(value)[:60]


def _convert_runs(base: Sample, unit: str) -> tuple[Run, ...]:
    """The runs of a baseline in the unit of the sample, which is its own where it names none. Raises UnusableSource for
    another unit."""
    own = base.unit or unit
    if own == unit:
        return base.runs
    if convert(1.0, own, unit) is None:
        raise UnusableSource("unit", f"its unit is `{own[:20]}`, that of the values `{unit or 'none'}`")

    def scale(value: float) -> float:
        return convert(value, own, unit) or 0.0

    return tuple(scale_run(run, scale) for run in base.runs)
