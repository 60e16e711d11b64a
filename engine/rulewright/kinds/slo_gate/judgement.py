"""The judgement of a gate's objectives: samples against limits, budgets and baselines. Pure and deterministic.

An objective is judged in parts: its absolute limits, the share of failed requests, its error budget, and the comparison
with its baseline. The worst part gives the verdict. What is absent, not finite, in another unit or ambiguous never
passes. Amounts are judged in the unit of the sample, into which the limits are converted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.kinds.slo_gate.absolute import (
    check_runs,
    count_values,
    judge_absolute,
    judge_budget,
    judge_failures,
)
from rulewright.kinds.slo_gate.decisions.finding import TOO_LARGE, Finding
from rulewright.kinds.slo_gate.judgement_json import describe_judgement
from rulewright.kinds.slo_gate.unit_scale import UnitScale
from rulewright.measurements.codes import PROMOTES, VERDICT_CODES, rank_verdict
from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.sample_json import sample_from_json
from rulewright.policy.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.kinds.slo_gate.comparison import Comparison
    from rulewright.kinds.slo_gate.decisions.cases import Drop
    from rulewright.kinds.slo_gate.decisions.regression import Regression
    from rulewright.kinds.slo_gate.terms import ObjectiveNode
    from rulewright.measurements.sample import Sample

Judgement = dict[str, Any]

_COMPARISON: Final = "rulewright.kinds.slo_gate.comparison"
_compare: Final[Callable[[ObjectiveNode, Sample, UnitScale], Comparison | None]] = lazily(
    _COMPARISON, "compare"
)
_conclude_comparison: Final[Callable[[ObjectiveNode, Comparison, UnitScale, bool], Finding]] = lazily(
    _COMPARISON, "conclude"
)
_select_significant: Final[Callable[[Mapping[str, Regression | Drop]], frozenset[str]]] = lazily(
    "rulewright.kinds.slo_gate.decisions.gate", "select_significant_objectives"
)
"""The statistics of comparisons are imported with the first objective that has a baseline."""


class _Prepared(NamedTuple):
    """An objective, judged but for its comparison: that waits for the p-values of the others."""

    node: ObjectiveNode
    sample: Sample
    scale: UnitScale
    findings: tuple[Finding, ...]
    comparison: Comparison | None = None


def judge_gate(
    nodes: Sequence[ObjectiveNode], samples: Mapping[str, object], now: str
) -> dict[str, Judgement]:
    """Objective → judgement as JSON (`judgement_json.py`). `samples`: objective → sample or its JSON; `now`: ISO 8601.

    Comparisons that could FAIL by p alone are corrected for their number (Holm): a gate of 50 objectives compared with
    the same build fails no more often than a gate of one.
    """
    prepared = [_prepare(node, sample_from_json(samples.get(node.text))) for node in nodes]
    measured = {
        one.node.text: one.comparison.measured
        for one in prepared
        if one.comparison is not None and one.comparison.measured is not None
    }
    significant = _select_significant(measured) if measured else frozenset()
    return {one.node.text: _conclude(one, one.node.text in significant, now) for one in prepared}


def judge_objective(node: ObjectiveNode, sample: object, now: str = "") -> Judgement:
    """The judgement of an objective that is the only one of its gate."""
    return judge_gate([node], {node.text: sample}, now)[node.text]


def _prepare(node: ObjectiveNode, sample: Sample) -> _Prepared:
    try:
        scale = UnitScale("" if node.aggregate == "count" else node.unit, sample.unit)
        _check_sample(node, sample)
    except UnusableSource as error:
        return _Prepared(node, sample, UnitScale(node.unit, node.unit), (_describe_unusable(error),))
    findings = (_attempt(judge, node, sample, scale) for judge in _PARTS)
    found = tuple(finding for finding in findings if finding is not None)
    return _Prepared(
        node, sample, scale, found, None if node.baseline is None else _compare(node, sample, scale)
    )


def _attempt(
    judge: Callable[[ObjectiveNode, Sample, UnitScale], Finding | None],
    node: ObjectiveNode,
    sample: Sample,
    scale: UnitScale,
) -> Finding | None:
    try:
        return judge(node, sample, scale)
    except UnusableSource as error:
        return _describe_unusable(error)
    except OverflowError:
        return Finding("ERROR", "unreadable", TOO_LARGE)


MORE_DATA_DECIDES: Final = frozenset({"too_few", "undecided", "bucket"})
"""The codes that `on_inconclusive: warn` lets pass. A baseline that is missing or foreign, and a likely regression, are
never green by themselves."""
_PARTS: Final = (judge_absolute, judge_budget, judge_failures)
"""The parts that one sample decides alone."""


def _describe_unusable(error: UnusableSource) -> Finding:
    return Finding(VERDICT_CODES[error.code].verdict, error.code, error.reason)


def _check_sample(node: ObjectiveNode, sample: Sample) -> None:
    """Raises UnusableSource for a sample that cannot be judged."""
    if sample.problem is not None:
        raise UnusableSource(*sample.problem)
    holds = any(
        len(run.values) or run.events or run.buckets or run.figures or run.errored for run in sample.runs
    )
    if not holds and sample.failed:
        raise UnusableSource(
            "all_failed", f"all {sample.failed:,} requests failed: there is no latency to judge"
        )
    if not holds:
        raise UnusableSource("empty", "no values")
    check_runs(sample.runs)
    if any(run.events for run in sample.runs) and not sum(
        run.events.total for run in sample.runs if run.events
    ):
        raise UnusableSource("no_total", "there were no events: the total is 0")
    _check_size(node, sample)


def _check_size(node: ObjectiveNode, sample: Sample) -> None:
    """Raises UnusableSource for fewer values or events than `min_samples`. Events of a window are among those of the
    longest."""
    events = [run.events for run in sample.runs if run.events is not None]
    whole = sum(count.total for count in events if not count.window)
    # A case that errored is one that failed, not one that is absent.
    errored = sum(len(run.errored) for run in sample.runs)
    size = (
        sum(map(count_values, sample.runs))
        + errored
        + (whole or max((count.total for count in events), default=0))
    )
    if size >= node.min_samples:
        return
    told = f"{size:,.15g} value{'' if size == 1 else 's'}"
    if any(run.figures for run in sample.runs):
        if node.min_samples == 1:
            return
        told = "the source does not tell how many values there are" if not size else told
    raise UnusableSource("min_samples", f"{told}; at least {node.min_samples:,} are needed")


def _conclude(prepared: _Prepared, is_significant: bool, now: str) -> Judgement:
    node = prepared.node
    findings = list(prepared.findings)
    if prepared.comparison is not None:
        findings.append(_conclude_comparison(node, prepared.comparison, prepared.scale, is_significant))
    if not findings:
        findings.append(Finding("INCONCLUSIVE", "no_limit", "the objective has no limit"))
    worst = min(findings, key=lambda finding: rank_verdict(finding.verdict))
    verdict, code, reason = worst.verdict, worst.code, worst.reason
    same = [finding.reason for finding in findings if finding.verdict == verdict and finding.reason]
    reason = "; ".join(dict.fromkeys(same)) or reason
    undecided = {finding.code for finding in findings if finding.verdict == "INCONCLUSIVE"}
    if verdict == "INCONCLUSIVE" and node.on_inconclusive == "warn" and undecided <= MORE_DATA_DECIDES:
        verdict, reason = "WARN", f"not decided, and `on_inconclusive` is warn: {reason}"
    out = describe_judgement(
        node, prepared.sample, prepared.scale, findings, verdict, code, reason, prepared.comparison, now
    )
    return _waive(node, out, now)


def _waive(node: ObjectiveNode, out: Judgement, now: str) -> Judgement:
    """The judgement with the verdict WAIVED where a waiver stands and the objective is not met. The day of `expires` is
    included."""
    waiver = node.waiver
    if waiver is None or out["verdict"] in PROMOTES or not now or now[:10] > waiver.expires:
        return out
    reason = f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason} ({out['verdict']}: {out['reason']})"
    details = {"verdict": out["verdict"], "code": out["code"], **waiver._asdict()}
    return {**out, "verdict": "WAIVED", "code": "waived", "reason": reason, "waiver": details}
