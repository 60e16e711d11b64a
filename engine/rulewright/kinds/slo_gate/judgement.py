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

from rulewright.kinds.slo_gate.objective import holds, limit_text
from rulewright.measurements.statistics import MIN_PER_SIDE, aggregate, chance, compare, wilson
from rulewright.measurements.units import amount_text, convert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.program.program import Node

_UNIT: Final = re.compile(r"[A-Za-zµ%]+\Z")
WORST_FIRST: Final = ("ERROR", "FAIL", "NO_DATA", "INCONCLUSIVE", "WARN", "WAIVED", "PASS")

Judgement = dict[str, Any]


class _Unusable(Exception):
    """Values that cannot be judged. `lacking`: there are none, or too few; not: they are there and useless."""

    def __init__(self, verdict: str, reason: str, *, lacking: bool = False) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason
        self.lacking = lacking


def judge(node: Node, sample: Any) -> Judgement:
    """verdict, observed, unit, aggregate, limit, n, required, reason; interval, baseline, ratio where known.

    `lacking` is "values" or "baseline" where there is none to judge by (gaps and NaN are not lacking but bad).
    `shown` is what was observed in the unit in which the limit is written, never rounded across it.
    `observed`, `interval` and the baseline's value are in the objective's unit; `ratio` is
    `{"value", "lower", "upper", "limit", "chance"?}`, current to baseline.
    """
    out: Judgement = {
        "verdict": "NO_DATA",
        "observed": None,
        "unit": "" if node["aggregate"] == "count" else node["unit"],
        "aggregate": node["aggregate"],
        "limit": node["expected"],
        "n": 0,
        "required": node["required"],
        "reason": "",
    }
    try:
        values = _values(sample, node)
        out["n"] = len(values)
        if len(values) < node["min_samples"]:
            text = f"{_count(len(values), 'value')}; at least {node['min_samples']} are needed"
            raise _Unusable("NO_DATA", text, lacking=True)
        out["observed"] = observed = _aggregate(node, values)
        out["shown"] = _amount(node, observed)
        _add_interval(out, node, values)
        found = [_absolute(node, observed), _relative(node, values, sample, out)]
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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _values(sample: Any, node: Node) -> list[float]:
    """The sample's values in the objective's unit. Raises _Unusable."""
    unit = None
    if isinstance(sample, dict):
        unit = sample.get("unit")
        sample = sample["values"] if "values" in sample else sample.get("value")
    if sample is None:
        raise _Unusable("NO_DATA", "nothing was measured", lacking=True)
    raw = sample if isinstance(sample, list | tuple) else [sample]
    if not raw:
        raise _Unusable("NO_DATA", "no values", lacking=True)
    strange = next(
        (v for v in raw if v is not None and (isinstance(v, bool) or not isinstance(v, int | float))), None
    )
    if strange is not None:
        raise _Unusable("ERROR", f"{_kind(strange)} stands among the values; all must be numbers")
    finite = [value for value in raw if value is not None and _finite(value)]
    if len(finite) < len(raw):
        raise _Unusable(
            "NO_DATA", f"{len(raw) - len(finite)} of {_count(len(raw), 'value')} missing or not finite"
        )
    if unit is None or unit == node["unit"]:
        return [float(value) for value in finite]
    converted = [convert(value, unit, node["unit"]) if isinstance(unit, str) else None for value in finite]
    if None in converted:
        shown = f"`{unit[:20]}`" if isinstance(unit, str) else "no text"
        raise _Unusable("ERROR", f"the values' unit is {shown}, the objective's `{node['unit'] or 'none'}`")
    return [float(value) for value in converted if value is not None]


def _finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # an integer beyond every float
        return False


def _kind(value: Any) -> str:
    return {str: "a text", bool: "a boolean", list: "a list", dict: "a mapping"}.get(
        type(value), "something else"
    )


def _aggregate(node: Node, values: list[float]) -> float:
    if node["aggregate"] == "rate":
        most = convert(1.0, "ratio", node["unit"]) or 1.0
        if min(values) < 0 or max(values) > most:
            raise _Unusable("ERROR", f"a rate lies between 0 and {most:g}; the values do not")
    try:
        value = aggregate(node["aggregate"], values)
    except OverflowError:
        value = float("inf")
    if not isfinite(value):
        raise _Unusable("ERROR", f"the {node['aggregate']} of the values is not a finite number")
    return value


def _add_interval(out: Judgement, node: Node, values: list[float]) -> None:
    """Wilson's interval, where the values are outcomes: each one hit or miss."""
    if node["aggregate"] == "rate":
        most = convert(1.0, "ratio", node["unit"]) or 1.0
        if all(value in (0.0, most) for value in values):
            confidence = node.get("baseline", {}).get("confidence", 0.95)
            low, high = wilson(out["observed"] / most, len(values), confidence)
            out["interval"] = [low * most, high * most]


def _absolute(node: Node, observed: float) -> tuple[str, str] | None:
    if not node["pass"]:
        return None
    shown = f"{node['aggregate']} {_amount(node, observed)}"
    limits = ", ".join(limit_text(limit) for limit in node["pass"])
    if holds(node["pass"], observed):
        return "PASS", f"{shown} is {limits}"
    if node["warn"] and holds(node["warn"], observed):
        return (
            "WARN",
            f"{shown} is not {limits}, but still {', '.join(limit_text(limit) for limit in node['warn'])}",
        )
    return "FAIL", f"{shown} is not {limits}"


def _amount(node: Node, value: float) -> str:
    """A value of the objective in the unit in which its first limit is written, never rounded across a limit."""
    unit = "" if node["aggregate"] == "count" else node["unit"]
    limits = [end for _, want, _ in (*node["pass"], *node["warn"]) for end in _ends(want)]
    for _, _, text in (*node["pass"], *node["warn"]):
        written = _UNIT.search(text)
        if written is not None and (found := convert(value, unit, written[0])) is not None:
            limits = [convert(limit, unit, written[0]) or 0.0 for limit in limits]
            return amount_text(found, written[0], limits)
    return amount_text(value, unit, limits)


def _ends(want: Any) -> list[float]:
    return list(want) if isinstance(want, list) else [want]


def _relative(node: Node, values: list[float], sample: Any, out: Judgement) -> tuple[str, str] | None:
    """The verdict against the baseline; fills `baseline` and `ratio`. None when nothing is compared."""
    wanted = node.get("baseline")
    if wanted is None:
        return None
    given = sample.get("baseline") if isinstance(sample, dict) else None
    if given is None:
        if node["on_no_baseline"] == "absolute_only" and node["pass"]:
            return None
        out["lacking"] = "baseline"
        return "INCONCLUSIVE", f"there is no baseline ({wanted['from']}) to compare with"
    try:
        unit = sample.get("unit")
        named = given if isinstance(given, dict) else {"values": given}
        before = _values({"unit": unit, **named}, node)
        base = _aggregate(node, before)
    except _Unusable as problem:
        return "INCONCLUSIVE", f"the baseline cannot be used: {problem.reason}"
    out["baseline"] = {"value": base, "n": len(before), **_origin(named)}
    if min(*before, *values) < 0:
        return "INCONCLUSIVE", "a ratio of negative values says nothing"
    fewest = min(len(before), len(values))
    if fewest < MIN_PER_SIDE:
        text = f"{len(values)} against {len(before)} values cannot detect a regression"
        return "INCONCLUSIVE", f"{text}; {MIN_PER_SIDE} per side are the least"
    return _compare(node, values, before, out)


def _origin(baseline: Mapping[str, Any]) -> dict[str, Any]:
    """Which run it was, and of which commit: as plain members, or in the `run` of a measurement event."""
    run = baseline.get("run")
    inner = {"run": run.get("id"), "sha": run.get("sha")} if isinstance(run, dict) else {}
    found = {"run": run, "sha": baseline.get("sha"), **inner}
    return {key: value for key, value in found.items() if isinstance(value, str | int)}


def _compare(node: Node, values: list[float], before: list[float], out: Judgement) -> tuple[str, str]:
    wanted = node["baseline"]
    higher = node["direction"] == "higher"
    found = compare(node["aggregate"], values, before, wanted["confidence"])
    # A change below `min_effect` counts as none, however certain it is.
    limit = max(wanted["max_regression"], wanted["min_effect"])
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
    alike = chance(node["aggregate"], values, before, higher_is_better=higher)
    if alike is not None:
        out["ratio"]["chance"] = alike
        if alike > 1 - wanted["confidence"]:
            return "INCONCLUSIVE", f"{text}, but chance alone does that in {alike:.1%} of cases"
    return "FAIL", text
