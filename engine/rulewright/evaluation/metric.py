"""What a suite measured, and its JSON: an event of kind `measurement`, as gates read it.

A metric `NAME` gives `NAME` with a value per unit, and `NAME_lower` and `NAME_upper` with the 95 % bounds of their
mean; `NAME_p95_upper` and the like for other aggregates. A gate takes the bound on the bad side, so that too few units
fail rather than pass. Where several suites measure the same, the worst of them counts: `min` of lower bounds, `max`
of upper ones.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from rulewright.evaluation.confidence_bounds import compute_bounds
from rulewright.measurements.statistics import aggregate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

DIGITS: Final = 6
SOURCE: Final = "rulewright model evaluate"
SuiteStatus = Literal["measured", "skipped", "failed"]


class Metric(NamedTuple):
    """Values of one thing that was measured. `per`: the unit that bounds are about, such as `issue`.

    `share`: the values lie between 0 and 1, and the figure is their mean. `of`: the figure is a function of units
    that are no numbers (F1); `units` holds them, and `values` the one figure.
    """

    name: str
    values: tuple[float, ...]
    per: str
    aggregates: tuple[str, ...] = ("mean",)
    unit: str = ""
    """`ratio` where nothing is said."""
    share: bool = False
    of: Callable[[Sequence[Any]], float | None] | None = None
    units: tuple[Any, ...] = ()


class MetricFigure(NamedTuple):
    """One number with its bounds, out of `n` units."""

    name: str
    value: float
    lower: float
    upper: float
    n: int
    per: str
    aggregate: str
    unit: str


class SuiteResult(NamedTuple):
    """What came of one suite. `about`: what it was measured with, as plain JSON; `missing`: metric → why it is not
    among the figures."""

    name: str
    kind: str
    status: SuiteStatus
    metrics: tuple[Metric, ...] = ()
    reason: str = ""
    hint: str = ""
    missing: Mapping[str, str] = {}
    about: Mapping[str, Any] = {}


def compute_metric_figures(metric: Metric) -> tuple[MetricFigure, ...]:
    """One figure for each aggregate; that of a mean has the metric's name. Raises ValueError without a value."""
    if metric.of is not None:
        return (_compute_figure(metric, metric.name, metric.values[0], metric.units, metric.of, ""),)
    out = []
    for name in metric.aggregates:
        of = partial(aggregate, name)
        shown = metric.name if name == "mean" else f"{metric.name}_{name}"
        out.append(_compute_figure(metric, shown, of(metric.values), metric.values, of, name))
    return tuple(out)


def _compute_figure(
    metric: Metric,
    name: str,
    value: float,
    units: Sequence[Any],
    of: Callable[[Sequence[Any]], float | None],
    by: str,
) -> MetricFigure:
    low, high = compute_bounds(units, of, share=metric.share)
    least, most = round(min(low, value), DIGITS), round(max(high, value), DIGITS)
    return MetricFigure(name, round(value, DIGITS), least, most, len(units), metric.per, by, _unit(metric))


def _unit(metric: Metric) -> str:
    return metric.unit or "ratio"


def build_measurement(
    results: Sequence[SuiteResult], run: Mapping[str, Any], model: Mapping[str, Any]
) -> dict[str, Any]:
    """The measurement event: `measurements` for gates; `suites` and `model` for readers.

    A suite that was skipped or that failed leaves no measurement behind, so that a gate has no data of it.
    """
    measurements: list[dict[str, Any]] = []
    suites = []
    for result in results:
        about: list[MetricFigure] = []
        for metric in result.metrics:
            of_metric = compute_metric_figures(metric)
            measurements += _measurement_entries(metric, of_metric, result)
            about += of_metric
        told: dict[str, Any] = {"name": result.name, "suite": result.kind, "status": result.status}
        told |= {key: value for key, value in (("reason", result.reason), ("hint", result.hint)) if value}
        told |= dict(result.about)
        told["figures"] = [one._asdict() for one in about]
        if result.missing:
            told["not_measured"] = dict(result.missing)
        suites.append(told)
    return {"measurements": measurements, "run": dict(run), "model": dict(model), "suites": suites}


def _measurement_entries(
    metric: Metric, found: Sequence[MetricFigure], result: SuiteResult
) -> Iterator[dict[str, Any]]:
    shared: dict[str, Any] = {"unit": _unit(metric)}
    shared |= {"labels": {"suite": result.name, "per": metric.per, "n": found[0].n}, "source": SOURCE}
    yield {"metric": metric.name, "values": [round(value, DIGITS) for value in metric.values], **shared}
    for one in found:
        yield {"metric": f"{one.name}_lower", "value": one.lower, **shared}
        yield {"metric": f"{one.name}_upper", "value": one.upper, **shared}
