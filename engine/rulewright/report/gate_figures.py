"""Figures of a judged objective as text: amounts in the unit of its limit, interval, baseline, distribution, cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.evaluate.masking import mask_line
from rulewright.measurements.units import amount_text, convert, written_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BARS: Final = "·▁▂▃▄▅▆▇█"
MOST_CASES: Final = 5
_CASES: Final = {
    "newly_failing": "newly failing",
    "newly_passing": "newly passing",
    "missing": "missing",
    "duplicates": "more than once",
    "errored": "in error",
}


def amount(value: object, unit: object) -> str:
    """`1.2 s`, `0.4%`, `–` if nothing was observed."""
    if value is None:
        return "–"
    return f"{number(value)}{'' if unit in (None, '', '%') else ' '}{unit or ''}"


def number(value: object) -> str:
    """`1.235`."""
    return f"{value:.4g}" if isinstance(value, int | float) else mask_line(str(value), 20)


def format_observed(detail: Mapping[str, Any]) -> str:
    """`1390ms`; `–` where nothing was observed."""
    return mask_line(str(detail.get("shown") or amount(detail.get("observed"), detail.get("unit"))), 40)


def format_amount(value: object, detail: Mapping[str, Any]) -> str:
    """An amount of the objective's unit, in the unit in which the observed value is shown."""
    unit = str(detail.get("unit") or "")
    wanted = written_unit(str(detail.get("shown") or ""))
    if wanted and isinstance(value, int | float):
        found = convert(float(value), unit, wanted)
        if found is not None:
            return amount_text(found, wanted)
    return amount(value, unit)


def format_interval(detail: Mapping[str, Any]) -> str:
    """`1327ms to 1507ms`, `from 1327ms`, `up to 1507ms`; empty where there is none."""
    interval = detail.get("interval")
    if not isinstance(interval, dict):
        return ""
    lower, upper = interval.get("lower"), interval.get("upper")
    low, high = format_amount(lower, detail), format_amount(upper, detail)
    if lower is None:
        return "" if upper is None else f"up to {high}"
    return f"from {low}" if upper is None else f"{low} to {high}"


def format_baseline(detail: Mapping[str, Any], *, in_full: bool = False) -> str:
    """`baseline 801ms (20 runs, 4f2c9d1, 2d old): +10 %, limit +5 %`; empty without one. `in_full`: with the interval
    and p."""
    baseline, ratio = detail.get("baseline"), detail.get("ratio") or {}
    if not baseline:
        return ""
    runs = baseline.get("runs")
    about = [f"{runs} run{'' if runs == 1 else 's'}"] if runs else []
    about += [str(baseline["sha"])[:12]] if baseline.get("sha") else []
    about += [f"{baseline['age']} old"] if baseline.get("age") not in (None, "", "0s") else []
    text = f"baseline {format_amount(baseline.get('value'), detail)}"
    text += f" ({', '.join(about)})" if about else ""
    if ratio.get("value") is not None:
        form = format_drop if "cases" in detail else format_change
        text += f": {form(ratio['value'])}"
        ends = [form(ratio[end]) for end in ("lower", "upper") if ratio.get(end) is not None]
        if in_full and len(ends) == 2:
            text += f" ({' to '.join(reversed(ends) if 'cases' in detail else ends)})"
        if ratio.get("limit") is not None:
            text += f", limit {form(ratio['limit'])}"
        if in_full and ratio.get("p") is not None:
            text += f", p = {ratio['p']:.3g}"
    return mask_line(text, 300)


def format_change(ratio: float) -> str:
    """A ratio to the baseline as a change: 1.1 is `+10 %`."""
    change = (ratio - 1) * 100
    return "±0 %" if abs(change) < 0.005 else f"{change:+.3g} %"


def format_drop(drop: float) -> str:
    """The drop of a suite's pass rate as a change: 0.1 is `-10 points`."""
    points = -100 * drop
    return "±0 points" if abs(points) < 0.005 else f"{points:+.3g} points"


def format_sizes(detail: Mapping[str, Any]) -> str:
    """`300 values, 5 runs, 2 failed`."""
    parts = []
    for name, noun in (("values", "value"), ("runs", "run")):
        number = detail.get(name)
        if isinstance(number, int) and (number or name == "values") and not (name == "runs" and number == 1):
            parts.append(f"{number:,} {noun}{'' if number == 1 else 's'}")
    if detail.get("failed"):
        parts.append(f"{detail['failed']:,} failed")
    if not detail.get("required", True):
        parts.append("optional")
    return ", ".join(parts)


def format_cases(detail: Mapping[str, Any]) -> Iterator[str]:
    """`newly failing: adds, divides`: the cases of a suite that turned or are not complete, a line for each sort."""
    cases = detail.get("cases") or {}
    for name, words in _CASES.items():
        ids = [str(case) for case in cases.get(name) or ()]
        if ids:
            more = f" and {len(ids) - MOST_CASES:,} more" if len(ids) > MOST_CASES else ""
            yield mask_line(f"{words}: {', '.join(ids[:MOST_CASES])}{more}", 300)


def plot_distribution(detail: Mapping[str, Any]) -> Iterator[str]:
    """The distribution as one line of bars; `│` is where the limit lies, which is written after it."""
    bins = detail.get("distribution")
    if not bins:
        return
    most = max(bins["counts"])
    bars = [BARS[0 if not n else max(1, round(n / most * 8))] for n in bins["counts"]]
    limit, label = bins.get("limit"), ""
    if limit is not None and bins["high"] > bins["low"]:
        place = round((limit - bins["low"]) / (bins["high"] - bins["low"]) * len(bars))
        bars.insert(min(max(place, 0), len(bars)), "│")
        label = f"  │ {format_amount(limit, detail)}"
    low, high = (format_amount(bins[end], detail) for end in ("low", "high"))
    yield f"{low} {''.join(bars)} {high}{label}"
