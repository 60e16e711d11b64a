"""pytest-benchmark: the JSON of `--benchmark-json` and `--benchmark-save` (checked with 5.3.1).

`select` is a benchmark's `fullname` (`tests/test_chat.py::test_response[small]`), or its `name` where only one has
it. Values are seconds. Files of `--benchmark-save` hold raw values only with `--benchmark-save-data`; without them
the figures of `stats` are a summary, in which `p95` is not.
"""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING, Final, cast

from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.measurements.readers.json_text import parse_json_object
from rulewright.measurements.readers.moments import read_time
from rulewright.measurements.readers.numbers import read_count, read_number, read_values
from rulewright.measurements.readers.series import (
    check_figure,
    choose_name,
    refuse_expressions,
)
from rulewright.measurements.sample import Run
from rulewright.measurements.statistics import quantile_of
from rulewright.policy.json_types import as_array, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.json_types import Json, JsonObject

_TOOL: Final = "pytest-benchmark"
_FIGURES: Final = {
    "min": "min",
    "max": "max",
    "mean": "mean",
    "median": "median",
    "p50": "median",
    "sum": "total",
    "count": "rounds",
}
"""Aggregate → the member of `stats` that is it. Quartiles are left out: the tool computes them by another rule."""


def read_pytest_benchmark(data: bytes, selection: Selection) -> Reading:
    """The rounds of one benchmark, in seconds and in order of time. Raises UnusableSource."""
    refuse_expressions(selection, _TOOL)
    document = parse_json_object(data, _TOOL)
    position, benchmark = _choose_benchmark(document, selection.select)
    place = f"benchmarks[{position}].stats"
    stats = as_object(benchmark.get("stats"))
    if stats is None:
        raise UnusableSource("not_finite", f"{place} is missing")
    run, warnings = _read_run(stats, place, selection.aggregate)
    time, about_time = read_time(document.get("datetime"))
    commit, about_commit = _read_commit(as_object(document.get("commit_info")) or {})
    version = as_text(document.get("version"))
    return Reading(
        runs=(run._replace(time=time),),
        unit="s",
        time=time,
        commit=commit,
        machine=_read_machine(as_object(document.get("machine_info")) or {}),
        tool=f"{_TOOL} {version}" if version else _TOOL,
        warnings=(*warnings, *about_time, *about_commit),
    )


def _choose_benchmark(document: JsonObject, select: str) -> tuple[int, JsonObject]:
    """The benchmark that is meant, and its position."""
    listed = as_array(document.get("benchmarks"))
    if listed is None:
        raise UnusableSource(
            "unreadable", "it has no list `benchmarks`, so pytest-benchmark did not write it"
        )
    benchmarks = [item for item in listed if isinstance(item, dict)]
    if len(benchmarks) < len(listed):
        raise UnusableSource("unreadable", "`benchmarks` holds something that is no object")
    full_names = [as_text(item.get("fullname")) or as_text(item.get("name")) or "" for item in benchmarks]
    by_name = [place for place, item in enumerate(benchmarks) if item.get("name") == select]
    if select not in full_names and len(by_name) > 1:
        select_list = ", ".join(f"`{full_names[place]}`" for place in by_name[:24])
        raise UnusableSource("ambiguous", f"{len(by_name)} benchmarks are named `{select}`: {select_list}")
    if select not in full_names and by_name:
        return by_name[0], benchmarks[by_name[0]]
    position = full_names.index(choose_name(select, full_names, "benchmark"))
    return position, benchmarks[position]


def _read_run(stats: JsonObject, place: str, aggregate: str) -> tuple[Run, tuple[str, ...]]:
    rounds = read_count(stats.get("rounds"), f"{place}.rounds")
    iterations = read_count(stats.get("iterations", 1), f"{place}.iterations")
    if rounds == 0:
        raise UnusableSource("empty", f"{place}: no rounds")
    warnings = _warn_of_means(iterations, aggregate, place)
    raw = stats.get("data")
    if raw is None:
        figures = {
            name: read_number(stats.get(member), f"{place}.{member}") for name, member in _FIGURES.items()
        }
        check_figure(figures, aggregate, _TOOL)
        missing = "no raw values: the file was saved without --benchmark-save-data"
        return Run(figures=figures), (missing, *warnings)
    if not isinstance(raw, list):
        raise UnusableSource("unreadable", f"{place}.data is no list")
    values = read_values(raw, lambda position: f"{place}.data[{position}]")
    if len(values) != rounds:
        code = "not_finite" if len(values) < rounds else "unreadable"
        raise UnusableSource(code, f"{place}.data has {len(values)} values of {rounds} rounds")
    _check_against_figures(cast("list[float]", raw), stats, place)
    return Run(values=values), warnings


def _warn_of_means(iterations: int, aggregate: str, place: str) -> tuple[str, ...]:
    """A value of several iterations is the mean of so many calls: its percentiles are no latency of a call."""
    if iterations <= 1:
        return ()
    quantile = quantile_of(aggregate)
    if quantile is not None and quantile > 0.5:
        reason = f"{place}: each value is a mean of {iterations} calls, so its {aggregate} is no latency"
        raise UnusableSource("unsuitable", f"{reason}; measure with iterations=1 (`benchmark.pedantic`)")
    return (f"each value is a mean of {iterations} calls",)


def _check_against_figures(values: Sequence[float], stats: JsonObject, place: str) -> None:
    """Raise UnusableSource where `stats` contradicts the raw values: the file was changed, or is in another unit."""
    told = {"min": min(values), "max": max(values), "mean": sum(values) / len(values)}
    for name, computed in told.items():
        if name in stats and not isclose(
            read_number(stats[name], f"{place}.{name}"), computed, rel_tol=1e-6, abs_tol=1e-12
        ):
            reason = f"{place}.{name} contradicts `data`, whose {name} is {computed:.6g}: it was changed"
            raise UnusableSource("unreadable", reason)


def _read_commit(about: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    """The commit, and a warning when the files measured were not those of it."""
    commit = as_text(about.get("id")) or ""
    if commit in ("unversioned", "unknown"):
        return "", ()
    dirty = ("files had changed since the commit (`dirty`)",) if about.get("dirty") is True else ()
    return commit, dirty


def _read_machine(about: Mapping[str, Json]) -> JsonObject:
    cpu = as_object(about.get("cpu")) or {}
    machine: JsonObject = {}
    if isinstance(cpu.get("brand_raw"), str):
        machine["cpu"] = cpu["brand_raw"]
    if isinstance(cpu.get("count"), int):
        machine["cores"] = cpu["count"]
    return machine
