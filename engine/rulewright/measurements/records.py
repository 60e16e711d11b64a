"""Measurement records: one run of one metric, as probes, the pytest plugin and `measurement` events write them.

A file of records is JSON Lines: one record on each line. A `measurement` event holds them as a list:
`{"measurements": [records], "run": {"id", "sha", "at", "machine", "tool"}}`; what `run` says holds for every record
that does not say it itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rulewright.measurements.sample import Problem, Run, Sample
from rulewright.measurements.sample_json import read_looks, read_source, sample_from_json
from rulewright.measurements.units import convert
from rulewright.policy.json_types import as_object, as_objects, as_text

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
    """The records of a `measurement` event, each with what its `run` says."""
    run = as_object(event.get("run")) or {}
    shared = {name: run[name] for name in ("sha", "machine", "tool") if run.get(name) is not None}
    if run.get("at") is not None:
        shared["time"] = run["at"]
    ident = run.get("id")
    if isinstance(ident, str | int):
        shared["id"] = str(ident)
    return [{**shared, **record} for record in as_objects(event.get("measurements"))]


def select_records(records: Iterable[JsonObject], names: Sequence[str]) -> list[JsonObject]:
    """The records of an objective: those that name it (`objective`), else those of its metrics. `names` are the
    objective's name and then the metrics that its source may mean."""
    listed = list(records)
    mine = [record for record in listed if record.get("objective") == names[0]]
    return mine or [
        record for record in listed if record.get("objective") is None and record.get("metric") in names
    ]


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
        one = sample_from_json({**_convert(record, unit), "unit": unit})
        problem = problem or one.problem
        runs += one.runs
    commits = sorted({as_text(record.get("sha")) or "" for record in records})
    if len(commits) > 1 and problem is None:
        problem = Problem("ambiguous", f"the records are of several commits: {', '.join(commits)}")
    return Sample(
        runs=() if problem else tuple(sorted(runs, key=lambda run: run.time)),
        unit=as_text(unit) or "",
        time=max(as_text(record.get("time")) or "" for record in records),
        commit=commits[0],
        machine=as_object(first.get("machine")) or {},
        tool=as_text(first.get("tool")) or "",
        looks=max(read_looks(record.get("looks")) for record in records),
        source=read_source(first.get("source")),
        problem=problem,
    )


def _convert(record: JsonObject, unit: Json) -> JsonObject:
    """A record with its values in `unit`; what cannot be converted becomes a problem."""
    own = record.get("unit")
    if own == unit:
        return record
    raw = record.get("values", record.get("value"))
    values = raw if isinstance(raw, list) else [raw]
    if not isinstance(own, str) or not isinstance(unit, str) or convert(1.0, own, unit) is None:
        reason = f"the records are in `{own or 'no unit'}` and in `{unit or 'no unit'}`"
        return {"problem": {"code": "unit", "reason": reason}}
    converted: list[Json] = [
        convert(value, own, unit) if isinstance(value, int | float) and not isinstance(value, bool) else value
        for value in values
    ]
    return {**record, "values": converted}
