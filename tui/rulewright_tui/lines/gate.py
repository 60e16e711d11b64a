"""An objective of a gate: what was observed against the limit, the distribution, interval and baseline."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.sample_json import sample_from_json
from rulewright.measurements.units import convert
from rulewright.report.gate_explanation import CERTAINTIES, describe_data, list_facts
from rulewright.report.gate_figures import amount, format_amount, format_cases, format_observed, number
from rulewright_tui.lines.row import Role, Row, Span, text_row, wrap_words
from rulewright_tui.masking import policy_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from rulewright.evaluate.decision import RuleResult
    from rulewright.kinds.slo_gate.terms import ObjectiveNode
    from rulewright_tui.glyphs import Glyphs

MOST_BINS: Final = 32
SPARK_BINS: Final = 8
VALUES_PER_BIN: Final = 2
"""Of fewer values, the distribution has fewer and wider bins."""
ROLES: Final[Mapping[str, Role]] = {
    "share": "",
    "needed": "warning",
    "waiver": "warning",
}
"""The facts that are not muted."""
CASE_ROLES: Final[Mapping[str, Role]] = {"newly failing": "error", "newly passing": "success"}
COMPARISON: Final = ("needed", "detectable", "waiver", "without it")
SOURCE: Final = ("source", "measured", "sha256", "note")
_UNIT: Final = re.compile(r"[^\d.\s][^\d\s]*$")
"""The unit at the end of a limit as written: `1000ms`, `1 %`."""


def objective_summary(result: RuleResult) -> str:
    """`p95 1.27 s, limit ≤ 1000ms`; empty for what is no objective."""
    detail = result.detail
    if "limit" not in detail:
        return ""
    if detail.get("observed") is None:
        return policy_line(str(result.reason or detail.get("reason") or ""), 200)
    return f"{observed_text(detail)}, limit {limit_text(detail)}"


def observed_text(detail: Mapping[str, object]) -> str:
    """`p95 1.27 s`."""
    return policy_line(f"{detail.get('aggregate') or ''} {format_observed(detail)}".strip(), 60)


def limit_text(detail: Mapping[str, object]) -> str:
    """`≤ 1000ms`: the limit without the aggregate, which the observed value names."""
    text = str(detail.get("limit") or "none").removeprefix(f"{detail.get('aggregate')} ")
    return policy_line(text, 80)


def objective_rows(
    node: ObjectiveNode | None, detail: Mapping[str, object], sample: object, width: int, glyphs: Glyphs
) -> Iterator[Row]:
    """The objective in full, below its status: `sample` is the fact that was judged."""
    facts = [*list_facts(detail)]
    head = f"limit {policy_line(str(detail.get('limit') or 'none'), 120)}, {describe_data(detail)}"
    if detail.get("observed") is not None:
        head = f"{observed_text(detail)}, limit {limit_text(detail)}, {describe_data(detail)}"
    for line in wrap_words(head, width, "  "):
        yield text_row(line)
    yield from _fact_rows(facts, ("why",), width, with_names=False)
    values = sample_values(sample)
    if len(values) > 1:
        yield from _distribution(node, values, sample, width, glyphs)
    interval, ratio = detail.get("interval"), detail.get("ratio")
    if isinstance(interval, dict):
        yield _interval_row("interval ", interval, detail, glyphs)
    yield from _fact_rows(facts, ("share",), width, with_names=False)
    yield from _fact_rows(
        [fact for fact in facts if fact[1] != CERTAINTIES["interval"]], ("certainty",), width
    )
    yield from _fact_rows(facts, ("baseline",), width)
    if isinstance(ratio, dict) and ratio.get("lower") is not None and "cases" not in detail:
        yield _interval_row("times baseline ", ratio, {}, glyphs)
    for text in format_cases(detail):
        role = CASE_ROLES.get(text.partition(":")[0], "warning")
        for line in wrap_words(policy_line(text, 300), width, "  "):
            yield text_row(line, role)
    yield from _fact_rows(facts, COMPARISON, width)
    if detail.get("lacking"):
        yield text_row(f"missing: {policy_line(str(detail['lacking']), 60)}", "warning")
    yield from _fact_rows(facts, ("code",), width, with_names=False)
    yield from _fact_rows(facts, ("what to do",), width, with_names=False)
    if detail.get("verdict") not in ("PASS", None) and node is not None:
        for line in wrap_words(f"would pass with {_wanted(node, detail)}", width, "  "):
            yield text_row(line, "accent")
    yield from _fact_rows(facts, SOURCE, width)


def _fact_rows(
    facts: Iterable[tuple[str, str]], names: Collection[str], width: int, *, with_names: bool = True
) -> Iterator[Row]:
    """The facts of these names, in their order, as `rulewright gate explain` words them."""
    for name, text in facts:
        if name in names:
            line = policy_line(f"{name} {text}" if with_names else text, 600)
            for part in wrap_words(line, width, "  "):
                yield text_row(part, ROLES.get(name, "muted"))


def _wanted(node: ObjectiveNode, detail: Mapping[str, object]) -> str:
    """What the objective asks for: `at least 100 values and p99 ≤ 2000ms`."""
    count = detail.get("values", 0)
    few = isinstance(count, int) and count < node.min_samples
    least = f"at least {node.min_samples} values and " if few else ""
    return least + policy_line(str(detail.get("limit") or "a limit"), 120)


def _interval_row(name: str, ends: Mapping[str, object], detail: Mapping[str, object], glyphs: Glyphs) -> Row:
    """`interval [0.2% ─●─ 1.1%]`, in the unit in which `detail` shows the observed value."""
    return Row(
        (
            Span(name, "muted"),
            Span(f"[{format_amount(ends.get('lower'), detail)} ", "muted"),
            Span(f"{glyphs.rule}{glyphs.point}{glyphs.rule}", "accent"),
            Span(f" {format_amount(ends.get('upper'), detail)}]", "muted"),
        )
    )


def sample_values(sample: object) -> list[float]:
    """The values of all runs of a sample or its JSON."""
    return [float(value) for run in sample_from_json(sample).runs for value in run.values]


class Axis(NamedTuple):
    """The axis of a distribution: `limits` are where it is marked, all in `unit`."""

    values: tuple[float, ...]
    limits: tuple[float, ...]
    unit: str

    @property
    def low(self) -> float:
        return min((*self.values, *self.near))

    @property
    def high(self) -> float:
        return max((*self.values, *self.near))

    @property
    def near(self) -> tuple[float, ...]:
        """The limits that are no further from the values than these spread: others would squeeze them together."""
        low, high = min(self.values), max(self.values)
        spread = (high - low) or abs(high) or 1.0
        return tuple(limit for limit in self.limits if low - spread <= limit <= high + spread)


def read_axis(node: ObjectiveNode | None, values: Sequence[float], sample: object) -> Axis:
    """Values and limits in the unit in which the first limit is written, else in that of the sample."""
    unit = str(sample.get("unit") or "") if isinstance(sample, dict) else ""
    if node is None:
        return Axis(tuple(values), (), unit)
    limits = sorted({end for limit in node.pass_limits for end in (limit.low, limit.high)})
    written = next((found[0] for limit in node.pass_limits if (found := _UNIT.search(limit.text))), node.unit)
    shown = [convert(value, unit or node.unit, written) for value in values]
    ends = [convert(limit, node.unit, written) for limit in limits]
    if None in shown or None in ends:
        same = unit in ("", node.unit)
        return Axis(tuple(values), tuple(limits) if same else (), unit or node.unit)
    kept = tuple(value for value in shown if value is not None)
    return Axis(kept, tuple(end for end in ends if end is not None), written)


def _distribution(
    node: ObjectiveNode | None, values: Sequence[float], sample: object, width: int, glyphs: Glyphs
) -> Iterator[Row]:
    """The values in bins of equal width, one column each, with the limit between them."""
    axis = read_axis(node, values, sample)
    low, high = axis.low, axis.high
    if low == high:
        yield text_row(f"all values are {amount(low, axis.unit)}", "muted")
        return
    first, last = f"{number(low)} ", f" {amount(high, axis.unit)}"
    room = width - len(first) - len(last) - len(axis.near)
    bins = max(min(room, MOST_BINS, max(SPARK_BINS, len(values) // VALUES_PER_BIN)), 4)
    spans = [Span(first, "muted"), *_bar_spans(axis, bins, node, glyphs), Span(last, "muted")]
    size = len(first) + bins + len(axis.near) + len(last)
    legend = f"  {glyphs.limit} is the limit" if axis.near else ""
    yield Row((*spans, Span(legend, "muted")) if size + len(legend) <= width else tuple(spans))


def _bar_spans(axis: Axis, bins: int, node: ObjectiveNode | None, glyphs: Glyphs) -> Iterator[Span]:
    """The bars; those beyond the limit in another colour, and the limit marked."""
    low, high = axis.low, axis.high
    step = (high - low) / bins
    bars = draw_bars(count_bins(axis.values, low, high, bins), glyphs)
    marks = sorted(axis.near)
    better_low = node is None or node.direction != "higher"
    for number_, sign in enumerate(bars):
        start = low + number_ * step
        while marks and marks[0] <= start + step / 2:
            marks.pop(0)
            yield Span(glyphs.limit, "strong")
        middle = start + step / 2
        good = all(middle <= limit if better_low else middle >= limit for limit in axis.limits)
        role: Role = "accent" if not axis.limits or len(axis.limits) > 1 else "success" if good else "error"
        yield Span(sign, role)
    for _ in marks:
        yield Span(glyphs.limit, "strong")


def count_bins(values: Sequence[float], low: float, high: float, bins: int) -> list[int]:
    """How many values lie in each of the bins from `low` to `high`."""
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / (high - low) * bins), bins - 1)] += 1
    return counts


def spark_line(sample: object, glyphs: Glyphs) -> str:
    """The distribution in a few columns; empty where there is none to draw."""
    values = sample_values(sample)
    if len(values) < SPARK_BINS or min(values) == max(values):
        return ""
    return draw_bars(count_bins(values, min(values), max(values), SPARK_BINS), glyphs)


def draw_bars(counts: Sequence[int], glyphs: Glyphs) -> str:
    """One sign for each count; what is not 0 has at least the lowest bar."""
    most, steps = max(counts), len(glyphs.bars) - 1
    return "".join(glyphs.bars[0 if not count else max(1, round(count / most * steps))] for count in counts)
