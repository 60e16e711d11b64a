"""k6: the summary at the end of a test, in its three shapes, which are told apart by their structure.

| shape | written by |
|---|---|
| `results.metrics`, a list of `{name, type, contains, values}` | `--new-machine-readable-summary` (since 1.5) |
| `metrics.NAME.values` | `handleSummary(data)` |
| `metrics.NAME`, with the figures themselves | `--summary-export` |

They were written down from the source of k6 2.2 (`internal/lib/summary`, `internal/js/summary-wrapper.js`), not
recorded.

`select` is the name of a metric (`http_req_duration`, `http_req_duration{expected_response:true}`). All shapes are
summaries without raw values; metrics of type `rate` are counts. What counts as bad: events of `http_req_failed` and
`checks_failed`, the other events of `checks` and `checks_succeeded`, and for a script's own rates the events that the
objective wants fewer of. The booleans of thresholds are never read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.measurements.readers.json_text import parse_json_object
from rulewright.measurements.readers.moments import read_time
from rulewright.measurements.readers.numbers import read_count, read_number
from rulewright.measurements.readers.series import (
    check_figure,
    check_order,
    choose_name,
    refuse_all_failed,
    refuse_expressions,
)
from rulewright.measurements.sample import Count, Run
from rulewright.policy.json_types import as_array, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.json_types import Json, JsonObject

_TOOL: Final = "k6"
_FAILED: Final = "http_req_failed"
_BAD_RATES: Final = frozenset({_FAILED, "checks_failed"})
_GOOD_RATES: Final = frozenset({"checks", "checks_succeeded"})
_UNITS: Final = {"time": "ms", "data": "B", "default": ""}
"""What a metric `contains` → the unit of its figures; the option `summaryTimeUnit` is for the terminal alone."""
_TIMES: Final = re.compile(
    r"(?:http_req_(?:blocked|connecting|tls_handshaking|sending|waiting|receiving|duration)"
    r"|(?:iteration|group)_duration|grpc_req_duration|ws_(?:connecting|ping|session_duration))(?:\{.*\})?"
)
"""The metrics of k6 itself that are times: `--summary-export` does not tell what a metric contains."""
_NAMES: Final = {
    "avg": ("mean",),
    "med": ("median", "p50"),
    "min": ("min",),
    "max": ("max",),
    "count": ("count",),
}
_PERCENTILE: Final = re.compile(r"p\(([0-9]{1,2}(?:\.[0-9]+)?)\)")


class _Metric(NamedTuple):
    """`kind`: `trend`, `rate`, `counter` or `gauge`. `place`: of its figures in the file."""

    kind: str
    unit: str
    values: Mapping[str, Json]
    place: str


def read_k6(data: bytes, selection: Selection) -> Reading:
    """The figures, or the counts, of one metric. Raises UnusableSource."""
    refuse_expressions(selection, _TOOL)
    document = parse_json_object(data, _TOOL)
    metrics = _list_metrics(document)
    select = selection.select
    if select == "checks" and select not in metrics and "checks_succeeded" in metrics:
        select = "checks_succeeded"
    name = choose_name(select, [*metrics], "metric")
    metric = metrics[name]
    about = as_object(document.get("metadata")) or {}
    time, warnings = read_time(about.get("generatedAt"))
    version = as_text(about.get("k6Version"))
    tool = f"{_TOOL} {version}" if version else _TOOL
    reading = Reading(runs=(), unit=metric.unit, time=time, tool=tool, warnings=warnings)
    if metric.kind == "rate":
        true, total = _read_events(metric)
        if total == 0:
            raise UnusableSource("empty", f"{metric.place}: no events")
        base = name.split("{", 1)[0]
        is_good = base in _GOOD_RATES or (base not in _BAD_RATES and selection.direction == "higher")
        return reading._replace(
            runs=(Run(events=Count(total - true if is_good else true, total), time=time),)
        )
    figures = _read_figures(metric)
    failed, about_failed = _read_failed(metrics, name)
    check_figure(figures, selection.aggregate, _TOOL)
    run = Run(figures=figures, failed=failed, time=time)
    return reading._replace(runs=(run,), warnings=(*warnings, *about_failed))


def _list_metrics(document: JsonObject) -> dict[str, _Metric]:
    """All metrics by name, whatever the shape of the document."""
    results = as_object(document.get("results"))
    if results is not None:
        return _list_machine_readable(results)
    by_name = as_object(document.get("metrics"))
    if by_name is None:
        raise UnusableSource("unreadable", "it has neither `results` nor `metrics`, so k6 did not write it")
    metrics: dict[str, _Metric] = {}
    for name, raw in by_name.items():
        fields = as_object(raw)
        if fields is None:
            raise UnusableSource("unreadable", f"metrics.{name} is no object")
        values = as_object(fields.get("values"))
        if values is None:
            unit = "ms" if _TIMES.fullmatch(name) else ""
            metrics[name] = _Metric(_guess_kind(fields), unit, fields, f"metrics.{name}")
        else:
            metrics[name] = _describe_metric(fields, values, f"metrics.{name}")
    return metrics


def _list_machine_readable(results: JsonObject) -> dict[str, _Metric]:
    listed = as_array(results.get("metrics"))
    if listed is None:
        raise UnusableSource("unreadable", "`results` has no list `metrics`, so k6 did not write it")
    checks = as_array((as_object(results.get("checks")) or {}).get("metrics")) or []
    metrics: dict[str, _Metric] = {}
    for group, items in (("results.metrics", listed), ("results.checks.metrics", checks)):
        for position, raw in enumerate(items):
            fields = as_object(raw) or {}
            name, values = as_text(fields.get("name")), as_object(fields.get("values"))
            place = f"{group}[{position}]"
            if name is None or values is None:
                raise UnusableSource("unreadable", f"{place} has no `name` or no `values`")
            if name in metrics:
                raise UnusableSource("ambiguous", f"{place}: the metric `{name}` occurs twice")
            metrics[name] = _describe_metric(fields, values, place)
    return metrics


def _describe_metric(fields: JsonObject, values: JsonObject, place: str) -> _Metric:
    """A metric that tells its own type and what it contains. Raises UnusableSource (`unreadable`)."""
    unit = _UNITS.get(as_text(fields.get("contains")) or "")
    if unit is None:
        raise UnusableSource("unreadable", f"{place}.contains is none of {', '.join(_UNITS)}")
    return _Metric(as_text(fields.get("type")) or "", unit, values, f"{place}.values")


def _guess_kind(values: Mapping[str, Json]) -> str:
    """The type of a metric of `--summary-export`, which is told by its figures alone."""
    if "passes" in values or "fails" in values:
        return "rate"
    if "avg" in values or "med" in values or any(map(_PERCENTILE.fullmatch, values)):
        return "trend"
    return "gauge" if "value" in values else "counter"


def _read_events(metric: _Metric) -> tuple[int, int]:
    """How many events of a rate were true, and how many there were."""
    values, place = metric.values, metric.place
    if "matches" in values or "total" in values:
        true = read_count(values.get("matches"), f"{place}.matches")
        total = read_count(values.get("total"), f"{place}.total")
    else:
        true = read_count(values.get("passes"), f"{place}.passes")
        total = true + read_count(values.get("fails"), f"{place}.fails")
    share = values.get("rate", values.get("value"))
    told = read_number(share, f"{place}.rate")
    if true > total or (total and abs(told - true / total) > 1e-6):
        raise UnusableSource("unreadable", f"{place}: {true} of {total} events contradict the rate {told:g}")
    return true, total


def _read_figures(metric: _Metric) -> dict[str, float]:
    """Aggregate → number. Raises UnusableSource (`empty`) for a trend without samples, of which k6 writes zeros."""
    if metric.kind not in ("trend", "counter", "gauge"):
        raise UnusableSource("unreadable", f"{metric.place}: `{metric.kind}` is no type of k6's metrics")
    figures: dict[str, float] = {}
    for member, value in metric.values.items():
        percentile = _PERCENTILE.fullmatch(member)
        if percentile is not None:
            figures[f"p{float(percentile[1]):g}"] = read_number(value, f"{metric.place}.{member}")
        for name in _NAMES.get(member, ()):
            figures[name] = read_number(value, f"{metric.place}.{member}")
    if metric.kind == "counter":
        figures["sum"] = read_number(metric.values.get("count"), f"{metric.place}.count")
        return figures
    if metric.kind == "gauge":
        return figures | {"last": read_number(metric.values.get("value"), f"{metric.place}.value")}
    if not figures:
        raise UnusableSource("empty", f"{metric.place} has no figures")
    if figures.get("count") == 0 or not any(figures.values()):
        raise UnusableSource("empty", f"{metric.place} has zeros alone: nothing was measured")
    check_order(figures, metric.place)
    return figures


def _read_failed(metrics: Mapping[str, _Metric], name: str) -> tuple[int, tuple[str, ...]]:
    """The failed requests, for metrics of HTTP requests, and a warning about them. Raises UnusableSource
    (`all_failed`)."""
    if not name.startswith("http_req_"):
        return 0, ()
    if _FAILED not in metrics:
        return 0, (f"it has no `{_FAILED}`: how many requests failed is unknown",)
    failed, total = _read_events(metrics[_FAILED])
    refuse_all_failed(failed, total)
    if not failed:
        return 0, ()
    told = f"{failed} of {total} requests failed"
    if "expected_response:true" not in name:
        told += "; they are in the figures (not in those tagged `expected_response:true`)"
    return failed, (told,)
