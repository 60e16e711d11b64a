"""The sample of one objective: its source read, the runs of several files joined, age and commit checked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.facts.measure.files import hash_files, read_source_files, shares_file
from rulewright.facts.measure.record_files import parse_records
from rulewright.measurements.queried.table import QUERIERS
from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.measurements.readers.table import READERS
from rulewright.measurements.records import BASE, record_time, sample_of_records, select_records
from rulewright.measurements.sample import Problem, Run, Sample, SourceRecord, shape_of
from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.quantity import CLOCK_SKEW, format_duration, parse_duration, parse_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rulewright.facts.measure.files import SourceFile
    from rulewright.policy.json_types import Json, JsonObject

_DETAILS: Final = ("select", "delimiter", "runs", "max_age", "independent")
"""Keys of a source beside its kind."""
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
        return _select_records(objective, selection, context)
    if context.query is not None and kind in QUERIERS:
        reading = context.query(kind, selection.arguments, selection)
        if reading is not None:
            _check_time(reading.time, selection, context)
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
    for file, reading in zip(files, readings, strict=True):
        _check_time(reading.time, selection, context, file.path if len(files) > 1 else "")
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
        runs = [part for run in runs for part in _split_run(run)]
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


def _select_records(objective: str, selection: Selection, context: MeasuringContext) -> Sample:
    if context.record_problem:
        raise UnusableSource("unreadable", context.record_problem)
    if "runs" in selection.arguments:
        raise UnusableSource("unsuitable", "a record is one run, so `runs` does not split it")
    records = select_records(context.records, _list_names(objective, selection))
    for record in (record for record in records if record.get("side") != BASE):
        _check_time(record_time(record), selection, context)
    sample = sample_of_records(records)
    if sample is None:
        known = sorted({text for record in context.records if (text := as_text(record.get("metric")))})
        there = f"; there are {', '.join(known[:10])}" if known else ""
        named = selection.arguments["measurement"]
        raise UnusableSource("no_source", f"no measurement is named {named}{there}")
    if selection.arguments.get("independent") is True:
        return split_runs(sample)
    return sample


def split_runs(sample: Sample) -> Sample:
    """The sample with every value as a run of its own, on both sides."""
    runs = tuple(part for run in sample.runs for part in _split_run(run))
    base = None if sample.baseline is None else split_runs(sample.baseline)
    return replace(sample, runs=runs, baseline=base)


def _split_run(run: Run) -> Iterator[Run]:
    """Every value of a run as a run of its own; the first one has the failed requests and the errored cases. Raises
    UnusableSource for a run that has no values to split."""
    if shape_of(run) not in ("values", ""):
        raise UnusableSource(
            "unsuitable", f"`independent: true` is of values, and the source gives {shape_of(run)}"
        )
    if not len(run.values):
        yield run
    for place, value in enumerate(run.values):
        part = run._replace(values=(value,), cases=run.cases[place : place + 1])
        yield part if place == 0 else part._replace(failed=0, errored=())


def _read_baseline(
    path: str, objective: str, kind: str, selection: Selection, context: MeasuringContext, sample: Sample
) -> Sample:
    """The baseline in a file, which is read as the source is."""
    where: Json = path
    if kind in QUERIERS:
        where = {"response": path}
    record = SourceRecord(kind, path)
    context = context._replace(query=None)
    # How old a baseline may be is not what `max_age` of the source says.
    arguments = {name: value for name, value in selection.arguments.items() if name != "max_age"}
    selection = selection._replace(arguments=arguments)
    try:
        if kind == "measurement":
            where = selection.arguments[kind]
            records = _read_records_of(path, context)
            is_same = _has_record_of(records, context.records, _list_names(objective, selection))
            context = context._replace(records=records)
        else:
            own = _path_of(kind, selection.arguments[kind])
            is_same = own is not None and shares_file(own, path, context.folder)
        if is_same:
            reason = f"{path} is the measurement itself, or a part of it"
            return Sample(source=record, problem=Problem("same_as_baseline", reason))
        found = _read(objective, kind, where, selection, context)
    except UnusableSource as error:
        code = "no_baseline" if error.code == "no_source" else "bad_baseline"
        return Sample(source=record, problem=Problem(code, error.reason))
    if sample.source is not None and found.source is not None and found.source.sha256 == sample.source.sha256:
        reason = f"{path} is the measurement itself"
        return Sample(source=record, problem=Problem("same_as_baseline", reason))
    # Records name what they were measured by, not the file that they are in.
    return replace(found, source=record if found.source is None else found.source._replace(path=path))


def _list_names(objective: str, selection: Selection) -> tuple[str, ...]:
    """The names under which a record of the objective may stand."""
    name = str(selection.arguments["measurement"])
    return (objective, name, *((selection.select,) if selection.select else ()))


def _has_record_of(
    baseline: Sequence[JsonObject], measured: Sequence[JsonObject], names: Sequence[str]
) -> bool:
    """Whether a baseline holds a record of the measurement. Records without a time, such as two counts of a whole
    suite, may be alike; they are the same where all of them are."""
    mine, before = select_records(measured, names), select_records(baseline, names)
    return bool(before) and (mine == before or any(one.get("time") and one in mine for one in before))


def _read_records_of(path: str, context: MeasuringContext) -> list[JsonObject]:
    files = read_source_files(path, context.folder)
    if not files:
        raise UnusableSource("no_source", f"there is no file {path}")
    return [record for file in files for record in parse_records(file)]


def _check_time(time: str, selection: Selection, context: MeasuringContext, path: str = "") -> None:
    """Raises UnusableSource for a measurement that is older than `max_age`, or whose age nobody tells. Of several files
    or records each counts. `path`: of the file, where there are several."""
    written = as_text(selection.arguments.get("max_age"))
    if written is None:
        return
    place = f"{path}: " if path else ""
    measured, now = parse_moment(time) if time else None, parse_moment(context.now)
    if measured is None or now is None:
        raise UnusableSource("no_time", f"{place}`max_age: {written}` is set, and the source tells no time")
    age = now - measured
    if age < -CLOCK_SKEW:
        raise UnusableSource("stale", f"{place}measured at {time}, which is after {context.now}")
    if age > parse_duration(written):
        raise UnusableSource("stale", f"{place}measured {format_duration(age)} ago; `max_age` is {written}")


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
