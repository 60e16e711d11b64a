"""The records of a session: what all tests measured, by metric and run.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING

from rulewright.measurements.records import build_record
from rulewright.measurements.units import convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rulewright.policy.json_types import Json, JsonObject
    from rulewright_pytest.measured_series import MeasuredSeries, MeasuredTest


def build_session_records(
    measurements: Iterable[MeasuredTest],
    *,
    commit: str = "",
    machine: Mapping[str, Json] | None = None,
    tool: str = "",
) -> list[JsonObject]:
    """One record for each metric and run, sorted by both. Tests of the same run add their values in order of time.

    A benchmark of pytest-benchmark is named after its test; where two tests share a name, after the ids of the tests.
    Values in another unit than the first are converted; those that cannot be are a record of their own.
    """
    ordered = sorted(measurements, key=lambda measurement: measurement["start"])
    shared = _shared_names(ordered)
    grouped: dict[tuple[str, int], list[tuple[float, MeasuredSeries]]] = defaultdict(list)
    for measurement in ordered:
        for series in measurement["series"]:
            metric = series["test"] if series["test"] and series["metric"] in shared else series["metric"]
            grouped[metric, measurement["run"]].append((measurement["start"], series))
    units = {metric: grouped[metric, run][0][1]["unit"] for metric, run in sorted(grouped, reverse=True)}
    return [
        build_record(metric, members, unit=unit, commit=commit, machine=machine, tool=tool)
        for metric, run in sorted(grouped)
        for unit, members in _build_runs(grouped[metric, run], units[metric], run)
    ]


def _shared_names(measurements: Sequence[MeasuredTest]) -> set[str]:
    """The names that more than one test or metric has."""
    tests: dict[str, set[str]] = defaultdict(set)
    for measurement in measurements:
        for series in measurement["series"]:
            tests[series["metric"]].add(series["test"])
    return {name for name, ids in tests.items() if len(ids) > 1}


def _build_runs(
    parts: Sequence[tuple[float, MeasuredSeries]], unit: str, run: int
) -> Iterable[tuple[str, JsonObject]]:
    """The unit and the members of a run, for each record that the parts give: one, as long as the parts agree."""
    values: dict[str, list[Json]] = {}
    failed: dict[str, int] = defaultdict(int)
    place: JsonObject = {"id": str(run), "time": format_instant(parts[0][0])}
    for _, series in parts:
        own = series["unit"]
        if series["mean"] is not None:
            yield own, {"figures": {"mean": series["mean"]}, **place}
            continue
        factor = 1.0 if own == unit else convert(1.0, own, unit)
        shown = own if factor is None else unit
        failed[shown] += series["failed"]
        values.setdefault(shown, []).extend(
            _finite(value if own == shown else convert(value, own, shown)) for value in series["values"]
        )
    for shown, members in values.items():
        failures: JsonObject = {"failed": failed[shown]} if failed[shown] else {}
        yield shown, {"values": members, **failures, **place}


def _finite(value: float | None) -> float | None:
    """The value, or None: JSON has no word for what is not finite."""
    return value if value is not None and isfinite(value) else None


def format_instant(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC, with microseconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
