"""A judgement as JSON: what decisions, reports and evidence hold of an objective.

    verdict certainty code reason     of the part that decided; `code` is "" for PASS and WARN
    observed shown unit aggregate limit
    share: {beyond, upper, allowed}   of values beyond the limit
    interval: {lower, upper, confidence, method}
    values runs effective_n failed    what was measured
    baseline: {value, runs, sha, machine, time, age}
    ratio: {value, lower, upper, p, limit}
    detectable runs_needed values_needed
    required lacking                  `lacking`: there is nothing to judge by, which an optional objective may
    cases: {newly_failing, newly_passing, missing, duplicates, errored}
    source: {kind, path, sha256, time, warnings}
    distribution: {low, high, counts, limit}

What is not known is null or absent. Amounts are in the objective's unit.
"""

from __future__ import annotations

from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Any, Final

from rulewright.measurements.sample import STORED
from rulewright.measurements.sample_json import source_to_json
from rulewright.policy.quantity import format_duration, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.kinds.slo_gate.comparison import Comparison
    from rulewright.kinds.slo_gate.decisions.finding import Finding
    from rulewright.kinds.slo_gate.terms import ObjectiveNode
    from rulewright.kinds.slo_gate.unit_scale import UnitScale
    from rulewright.measurements.codes import Verdict
    from rulewright.measurements.sample import Sample
    from rulewright.policy.json_types import JsonObject

LACKING: Final = frozenset({"no_source", "empty", "min_samples", "no_baseline"})
BINS: Final = 24
MOST_BINNED: Final = 1_000_000
"""With more values no distribution is drawn: it would cost more than the verdict."""
DIGITS: Final = 12


def describe_judgement(
    node: ObjectiveNode,
    sample: Sample,
    scale: UnitScale,
    findings: Sequence[Finding],
    verdict: Verdict,
    code: str,
    reason: str,
    comparison: Comparison | None,
    now: str,
) -> dict[str, Any]:
    """The JSON of a judgement. `findings`: of all parts, the one that decided among them."""
    observed = _first(finding.observed for finding in findings)
    deciding = next((finding for finding in findings if finding.code == code), findings[0])
    out: dict[str, Any] = {
        "verdict": verdict,
        "certainty": deciding.certainty,
        "code": code if verdict not in ("PASS", "WARN") else "",
        "reason": reason,
        "observed": _amount(observed, scale),
        "unit": scale.wanted,
        "aggregate": node.aggregate,
        "limit": node.describe_limit(_name_compared(node, sample)),
        "values": sample.size or max((finding.values for finding in findings), default=0),
        "runs": len(sample.runs),
        "failed": sample.failed,
        "required": node.required,
    }
    if observed is not None:
        out["shown"] = scale.format(observed, (*node.pass_limits, *node.warn_limits))
    out |= _describe_numbers(findings, scale) | _describe_cases(comparison)
    if code in LACKING:
        out["lacking"] = "baseline" if code == "no_baseline" else "values"
    baseline = _describe_baseline(sample, scale, comparison, now)
    if baseline is not None:
        out["baseline"] = baseline
    if sample.source is not None:
        time: JsonObject = {"time": sample.time} if sample.time else {}
        out["source"] = {**source_to_json(sample.source), **time}
    if verdict != "PASS":
        out |= _describe_distribution(node, sample, scale)
    return out


def _name_compared(node: ObjectiveNode, sample: Sample) -> str:
    """What an objective was compared with: `the base revision 4f2c9d1`, a file, or what the policy names; "" where it
    was judged by its absolute limits alone."""
    base = sample.baseline
    if base is None or not sample.has_baseline:
        return "" if node.may_lack_baseline else str(node.baseline)
    if sample.is_paired:
        return f"the base revision {base.commit[:12]}" if base.commit else "the runs measured beside it"
    if base.source is not None and base.source.kind != STORED:
        return base.source.path or str(node.baseline)
    return str(node.baseline)


def _describe_numbers(findings: Sequence[Finding], scale: UnitScale) -> dict[str, Any]:
    """The numbers of all parts: each name is told by the first part that knows it."""
    out: dict[str, Any] = {}
    share = _first(finding.share for finding in findings)
    if share is not None:
        out["share"] = {name: _round(value) for name, value in share._asdict().items()}
    interval = _first(finding.interval for finding in findings)
    if interval is not None:
        ends = {name: _amount(getattr(interval, name), scale) for name in ("lower", "upper")}
        out["interval"] = {**ends, "confidence": interval.confidence, "method": interval.method}
    ratio = _first(finding.ratio for finding in findings)
    if ratio is not None:
        out["ratio"] = {name: _round(value) for name, value in ratio._asdict().items()}
    for name in ("effective_n", "values_needed", "runs_needed", "detectable"):
        value = _first(getattr(finding, name) for finding in findings)
        if value is not None:
            out[name] = _round(value)
    return out


def _describe_cases(comparison: Comparison | None) -> dict[str, Any]:
    """The cases of a suite that turned, and those that are not complete."""
    cases = None if comparison is None else comparison.cases
    if cases is None:
        return {}
    names = ("newly_failing", "newly_passing", "missing", "duplicates", "errored")
    return {"cases": {name: [*getattr(cases, name)] for name in names}}


def _describe_baseline(
    sample: Sample, scale: UnitScale, comparison: Comparison | None, now: str
) -> JsonObject | None:
    base = sample.baseline
    if base is None or comparison is None or comparison.value is None:
        return None
    out: JsonObject = {"value": _amount(comparison.value, scale), "runs": comparison.runs}
    if base.commit:
        out["sha"] = base.commit
    if base.machine:
        out["machine"] = dict(base.machine)
    measured, moment = parse_moment(base.time) if base.time else None, parse_moment(now) if now else None
    if measured is not None:
        out["time"] = base.time
        if moment is not None and moment >= measured:
            out["age"] = format_duration(int(moment - measured))
    return out


def _describe_distribution(node: ObjectiveNode, sample: Sample, scale: UnitScale) -> dict[str, Any]:
    """How the values are distributed, in `BINS` bins of one width; nothing for few and for very many values."""
    size = sample.size
    if not 2 <= size <= MOST_BINNED or sample.runs[0].cases:
        return {}
    ends = [(min(run.values), max(run.values)) for run in sample.runs if len(run.values)]
    low, high = float(min(end[0] for end in ends)), float(max(end[1] for end in ends))
    if not low < high:
        return {}
    width = (high - low) / BINS
    if not 0 < width < inf:  # values at the ends of what a float can be
        return {}
    counts = [0] * BINS
    for value in chain.from_iterable(run.values for run in sample.runs):
        counts[min(BINS - 1, int((value - low) / width))] += 1
    out: JsonObject = {"low": _amount(low, scale), "high": _amount(high, scale), "counts": [*counts]}
    ends_of_limits = [end for limit in node.pass_limits[:1] for end in (limit.high, limit.low)]
    if ends_of_limits:
        out["limit"] = ends_of_limits[0]
    return {"distribution": out}


def _amount(value: float | None, scale: UnitScale) -> float | None:
    return None if value is None else _round(scale.to_objective(value))


def _round(value: float | None) -> float | None:
    """The number with `DIGITS` significant digits, so that libraries of different machines write the same."""
    if value is None or isinstance(value, int):
        return value
    return float(f"{float(value):.{DIGITS}g}")


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)
