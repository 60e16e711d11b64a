"""The judgement of one objective: its sample against its limits and its baseline. Pure and deterministic.

A sample is `{"values": [numbers], "unit"?, "baseline"?: {"values": [numbers], "unit"?, "run"?, "sha"?}}`; a
bare list or number stands for the values alone. A sample without a unit is in the objective's.

Nothing that is not a finite number counts as measured: no values, NaN or gaps are NO_DATA, what is no number
at all is an ERROR, and neither ever passes.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from rulewright.measurements.codes import VERDICT_CODES, WORST_FIRST
from rulewright.measurements.sample_json import sample_from_json, source_to_json
from rulewright.measurements.statistics import aggregate, wilson
from rulewright.measurements.statistics.bootstrap import MIN_PER_SIDE, chance, compare
from rulewright.measurements.units import amount_text, convert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.kinds.slo_gate.terms import BaselineTerms, ObjectiveNode
    from rulewright.measurements.sample import Sample
    from rulewright.policy.json_types import Json, JsonObject

_UNIT: Final = re.compile(r"[A-Za-zµ%]+\Z")

Judgement = dict[str, Any]


def judge_gate(
    nodes: Sequence[ObjectiveNode], samples: Mapping[str, object], now: str
) -> dict[str, Judgement]:
    """Objective → judgement. `samples`: objective → sample or its JSON; `now`: ISO 8601."""
    return {node.text: _judge(node, sample_from_json(samples.get(node.text))) for node in nodes}


def _judge(node: ObjectiveNode, sample: Sample) -> Judgement:
    out = judge_objective(node, _flatten(sample))
    if sample.problem is not None:
        code = VERDICT_CODES[sample.problem.code]
        out |= {"verdict": code.verdict, "reason": sample.problem.reason, "code": code.code}
    out["values"] = out.pop("n")
    out["source"] = None if sample.source is None else source_to_json(sample.source)
    return out


def _flatten(sample: Sample) -> JsonObject:
    values: list[Json] = [value for run in sample.runs for value in run.values]
    base = {} if sample.baseline is None else {"baseline": _flatten(sample.baseline)}
    return {"values": values, "unit": sample.unit or None, "sha": sample.commit, **base}


class _Unusable(Exception):
    """Values that cannot be judged. `lacking`: there are none, or too few; not: they are there and useless."""

    def __init__(self, verdict: str, reason: str, *, lacking: bool = False) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason
        self.lacking = lacking


def judge_objective(node: ObjectiveNode, sample: Json) -> Judgement:
    """verdict, observed, unit, aggregate, limit, n, required, reason; interval, baseline, ratio where known.

    `lacking` is "values" or "baseline" where there is none to judge by (gaps and NaN are not lacking but bad).
    `shown` is what was observed in the unit in which the limit is written, never rounded across it.
    `observed`, `interval` and the baseline's value are in the objective's unit; `ratio` is
    `{"value", "lower", "upper", "limit", "chance"?}`, current to baseline.
    """
    out: Judgement = {
        "verdict": "NO_DATA",
        "observed": None,
        "unit": "" if node.aggregate == "count" else node.unit,
        "aggregate": node.aggregate,
        "limit": node.expected,
        "n": 0,
        "required": node.required,
        "reason": "",
    }
    try:
        values = _usable_values(sample, node)
        out["n"] = len(values)
        if len(values) < node.min_samples:
            text = f"{_count_of(len(values), 'value')}; at least {node.min_samples} are needed"
            raise _Unusable("NO_DATA", text, lacking=True)
        out["observed"] = observed = _aggregate_values(node, values)
        out["shown"] = _format_amount(node, observed)
        _add_interval(out, node, values)
        found = [_compare_with_limits(node, observed), _compare_with_baseline(node, values, sample, out)]
    except _Unusable as problem:
        found = [(problem.verdict, problem.reason)]
        if problem.lacking:
            out["lacking"] = "values"
    decided = [item for item in found if item is not None]
    if not decided:
        decided = [("INCONCLUSIVE", "the objective has no limit")]
    out["verdict"] = min((verdict for verdict, _ in decided), key=WORST_FIRST.index)
    out["reason"] = "; ".join(reason for verdict, reason in decided if verdict == out["verdict"])
    return out


def _count_of(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _usable_values(sample: Json, node: ObjectiveNode) -> list[float]:
    """The sample's values in the objective's unit. Raises _Unusable."""
    unit, raw = _read_sample(sample)
    numbers: list[float] = []
    for value in raw:
        if isinstance(value, int | float) and not isinstance(value, bool):
            numbers.append(value)
        elif value is not None:
            raise _Unusable("ERROR", f"the values contain {_describe_type(value)}; all must be numbers")
    finite = [number for number in numbers if _is_finite(number)]
    if len(finite) < len(raw):
        raise _Unusable(
            "NO_DATA", f"{len(raw) - len(finite)} of {_count_of(len(raw), 'value')} missing or not finite"
        )
    return _convert_values(finite, unit, node)


def _read_sample(sample: Json) -> tuple[Json, list[Json]]:
    """The unit of a sample, None where it names none, and its values. Raises _Unusable where there are none."""
    unit = None
    if isinstance(sample, dict):
        unit = sample.get("unit")
        sample = sample["values"] if "values" in sample else sample.get("value")
    if sample is None:
        raise _Unusable("NO_DATA", "nothing was measured", lacking=True)
    raw: list[Json] = list(sample) if isinstance(sample, list | tuple) else [sample]
    if not raw:
        raise _Unusable("NO_DATA", "no values", lacking=True)
    return unit, raw


def _convert_values(finite: list[float], unit: Json, node: ObjectiveNode) -> list[float]:
    """The values in the objective's unit. Raises _Unusable for another unit that is not convertible."""
    if unit is None or unit == node.unit:
        return [float(value) for value in finite]
    converted = [convert(value, unit, node.unit) if isinstance(unit, str) else None for value in finite]
    if None in converted:
        shown = f"`{unit[:20]}`" if isinstance(unit, str) else "no text"
        raise _Unusable("ERROR", f"the values' unit is {shown}, the objective's `{node.unit or 'none'}`")
    return [float(value) for value in converted if value is not None]


def _is_finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # an integer beyond every float
        return False


def _describe_type(value: object) -> str:
    return {str: "a text", bool: "a boolean", list: "a list", dict: "a mapping"}.get(
        type(value), "something else"
    )


def _aggregate_values(node: ObjectiveNode, values: list[float]) -> float:
    if node.aggregate == "rate":
        most = convert(1.0, "ratio", node.unit) or 1.0
        if min(values) < 0 or max(values) > most:
            raise _Unusable("ERROR", f"the values of a rate must be between 0 and {most:g}")
    try:
        value = aggregate(node.aggregate, values)
    except OverflowError:
        value = float("inf")
    if not isfinite(value):
        raise _Unusable("ERROR", f"the {node.aggregate} of the values is not a finite number")
    return value


def _add_interval(out: Judgement, node: ObjectiveNode, values: list[float]) -> None:
    """Wilson's interval, where the values are outcomes: each one hit or miss."""
    if node.aggregate == "rate":
        most = convert(1.0, "ratio", node.unit) or 1.0
        if all(value in (0.0, most) for value in values):
            confidence = node.baseline.confidence if node.baseline is not None else 0.95
            low, high = wilson(out["observed"] / most, len(values), confidence)
            out["interval"] = [low * most, high * most]


def _compare_with_limits(node: ObjectiveNode, observed: float) -> tuple[str, str] | None:
    if not node.pass_limits:
        return None
    shown = f"{node.aggregate} {_format_amount(node, observed)}"
    limits = ", ".join(map(str, node.pass_limits))
    if all(limit.holds(observed) for limit in node.pass_limits):
        return "PASS", f"{shown} is {limits}"
    if node.warn_limits and all(limit.holds(observed) for limit in node.warn_limits):
        return (
            "WARN",
            f"{shown} is not {limits}, but still {', '.join(map(str, node.warn_limits))}",
        )
    return "FAIL", f"{shown} is not {limits}"


def _format_amount(node: ObjectiveNode, value: float) -> str:
    """A value of the objective in the unit in which its first limit is written, never rounded across a limit."""
    unit = "" if node.aggregate == "count" else node.unit
    written_limits = (*node.pass_limits, *node.warn_limits)
    limits = [end for limit in written_limits for end in (limit.low, limit.high)]
    for limit in written_limits:
        written = _UNIT.search(limit.text)
        if written is not None and (found := convert(value, unit, written[0])) is not None:
            limits = [convert(end, unit, written[0]) or 0.0 for end in limits]
            return amount_text(found, written[0], limits)
    return amount_text(value, unit, limits)


def _compare_with_baseline(
    node: ObjectiveNode, values: list[float], sample: Json, out: Judgement
) -> tuple[str, str] | None:
    """The verdict against the baseline; fills `baseline` and `ratio`. None when nothing is compared."""
    wanted = node.baseline
    if wanted is None:
        return None
    given = sample.get("baseline") if isinstance(sample, dict) else None
    if given is None or not isinstance(sample, dict):
        if node.on_no_baseline == "absolute_only" and node.pass_limits:
            return None
        out["lacking"] = "baseline"
        return "INCONCLUSIVE", f"there is no baseline ({wanted}) to compare with"
    try:
        unit = sample.get("unit")
        named = given if isinstance(given, dict) else {"values": given}
        before = _usable_values({"unit": unit, **named}, node)
        base = _aggregate_values(node, before)
    except _Unusable as problem:
        return "INCONCLUSIVE", f"the baseline cannot be used: {problem.reason}"
    out["baseline"] = {"value": base, "n": len(before), **_describe_run(named)}
    if min(*before, *values) < 0:
        return "INCONCLUSIVE", "a ratio of negative values has no meaning"
    fewest = min(len(before), len(values))
    if fewest < MIN_PER_SIDE:
        text = f"{len(values)} against {len(before)} values cannot detect a regression"
        return "INCONCLUSIVE", f"{text}; {MIN_PER_SIDE} per side are the least"
    return _compare_samples(node, wanted, values, before, out)


def _describe_run(baseline: Mapping[str, Any]) -> dict[str, Any]:
    """Which run it was, and of which commit: as plain members, or in the `run` of a measurement event."""
    run = baseline.get("run")
    inner = {"run": run.get("id"), "sha": run.get("sha")} if isinstance(run, dict) else {}
    found = {"run": run, "sha": baseline.get("sha"), **inner}
    return {key: value for key, value in found.items() if isinstance(value, str | int)}


def _compare_samples(
    node: ObjectiveNode, wanted: BaselineTerms, values: list[float], before: list[float], out: Judgement
) -> tuple[str, str]:
    higher = node.direction == "higher"
    found = compare(node.aggregate, values, before, wanted.confidence)
    # A change below `min_effect` counts as none, however certain it is.
    limit = max(wanted.max_regression, wanted.min_effect)
    worst, least = (1 - found.lower, 1 - found.upper) if higher else (found.upper - 1, found.lower - 1)
    ratio = {
        "value": found.ratio,
        "lower": found.lower,
        "upper": found.upper,
        "limit": 1 - limit if higher else 1 + limit,
    }
    out["ratio"] = {key: value if isfinite(value) else None for key, value in ratio.items()}
    worse = 1 - found.ratio if higher else found.ratio - 1
    word = "worse" if worse >= 0 else "better"
    interval = f"{least:+.1%} to {worst:+.1%}"
    text = f"{abs(worse):.1%} {word} than the baseline (loss {interval}, limit {limit:.1%})"
    if worst <= limit:
        return "PASS", text
    if least <= limit:
        return "INCONCLUSIVE", f"{text}: undecided at {len(values)} against {len(before)} values"
    alike = chance(node.aggregate, values, before, higher_is_better=higher)
    if alike is not None:
        out["ratio"]["chance"] = alike
        if alike > 1 - wanted.confidence:
            return "INCONCLUSIVE", f"{text}, but chance alone does that in {alike:.1%} of cases"
    return "FAIL", text
