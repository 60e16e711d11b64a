"""Measurement records: one run of one metric, as probes, the pytest plugin and `measurement` events write them.

A file of records is JSON Lines: one record on each line. A `measurement` event holds them as a list:
`{"measurements": [records], "run": {"id", "sha", "at", "machine", "tool"}}`; what `run` says holds for every record
that does not say it itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.readers.moments import read_time
from rulewright.measurements.run_units import scale_run
from rulewright.measurements.sample import Problem, Run, Sample
from rulewright.measurements.sample_json import read_looks, read_source, sample_from_json
from rulewright.measurements.units import convert
from rulewright.policy.json_types import as_array, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rulewright.policy.json_types import Json, JsonObject

BASE: Final = "base"
"""`side` of a record that was measured of the revision to compare with."""


def build_record(
    metric: str,
    run: Mapping[str, Json],
    *,
    unit: str = "",
    commit: str = "",
    machine: Mapping[str, Json] | None = None,
    tool: str = "",
    side: str = "",
    looks: int = 1,
) -> JsonObject:
    """A record: `{"metric", "unit"?, "sha"?, "machine"?, "tool"?, "side"?, "looks"?}` and the members of a run in the
    form of `sample_json` (`values`, `events`, `figures`, `cases`, `errored`, `failed`, `id`, `time`).

    `side` is `base` for what was measured beside it, of the revision to compare with. `looks`: as of `Sample`.
    """
    out: JsonObject = {"metric": metric}
    texts = (("unit", unit), ("sha", commit), ("tool", tool), ("side", side))
    out |= {name: text for name, text in texts if text}
    if looks > 1:
        out["looks"] = looks
    return out | ({"machine": dict(machine)} if machine else {}) | dict(run)


def read_event_records(event: Mapping[str, Json]) -> list[JsonObject]:
    """The records of a `measurement` event, each with what its `run` says.

    Raises UnusableSource for an entry that names neither a metric nor an objective: whose value it is cannot be told.
    """
    run = as_object(event.get("run")) or {}
    shared = {name: run[name] for name in ("sha", "machine", "tool") if run.get(name) is not None}
    if run.get("at") is not None:
        shared["time"] = run["at"]
    ident = run.get("id")
    if isinstance(ident, str | int):
        shared["id"] = str(ident)
    records: list[JsonObject] = []
    for number, entry in enumerate(as_array(event.get("measurements")) or []):
        record = as_object(entry)
        if record is None or not any(isinstance(record.get(name), str) for name in ("metric", "objective")):
            raise UnusableSource("unreadable", f"measurements[{number}] names no `metric`")
        records.append({**shared, **record})
    return records


def select_records(records: Iterable[JsonObject], names: Sequence[str]) -> list[JsonObject]:
    """The records of an objective: those that name it (`objective`), else those of one metric. `names` are the
    objective's name and then the metrics that its source may mean, of which the first that was measured counts; a
    metric with the name of the objective counts where there is none of these."""
    listed = list(records)
    found = [record for record in listed if record.get("objective") == names[0]]
    for name in (*names[1:], names[0]):
        found = found or [
            record for record in listed if record.get("objective") is None and record.get("metric") == name
        ]
    return found


def record_time(record: Mapping[str, Json]) -> str:
    """The time of a record (ISO 8601, UTC); "" where it tells none, or one without a zone, whose age is not known."""
    return read_time(record.get("time"))[0]


def sample_of_records(records: Sequence[JsonObject]) -> Sample | None:
    """The sample of one metric: each record is a run; those of the other side are its baseline, paired. None where
    there is no record. Values in another unit than that of the first record are converted."""
    own = [record for record in records if record.get("side") != BASE]
    base = [record for record in records if record.get("side") == BASE]
    if not own:
        return None
    sample = _join(own, own[0].get("unit"))
    if not base:
        return sample
    return replace(sample, is_paired=True, baseline=_join(base, own[0].get("unit")))


def _join(records: Sequence[JsonObject], unit: Json) -> Sample:
    first = records[0]
    runs: list[Run] = []
    problem = None
    for record in records:
        one = sample_from_json(record)
        timed = (run._replace(time=record_time(record)) for run in one.runs)
        try:
            runs += _in_unit(tuple(timed), record.get("unit"), unit)
        except UnusableSource as error:
            problem = problem or Problem(error.code, error.reason)
        problem = problem or one.problem
    commits = sorted({as_text(record.get("sha")) or "" for record in records})
    if len(commits) > 1 and problem is None:
        problem = Problem("ambiguous", f"the records are of several commits: {', '.join(commits)}")
    return Sample(
        runs=() if problem else tuple(sorted(runs, key=lambda run: run.time)),
        unit=as_text(unit) or "",
        time=max(map(record_time, records)),
        commit=commits[0],
        machine=as_object(first.get("machine")) or {},
        tool=as_text(first.get("tool")) or "",
        looks=max(read_looks(record.get("looks")) for record in records),
        source=read_source(first.get("source")),
        problem=problem,
    )


def _in_unit(runs: Iterable[Run], own: Json, unit: Json) -> tuple[Run, ...]:
    """The runs of a record in `unit`. Raises UnusableSource for units that have nothing in common."""
    if own == unit:
        return tuple(runs)
    if not isinstance(own, str) or not isinstance(unit, str) or convert(1.0, own, unit) is None:
        shown = (f"`{text[:20]}`" if isinstance(text, str) else "no unit" for text in (own, unit))
        raise UnusableSource("unit", f"the records are in {' and in '.join(shown)}")

    def scale(value: float) -> float:
        return convert(value, own, unit) or 0.0

    return tuple(scale_run(run, scale) for run in runs)
