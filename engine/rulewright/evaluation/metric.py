"""Metrics of a suite, and their JSON: an event of kind `measurement`, as gates read it.

A metric `NAME` gives `NAME` with a value per unit, and `NAME_lower` and `NAME_upper` with the 95 % bounds of their
mean; `NAME_p95_upper` and the like for other aggregates. A gate judges a share by the values of its units, which are
independent of each other (`aggregate: rate`, `independent: true`), and a figure that is no mean of units (F1) by the
bound on the bad side, so that too few units never pass.

Suites of one metric are pooled: they ask about other units, because units come from the seed. The same values of the
same units are one measurement, however many suites hold them. `cases` names the units of a share as `SEED-NUMBER`, so
that two models that were asked about the same ones are compared unit by unit.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from rulewright.evaluation.confidence_bounds import compute_bounds
from rulewright.measurements.statistics import aggregate
from rulewright.models.task import TaskAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rulewright.models.task import TaskResult
    from rulewright.policy.json_types import Json, JsonObject

DIGITS: Final = 6
SOURCE: Final = "rulewright model evaluate"
SuiteStatus = Literal["measured", "skipped", "failed"]


class Metric(NamedTuple):
    """Values of one measured quantity. `per`: the unit of its bounds, such as `issue`.

    `share`: the values are between 0 and 1, and the figure is their mean. `of`: computes the figure from units that are
    no numbers (F1); `units` holds them, and `values` the one figure. `numbers`: those of the generated units that the
    values are of, where it is not all of them.
    """

    name: str
    values: tuple[float, ...]
    per: str
    aggregates: tuple[str, ...] = ("mean",)
    unit: str = "ratio"
    share: bool = False
    of: Callable[[Sequence[Any]], float | None] | None = None
    units: tuple[object, ...] = ()
    numbers: tuple[int, ...] = ()


class MetricFigure(NamedTuple):
    """One number with its bounds, from `n` units."""

    name: str
    value: float
    lower: float
    upper: float
    n: int
    per: str
    aggregate: str
    unit: str


class SuiteResult(NamedTuple):
    """The result of one suite. `about`: what it was measured with, as plain JSON; `missing`: metric → why it is not
    among the figures."""

    name: str
    kind: str
    status: SuiteStatus
    metrics: tuple[Metric, ...] = ()
    reason: str = ""
    hint: str = ""
    missing: Mapping[str, str] = {}
    about: Mapping[str, Json] = {}


class SuiteMetrics(NamedTuple):
    """What a suite measures on `data`, its generated texts. `missing` and `about` as of `SuiteResult`."""

    metrics: Sequence[Metric]
    data: object
    missing: Mapping[str, str] = {}
    about: Mapping[str, Json] = {}


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def decided_label(result: TaskResult) -> str | None:
    """The label of an answer; None for an abstention, which is a decision too."""
    return str(result.value) if isinstance(result, TaskAnswer) else None


def compute_metric_figures(metric: Metric) -> tuple[MetricFigure, ...]:
    """One figure for each aggregate; that of a mean has the metric's name. Raises ValueError without a value."""
    if metric.of is not None:
        return (_compute_figure(metric, "", metric.values[0], metric.units, metric.of),)
    return tuple(
        _compute_figure(metric, name, of(metric.values), metric.values, of)
        for name, of in ((name, partial(aggregate, name)) for name in metric.aggregates)
    )


def _compute_figure(
    metric: Metric,
    by: str,
    value: float,
    units: Sequence[object],
    of: Callable[[Sequence[Any]], float | None],
) -> MetricFigure:
    low, high = compute_bounds(units, of, share=metric.share)
    lower, upper = round(min(low, value), DIGITS), round(max(high, value), DIGITS)
    name = metric.name if by in ("", "mean") else f"{metric.name}_{by}"
    return MetricFigure(name, round(value, DIGITS), lower, upper, len(units), metric.per, by, metric.unit)


def build_measurement(
    results: Sequence[SuiteResult], run: Mapping[str, Json], model: Mapping[str, Json]
) -> JsonObject:
    """The measurement event: `measurements` for gates; `suites` and `model` for readers.

    A skipped or failed suite adds no measurement, so that a gate has no data of it.
    """
    measurements: list[Json] = []
    suites: list[Json] = []
    for result in results:
        figures: list[Json] = []
        for metric in result.metrics:
            of_metric = compute_metric_figures(metric)
            entries = _measurement_entries(metric, of_metric, result)
            measurements += [entry for entry in entries if not _is_measured(entry, measurements)]
            figures += [figure._asdict() for figure in of_metric]
        entry: JsonObject = {"name": result.name, "suite": result.kind, "status": result.status}
        entry |= {key: value for key, value in (("reason", result.reason), ("hint", result.hint)) if value}
        entry |= dict(result.about)
        entry["figures"] = figures
        if result.missing:
            entry["not_measured"] = dict(result.missing)
        suites.append(entry)
    return {"measurements": measurements, "run": dict(run), "model": dict(model), "suites": suites}


def _measurement_entries(
    metric: Metric, figures: Sequence[MetricFigure], result: SuiteResult
) -> Iterator[JsonObject]:
    labels: JsonObject = {"suite": result.name, "per": metric.per, "n": figures[0].n}
    shared: JsonObject = {"unit": metric.unit, "labels": labels, "source": SOURCE}
    values: list[Json] = [round(value, DIGITS) for value in metric.values]
    yield {"metric": metric.name, "values": values, **_name_cases(metric, result), **shared}
    for figure in figures:
        yield {"metric": f"{figure.name}_lower", "value": figure.lower, **shared}
        yield {"metric": f"{figure.name}_upper", "value": figure.upper, **shared}


def _name_cases(metric: Metric, result: SuiteResult) -> JsonObject:
    """The ids of a share's units: the same for every model that is asked with the same seed."""
    if not metric.share:
        return {}
    numbers = metric.numbers or range(len(metric.values))
    return {"cases": [f"{result.about.get('seed', 0)}-{number}" for number in numbers]}


def _is_measured(entry: JsonObject, measurements: Sequence[Json]) -> bool:
    """Whether another suite has the same values of the same cases."""
    same = ("metric", "values", "cases")
    return "cases" in entry and any(
        isinstance(other, dict) and all(other.get(name) == entry[name] for name in same)
        for other in measurements
    )
