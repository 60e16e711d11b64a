"""The sample of one objective: its source read, the runs of several files joined, age and commit checked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.facts.measure.files import hash_files, read_source_files
from rulewright.facts.measure.record_files import parse_records
from rulewright.measurements.queried.table import QUERIERS
from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.measurements.readers.table import READERS
from rulewright.measurements.records import sample_of_records, select_records
from rulewright.measurements.sample import Problem, Run, Sample, SourceRecord
from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.quantity import format_duration, parse_duration, parse_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rulewright.facts.measure.files import SourceFile
    from rulewright.policy.json_types import Json, JsonObject

_DETAILS: Final = ("select", "delimiter", "runs", "max_age", "independent")
"""Keys of a source beside its kind."""
CLOCK_SKEW: Final = 300.0
"""Seconds by which the clock of a measuring machine may be ahead."""
FEWEST_DIGITS: Final = 7
"""Of a commit's hash: fewer name no commit."""


class MeasuringContext(NamedTuple):
    """What samples are read with.

    `folder`: paths are relative to it. `now`: ISO 8601. `commit`: the hash of what is judged, "" where nobody says.
    `records`: what `measurement` names are looked up in; `record_problem`: why they are not all there, "" where they
    are. `baseline`: a file that replaces the baselines of the policies, "" for none. `query`: asks a live server
    (`prometheus`, `mlflow`); None where none may be asked.
    """

    folder: str
    now: str
    commit: str = ""
    records: Sequence[JsonObject] = ()
    record_problem: str = ""
    baseline: str = ""
    query: Callable[[str, Mapping[str, Json], Selection], Reading | None] | None = None


def read_sample(objective: str, measured: Mapping[str, Any], context: MeasuringContext) -> Sample:
    """The sample of an objective, with its baseline where that is a file. What is wrong becomes its problem.

    `measured` is `{"source", "aggregate", "direction"?, "pair_by"?, "baseline"?}` of the policy
    (`ObjectiveNode.measured`).
    """
    source: Mapping[str, Json] = measured["source"]
    selection = Selection(
        select=as_text(source.get("select")) or "",
        aggregate=str(measured.get("aggregate", "mean")),
        arguments=source,
        pair_by=as_text(measured.get("pair_by")) or "",
        direction=as_text(measured.get("direction")) or "lower",
        window=as_text(measured.get("window")) or "",
    )
    kind = source_kind(source)
    try:
        sample = _read(objective, kind, source[kind], selection, context)
        _check_time(sample, source, context)
        _check_commit(sample, context)
    except UnusableSource as error:
        record = SourceRecord(kind, _shown_path(source[kind]))
        return Sample(source=record, problem=Problem(error.code, error.reason))
    path = as_text((as_object(measured.get("baseline")) or {}).get("file"))
    if context.baseline and "baseline" in measured:
        path = context.baseline
    if path is None or sample.problem is not None:
        return sample
    return replace(sample, baseline=_read_baseline(path, objective, kind, selection, context, sample))


def source_kind(source: Mapping[str, Json]) -> str:
    """The kind of a source: the key that is no detail."""
    return next(key for key in source if key not in _DETAILS)


def _read(objective: str, kind: str, where: Json, selection: Selection, context: MeasuringContext) -> Sample:
    if kind == "measurement":
        return _read_records(objective, str(where), selection, context)
    if context.query is not None and kind in QUERIERS:
        reading = context.query(kind, selection.arguments, selection)
        if reading is not None:
            return _sample_of(
                [reading], SourceRecord(kind, _shown_path(where), "", reading.warnings), selection
            )
    path = _path_of(kind, where)
    if path is None:
        raise UnusableSource("no_source", f"`{kind}` asks a server, and none may be asked here")
    files = read_source_files(path, context.folder)
    if not files:
        raise UnusableSource("no_source", f"there is no file {path}")
    readings = [_read_file(file, kind, selection) for file in files]
    warnings = tuple(dict.fromkeys(text for reading in readings for text in reading.warnings))
    return _sample_of(readings, SourceRecord(kind, path, hash_files(files), warnings), selection)


def _path_of(kind: str, where: Json) -> str | None:
    """The file or glob of a source; None for one that only a server answers."""
    details = as_object(where)
    if details is None:
        return str(where) if kind != "prometheus" else None
    return next(
        (path for name in ("response", "file", "store") if (path := as_text(details.get(name)))), None
    )


def _shown_path(where: Json) -> str:
    if isinstance(where, str):
        return where
    details = as_object(where) or {}
    shown = (as_text(details.get(name)) for name in ("response", "file", "store", "host", "query"))
    return next((text for text in shown if text), "")


def _read_file(file: SourceFile, kind: str, selection: Selection) -> Reading:
    try:
        reading: Reading = READERS[kind](file.data, selection)
    except UnusableSource as error:
        raise UnusableSource(error.code, f"{file.path}: {error.reason}") from None
    return reading


def _sample_of(readings: Sequence[Reading], record: SourceRecord, selection: Selection) -> Sample:
    """One sample of the readings of all files. Raises UnusableSource where they do not belong together."""
    first = readings[0]
    for name in ("unit", "commit"):
        texts = sorted({getattr(reading, name) for reading in readings})
        if len(texts) > 1:
            named = ", ".join(text or "none" for text in texts)
            raise UnusableSource("ambiguous", f"{record.path}: the files differ in their {name}: {named}")
    runs = [run._replace(time=run.time or reading.time) for reading in readings for run in reading.runs]
    if selection.arguments.get("independent") is True:
        runs = [run._replace(values=(value,)) for run in runs for value in run.values] or runs
    machines = [reading.machine for reading in readings if reading.machine != first.machine]
    if machines:
        warning = f"{len(machines) + 1} files were measured on different machines"
        record = record._replace(warnings=(*record.warnings, warning))
    return Sample(
        runs=tuple(sorted(runs, key=lambda run: run.time)),
        unit=first.unit,
        time=max(reading.time for reading in readings),
        commit=first.commit,
        machine=first.machine,
        tool=first.tool,
        is_paired=first.is_paired,
        source=record,
    )


def _read_records(objective: str, name: str, selection: Selection, context: MeasuringContext) -> Sample:
    if context.record_problem:
        raise UnusableSource("unreadable", context.record_problem)
    names = (objective, name, *((selection.select,) if selection.select else ()))
    sample = sample_of_records(select_records(context.records, names))
    if sample is None:
        known = sorted({text for record in context.records if (text := as_text(record.get("metric")))})
        there = f"; there are {', '.join(known[:10])}" if known else ""
        raise UnusableSource("no_source", f"no measurement is named {name}{there}")
    if selection.arguments.get("independent") is True:
        return split_runs(sample)
    return sample


def split_runs(sample: Sample) -> Sample:
    """The sample with every value as a run of its own, on both sides."""
    runs = tuple(
        Run(values=(value,), id=run.id, time=run.time) for run in sample.runs for value in run.values
    )
    base = None if sample.baseline is None else split_runs(sample.baseline)
    return replace(sample, runs=runs or sample.runs, baseline=base)


def _read_baseline(
    path: str, objective: str, kind: str, selection: Selection, context: MeasuringContext, sample: Sample
) -> Sample:
    """The baseline in a file, which is read as the source is."""
    where: Json = path
    if kind in ("prometheus", "mlflow"):
        where = {"response": path}
    record = SourceRecord(kind, path)
    context = context._replace(query=None)
    try:
        if kind == "measurement":
            where = selection.arguments[kind]
            context = context._replace(records=_baseline_records(path, context))
        found = _read(objective, kind, where, selection, context)
    except UnusableSource as error:
        code = "no_baseline" if error.code == "no_source" else "bad_baseline"
        return Sample(source=record, problem=Problem(code, error.reason))
    if sample.source is not None and found.source is not None and found.source.sha256 == sample.source.sha256:
        reason = f"{path} is the measurement itself"
        return Sample(source=record, problem=Problem("same_as_baseline", reason))
    return found


def _baseline_records(path: str, context: MeasuringContext) -> list[JsonObject]:
    files = read_source_files(path, context.folder)
    if not files:
        raise UnusableSource("no_source", f"there is no file {path}")
    return [record for file in files for record in parse_records(file)]


def _check_time(sample: Sample, source: Mapping[str, Json], context: MeasuringContext) -> None:
    """Raises UnusableSource for a measurement that is older than `max_age`, or whose age nobody tells."""
    written = as_text(source.get("max_age"))
    if written is None:
        return
    measured, now = parse_moment(sample.time) if sample.time else None, parse_moment(context.now)
    if measured is None or now is None:
        raise UnusableSource("no_time", f"`max_age: {written}` is set, and the source tells no time")
    age = now - measured
    if age < -CLOCK_SKEW:
        raise UnusableSource("stale", f"measured at {sample.time}, which is after {context.now}")
    if age > parse_duration(written):
        raise UnusableSource("stale", f"measured {format_duration(age)} ago; `max_age` is {written}")


def _check_commit(sample: Sample, context: MeasuringContext) -> None:
    """Raises UnusableSource for a measurement of another commit. Either hash may be cut short."""
    asked, found = context.commit.lower(), sample.commit.lower()
    if not asked or not found:
        return
    length = min(len(asked), len(found))
    if length < FEWEST_DIGITS or asked[:length] != found[:length]:
        raise UnusableSource("other_commit", f"measured at {found[:12]}, and {asked[:12]} is judged")


def read_samples(
    objectives: Iterable[tuple[str, Mapping[str, Any]]], context: MeasuringContext
) -> dict[str, Sample]:
    """Objective → sample, of several objectives."""
    return {name: read_sample(name, measured, context) for name, measured in objectives}
