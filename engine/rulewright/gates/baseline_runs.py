"""Runs of judged gates as baselines: which of them are kept, and how they compare with those that were kept before.

The runs of an objective are kept if it passed, and also if its comparison alone is not decided, as long as the ratio is
within what the policy allows. Keeping only what passed would keep the faster part of an unchanged build, and the
baseline would become faster and faster: with 3 runs a build, noise of 10 % and a limit of 10 %, by 8.5 % in 100 builds,
after which 8 % of the unchanged builds pass instead of 30 %. With the rule above it is 1.7 %, and 33 % pass.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, log
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.gates.evidence import load_evidence_policies
from rulewright.gates.gate_run import judge_gates
from rulewright.kinds.slo_gate.judgement import judge_gate
from rulewright.kinds.slo_gate.terms import list_compared
from rulewright.measurements.baseline_store import (
    Baseline,
    BaselineRequest,
    add_runs,
    format_baseline,
    load_baseline,
    read_baseline,
    runs_of_sample,
)
from rulewright.measurements.statistics import aggregate
from rulewright.measurements.statistics.ranks import can_decide, estimate_shift, parse_alpha

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.gates.evidence import Evidence
    from rulewright.kinds.slo_gate.terms import ObjectiveNode
    from rulewright.measurements.baseline_store import BaselineFiles
    from rulewright.measurements.sample import Problem, Run, Sample
    from rulewright.run.state.baselines import BaselineStore

PASSED: Final = frozenset(("PASS", "WARN"))


class JudgedObjective(NamedTuple):
    """An objective of evidence that compares with stored baselines, and its verdict there. `is_kept`: whether its runs
    become a baseline."""

    gate: str
    node: ObjectiveNode
    sample: Sample
    verdict: str
    code: str
    is_kept: bool

    @property
    def objective(self) -> str:
        return self.node.text


class BaselineComparison(NamedTuple):
    """The runs of an objective beside its baseline: the medians of what each run comes to, and their ratio with its
    interval, None where it cannot be told. `problem`: why there is no baseline."""

    gate: str
    objective: str
    unit: str
    runs: int
    value: float | None
    base_runs: int = 0
    base_value: float | None = None
    base_commit: str = ""
    ratio: float | None = None
    lower: float | None = None
    upper: float | None = None
    problem: Problem | None = None


def judge_evidence(evidence: Evidence) -> list[JudgedObjective]:
    """The objectives of evidence that have a baseline in the store, judged again. Raises SourceError for evidence whose
    policies do not load."""
    program, gates = load_evidence_policies(evidence)
    run = judge_gates(
        program, gates, evidence.samples, evidence.now, evidence.commit, evidence.ignored_waivers
    )
    details = {(gate.name, row.id): row.detail for gate in run.gates for row in gate.objectives}
    judged: list[JudgedObjective] = []
    for gate in gates:
        for node, _ in list_compared(gate):
            sample = evidence.samples.get(gate.name, {}).get(node.text)
            if sample is None:
                continue
            detail = details.get((gate.name, node.text), {})
            verdict, code = str(detail.get("verdict", "")), str(detail.get("code", ""))
            is_kept = _is_kept(node, sample, detail, evidence.now)
            judged.append(JudgedObjective(gate.name, node, sample, verdict, code, is_kept))
    return judged


def _is_kept(node: ObjectiveNode, sample: Sample, detail: Mapping[str, Any], now: str) -> bool:
    if sample.problem is not None or not sample.runs:
        return False
    if detail.get("verdict") in PASSED:
        return True
    if detail.get("verdict") != "INCONCLUSIVE" or detail.get("code") == "likely_regression":
        return False
    return _passes_alone(node, sample, now) and _is_within(node, detail)


def _passes_alone(node: ObjectiveNode, sample: Sample, now: str) -> bool:
    """Whether an objective passes without its comparison, or asks for nothing else."""
    if not (node.pass_limits or node.failure_limits or node.budget is not None):
        return True
    alone = judge_gate([replace(node, baseline=None)], {node.text: sample}, now)
    return alone[node.text]["verdict"] in PASSED


def _is_within(node: ObjectiveNode, detail: Mapping[str, Any]) -> bool:
    """Whether the ratio of a judgement is one that the policy allows; a ratio that is not known is. That of a suite is
    a drop of its pass rate, of which less is better."""
    ratio = detail.get("ratio") or {}
    value, limit = ratio.get("value"), ratio.get("limit")
    if value is None or limit is None:
        return True
    return bool(value >= limit if node.direction == "higher" and "cases" not in detail else value <= limit)


def save_runs(store: BaselineStore, judged: Iterable[JudgedObjective], *, is_champion: bool = False) -> None:
    """Add the runs that are kept to the baselines of their objectives. Raises SourceError for a baseline that is
    damaged, and when the store fails."""
    kept = [one for one in judged if one.is_kept]

    def change(files: BaselineFiles) -> Mapping[str, bytes | None]:
        changed: dict[str, bytes | None] = {}
        for one in kept:
            empty = Baseline(one.gate, one.objective, one.sample.machine)
            known = read_baseline(files, empty.name)
            runs = runs_of_sample(one.sample, one.verdict)
            data = format_baseline(add_runs(known or empty, runs, is_champion=is_champion))
            if known is None or data != format_baseline(known):
                changed[empty.name] = data
        return changed

    store.update(change, f"Baselines: {len(kept)} objectives")


def compare_with_baselines(
    files: BaselineFiles, judged: Iterable[JudgedObjective], merge_base: str = ""
) -> list[BaselineComparison]:
    """Each objective beside its baseline. `merge_base`: the commit that `merge_base` means. Raises SourceError when the
    store cannot be read."""
    return [_compare(files, one, merge_base) for one in judged]


def _compare(files: BaselineFiles, one: JudgedObjective, merge_base: str) -> BaselineComparison:
    terms = one.node.baseline
    assert terms is not None
    now = [value for run in one.sample.runs if (value := run_value(run, one.node.aggregate)) is not None]
    found = BaselineComparison(
        one.gate, one.objective, one.sample.unit, len(now), median(now) if now else None
    )
    request = BaselineRequest(
        one.gate, one.objective, terms.origin, max(1, terms.run_count), merge_base, terms.any_machine
    )
    base = load_baseline(files, request, one.sample)
    if base.problem is not None:
        return found._replace(problem=base.problem)
    before = [value for run in base.runs if (value := run_value(run, one.node.aggregate)) is not None]
    found = found._replace(base_runs=len(before), base_commit=base.commit)
    if not now or not before:
        return found
    found = found._replace(base_value=median(before))
    if min(*now, *before) <= 0:
        return found
    alpha = parse_alpha(terms.confidence)
    shift = estimate_shift([log(value) for value in now], [log(value) for value in before], alpha)
    found = found._replace(ratio=exp(shift.estimate))
    if can_decide(len(now), len(before), alpha):
        found = found._replace(lower=exp(shift.lower), upper=exp(shift.upper))
    return found


def run_value(run: Run, name: str) -> float | None:
    """What a run comes to: the aggregate of its values, its share of bad events, or the figure that a tool computed;
    None where it has none of them."""
    if run.events is not None:
        return run.events.bad / run.events.total if run.events.total else None
    if run.figures:
        return run.figures.get(name)
    return aggregate(name, run.values) if len(run.values) else None
