"""The absolute limits of an objective: which rule decides, by the aggregate and by what the sample holds."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from rulewright.kinds.slo_gate.decisions.finding import Bound, Finding
from rulewright.kinds.slo_gate.decisions.point import judge_point
from rulewright.kinds.slo_gate.unit_scale import UnitScale
from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.sample import Count, shape_of
from rulewright.measurements.statistics import aggregate, quantile_of
from rulewright.measurements.units import convert
from rulewright.policy.lazy import lazily
from rulewright.policy.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.kinds.slo_gate.decisions.finding import FormatAmount
    from rulewright.kinds.slo_gate.terms import Limit, ObjectiveNode
    from rulewright.measurements.sample import Run, Sample

_DECISIONS: Final = "rulewright.kinds.slo_gate.decisions"
_judge_counts: Final[Callable[..., Finding]] = lazily(f"{_DECISIONS}.rate", "judge_counts")
_judge_rate: Final[Callable[..., Finding]] = lazily(f"{_DECISIONS}.rate", "judge_outcomes")
_judge_mean: Final[Callable[..., Finding]] = lazily(f"{_DECISIONS}.mean", "judge_mean")
_judge_histogram: Final[Callable[..., Finding]] = lazily(f"{_DECISIONS}.histogram", "judge_histogram")
"""Each rule is imported with the first objective that it decides."""

POINT_AGGREGATES: Final = frozenset({"sum", "count", "min", "max", "last"})
"""Aggregates of which nothing is known but the number itself."""
SHARE_AGGREGATES: Final = frozenset({"rate", "mean"})


def judge_absolute(node: ObjectiveNode, sample: Sample, scale: UnitScale) -> Finding | None:
    """The verdict on `pass` and `warn`; None without limits. Raises UnusableSource."""
    if not node.pass_limits:
        return None
    found = _judge_limits(node, sample, scale, node.pass_limits)
    if found.verdict == "PASS" or not node.warn_limits:
        return found
    warned = _judge_limits(node, sample, scale, node.warn_limits)
    if warned.verdict == "PASS":
        return found._replace(verdict="WARN", code="")
    return warned


def judge_failures(node: ObjectiveNode, sample: Sample, scale: UnitScale) -> Finding | None:
    """The verdict on the share of failed requests; None without limits for it. Raises UnusableSource."""
    if not node.failure_limits:
        return None
    counts = []
    for run in sample.runs:
        if run.events is not None:
            text = "`failures` is the share of requests without a latency, and the source counts events"
            raise UnusableSource("unsuitable", text)
        size = count_values(run)
        if not size and not run.failed:
            raise UnusableSource("unsuitable", "the source does not tell how many requests there were")
        counts.append(Count(run.failed, run.failed + size))
    if node.is_independent:  # every value is a run of its own, and a failed request belongs to none of them
        counts = [Count(sum(count.bad for count in counts), sum(count.total for count in counts))]
    bound = UnitScale("ratio", "ratio").bound_of(node.failure_limits)
    found = _judge_counts(counts, bound, node.confidence, lambda share: f"{share * 100:.3g}%")
    reason = f"failed requests: {found.reason}"
    code = "failures" if found.verdict == "FAIL" else found.code
    return Finding(found.verdict, code, reason, share=found.share, values=found.values, runs=found.runs)


def check_runs(runs: Sequence[Run]) -> None:
    """Raises UnusableSource for a run that measured nothing, and for runs that hold different things: what one of them
    says would be passed over."""
    shapes = [shape_of(run) for run in runs]
    empty = [
        place
        for place, (run, shape) in enumerate(zip(runs, shapes, strict=True), 1)
        if not (shape or run.failed or run.errored)
    ]
    if empty:
        text = f"{len(empty)} of {len(runs)} runs hold no value: run {runs[empty[0] - 1].id or empty[0]}"
        raise UnusableSource("not_finite", text)
    kinds = sorted({shape for shape in shapes if shape})
    if len(kinds) > 1:
        raise UnusableSource(
            "unreadable", f"the runs hold {' and '.join(kinds)}, which cannot be judged together"
        )


def count_values(run: Run) -> float:
    """How many values a run holds or tells of, without failed requests and events; 0 where it does not tell."""
    return len(run.values) or run.figures.get("count", 0) or sum(run.buckets.counts if run.buckets else ())


def judge_budget(node: ObjectiveNode, sample: Sample, scale: UnitScale) -> Finding | None:
    """The verdict on the error budget; None where there is none. Raises UnusableSource."""
    if node.budget is None:
        return None
    counts = [run.events for run in sample.runs if run.events is not None]
    if not counts:
        raise UnusableSource("unsuitable", "an error budget needs counts of bad and all events")
    from rulewright.kinds.slo_gate.decisions.budget import Budget
    from rulewright.kinds.slo_gate.decisions.budget import judge_budget as judge_counted_budget

    budget = Budget(node.budget.target, node.budget.window, node.budget.min_left)
    if not sum(count.total for count in counts if not count.window or is_window(count.window, budget.window)):
        raise UnusableSource("no_total", "there were no events in the window of the budget")
    found = judge_counted_budget(counts, budget)
    return found._replace(observed=None, reason=f"error budget: {found.reason}")


def is_window(text: str, seconds: float) -> bool:
    """Whether a window as written (`30d`) is that of so many seconds."""
    quantity = parse_quantity(text)
    return quantity is not None and quantity.value == seconds


def _judge_limits(node: ObjectiveNode, sample: Sample, scale: UnitScale, limits: Sequence[Limit]) -> Finding:
    def show(value: float) -> str:
        return scale.format(value, limits)

    bound = scale.bound_of(limits)
    if bound == Bound():
        return Finding("PASS", "", "every value is allowed")
    if bound.low > bound.high:
        return Finding("FAIL", "beyond_limit", "no value is allowed")
    first = sample.runs[0]
    judge: Callable[[ObjectiveNode, Sample, UnitScale, Sequence[Limit], FormatAmount], Finding]
    if first.events is not None:
        judge = _judge_events
    elif first.buckets is not None:
        judge = _judge_buckets
    elif first.figures:
        judge = _judge_figures
    else:
        judge = _judge_values
    return judge(node, sample, scale, limits, show)


def _judge_values(
    node: ObjectiveNode, sample: Sample, scale: UnitScale, limits: Sequence[Limit], show: FormatAmount
) -> Finding:
    runs: list[Sequence[float]] = [run.values for run in sample.runs if len(run.values)]
    name, q = node.aggregate, quantile_of(node.aggregate)
    independent = node.is_independent
    if node.pairing is not None and node.pairing.by:
        from rulewright.kinds.slo_gate.decisions.cases import check_one_side, collect_cases, list_outcomes

        side = collect_cases(sample.runs)
        lacking = check_one_side(side, node.pairing.min_complete)
        if lacking is not None:
            return lacking
        runs, independent = [list_outcomes(side)], True
    if name == "rate":
        return _judge_outcomes(node, runs, scale, limits, independent)
    bound = scale.bound_of(limits)
    if node.decide_by == "point" or name in POINT_AGGREGATES:
        value = aggregate_runs_together(name, runs)
        return judge_point(value, bound, show, values=sum(map(len, runs)), runs=len(runs))
    if q is not None:
        from rulewright.kinds.slo_gate.decisions.percentile import PercentileSample, judge_percentile

        return judge_percentile(PercentileSample(runs, q, node.confidence, independent), bound, show)
    return _judge_mean(runs, bound, node.confidence, show, independent=independent)


def aggregate_runs_together(name: str, runs: Sequence[Sequence[float]]) -> float:
    """One aggregate of the values of all runs. Raises UnusableSource where it is beyond every float."""
    values = runs[0] if len(runs) == 1 else [float(value) for values in runs for value in values]
    try:
        found = aggregate(name, values)
    except OverflowError:
        found = float("inf")
    if not isfinite(found):
        raise UnusableSource("unreadable", f"the {name} of the values is not a finite number")
    return found


def _judge_outcomes(
    node: ObjectiveNode,
    runs: Sequence[Sequence[float]],
    scale: UnitScale,
    limits: Sequence[Limit],
    independent: bool,
) -> Finding:
    """A rate of values that are outcomes between 0 and 1, or percentages of them."""
    full = scale.full_rate
    outcomes = runs if full == 1.0 else [[value / full for value in values] for values in runs]
    if any(not 0 <= value <= 1 for values in outcomes for value in (min(values), max(values))):
        raise UnusableSource("unreadable", f"the values of a rate must be between 0 and {full:g}")
    bound = _bound_of_rates(scale, limits)
    if node.decide_by == "point":
        rate = aggregate_runs_together("mean", outcomes)
        found = judge_point(
            rate, bound, _rate_format(scale, limits), values=sum(map(len, runs)), runs=len(runs)
        )
    else:
        found = _judge_rate(
            outcomes, bound, node.confidence, _rate_format(scale, limits), independent=independent
        )
    return _scale_finding(found, full)


def _judge_events(
    node: ObjectiveNode, sample: Sample, scale: UnitScale, limits: Sequence[Limit], show: FormatAmount
) -> Finding:
    runs = orient_rates(sample.runs, node.direction)
    counts = [run.events for run in runs if run.events is not None and not run.events.window]
    bad, total = sum(count.bad for count in counts), sum(count.total for count in counts)
    if not total:
        raise UnusableSource("no_total", "there were no events: the total is 0")
    if node.aggregate in ("sum", "count"):
        value = bad if node.aggregate == "sum" else total
        return judge_point(value, scale.bound_of(limits), show, values=round(total), runs=len(counts))
    if node.aggregate not in SHARE_AGGREGATES:
        raise UnusableSource(
            "unsuitable", f"counts have no {node.aggregate}; use `aggregate: rate`, or a source with values"
        )
    bound, format_rate = _bound_of_rates(scale, limits), _rate_format(scale, limits)
    if node.decide_by == "point":
        found = judge_point(bad / total, bound, format_rate, values=round(total), runs=len(counts))
    else:
        found = _judge_counts(counts, bound, node.confidence, format_rate)
    return _scale_finding(found, scale.full_rate)


def orient_rates(runs: Sequence[Run], direction: str | None) -> Sequence[Run]:
    """Runs whose counts are of what the rate is about: bad events, or good ones where higher is better."""
    if direction != "higher":
        return runs
    return [
        run
        if run.events is None
        else run._replace(events=run.events._replace(bad=run.events.total - run.events.bad))
        for run in runs
    ]


def _bound_of_rates(scale: UnitScale, limits: Sequence[Limit]) -> Bound:
    """Limits of a rate as ratios: the rate of an objective in `%` is 0.01 for 1 %."""
    bound = scale.bound_of(limits)
    if scale.full_rate == 1.0:
        return bound
    low, high = (
        end if end in (float("inf"), float("-inf")) else convert(end, scale.own, "ratio")
        for end in (bound.low, bound.high)
    )
    assert low is not None
    assert high is not None
    return bound._replace(low=low, high=high)


def _rate_format(scale: UnitScale, limits: Sequence[Limit]) -> FormatAmount:
    return lambda rate: scale.format(rate * scale.full_rate, limits)


def _scale_finding(found: Finding, factor: float) -> Finding:
    """A finding about a ratio, in the unit of the sample."""
    if factor == 1.0:
        return found
    interval = found.interval
    if interval is not None:
        lower, upper = (None if end is None else end * factor for end in (interval.lower, interval.upper))
        interval = interval._replace(lower=lower, upper=upper)
    observed = None if found.observed is None else found.observed * factor
    return found._replace(observed=observed, interval=interval)


def _judge_buckets(
    node: ObjectiveNode, sample: Sample, scale: UnitScale, limits: Sequence[Limit], show: FormatAmount
) -> Finding:
    q = quantile_of(node.aggregate)
    if q is None:
        raise UnusableSource("unsuitable", f"a histogram has no {node.aggregate}; use a percentile")
    buckets = [run.buckets for run in sample.runs if run.buckets is not None]
    return _judge_histogram(buckets, q, scale.bound_of(limits), node.confidence, show)


def _judge_figures(
    node: ObjectiveNode, sample: Sample, scale: UnitScale, limits: Sequence[Limit], show: FormatAmount
) -> Finding:
    """Figures of a tool, judged as they are; of several runs the worst."""
    bound = scale.bound_of(limits)
    figures = [find_figure(run.figures, node.aggregate) for run in sample.runs]
    if node.decide_by == "interval":
        text = "the source has figures without raw values, and `decide: interval` is set"
        return Finding("INCONCLUSIVE", "summary", text, figures[0], "point", runs=len(figures))
    failing = [value for value in figures if not bound.allows(value)]
    if failing:
        worst = max(failing, key=lambda value: max(bound.low - value, value - bound.high))
    else:
        worst = max(figures) if node.direction != "higher" else min(figures)
    return judge_point(worst, bound, show, runs=len(figures))


def find_figure(figures: Mapping[str, float], name: str) -> float:
    """The figure of an aggregate. Raises UnusableSource with what there is: no neighbouring percentile stands in."""
    same = {"median": "p50", "p50": "median"}
    value = figures.get(name, figures.get(same.get(name, name)))
    if value is None:
        raise UnusableSource("unsuitable", f"the source has no {name}; it has {', '.join(sorted(figures))}")
    return value
