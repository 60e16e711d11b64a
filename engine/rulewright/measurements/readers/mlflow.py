"""MLflow: saved answers of its REST API, and what all its stores have in common.

`select` names a metric; a run of MLflow is a run, and its values are the metric's history, by step. Only runs that are
FINISHED and active count: the last of them, or all whose id or name is that of the policy's `run`, which may be a glob
(`night-*`). NaN is the text `"NaN"` there, and +∞ is 1.7976931348623157e308.

Answers: of `runs/search` and `runs/get`, which hold the last value of a metric, and of `metrics/get-history`. MLflow
3.17.2 was recorded.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import Reading, UnusableSource
from rulewright.measurements.readers.json_text import parse_json
from rulewright.measurements.readers.label_selectors import list_some
from rulewright.measurements.readers.numbers import read_values
from rulewright.measurements.sample import Run
from rulewright.policy.json_types import as_array, as_object, as_text
from rulewright.policy.quantity import format_moment

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Mapping, Sequence

    from rulewright.measurements.reader import Selection
    from rulewright.policy.json_types import Json

FINISHED: Final = "FINISHED"
ACTIVE: Final = "active"
COMMIT_TAG: Final = "mlflow.source.git.commit"
NAME_TAG: Final = "mlflow.runName"
SQLITE: Final = b"SQLite format 3\0"


class MetricPoint(NamedTuple):
    """A logged value. `value` as the store has it: a number, or a text such as `NaN`; None for NaN in SQLite. `time`:
    milliseconds since 1970."""

    step: int
    time: int
    value: Json


class MlflowRun(NamedTuple):
    """A run of MLflow. `start` and `end`: milliseconds since 1970; 0 where they are not known. `points`: of the metric
    that was selected; `metrics`: the names of all that it has."""

    id: str
    name: str = ""
    status: str = FINISHED
    stage: str = ACTIVE
    start: int = 0
    end: int = 0
    commit: str = ""
    points: tuple[MetricPoint, ...] = ()
    metrics: tuple[str, ...] = ()


def read_mlflow(data: bytes, selection: Selection) -> Reading:
    """The reading of a saved answer. `run` in the policy names one by id or name. Raises UnusableSource."""
    if data.startswith(SQLITE):
        raise UnusableSource("unsuitable", "this is MLflow's database: write `mlflow: {store: PATH}`")
    answer = as_object(parse_json(data))
    if answer is None:
        raise UnusableSource("unreadable", "this is no answer of MLflow")
    check_error(answer)
    if answer.get("next_page_token"):
        raise UnusableSource(
            "unreadable", "the answer is one page of several: raise `max_results`, or save them all"
        )
    if not answer:
        raise UnusableSource("empty", "the answer is `{}`: MLflow knows no such metric, or no run")
    if "metrics" in answer:
        return _read_history(answer, selection)
    if "run" in answer:
        runs = [parse_run(answer["run"], "run", selection.select)]
    elif isinstance(answer.get("runs"), list):
        listed = _of_experiment(as_array(answer["runs"]) or [], selection)
        runs = [parse_run(run, f"runs[{number}]", selection.select) for number, run in enumerate(listed)]
    else:
        raise UnusableSource("unreadable", "the answer has none of `runs`, `run` and `metrics`")
    chosen, warnings = choose_runs(runs, _named_run(selection))
    last = "the answer has the last value of each run only"
    return read_runs(chosen, selection.select, (*warnings, last))


def _named_run(selection: Selection) -> str:
    source = as_object(selection.arguments.get("mlflow")) or selection.arguments
    return as_text(source.get("run")) or ""


def _of_experiment(listed: list[Json], selection: Selection) -> list[Json]:
    """The runs of the experiment that a policy names: answers have its id alone. Raises UnusableSource (`no_match`)."""
    source = as_object(selection.arguments.get("mlflow")) or {}
    named = as_text(source.get("experiment"))
    if named is None:
        return listed
    ids = [
        as_text((as_object((as_object(run) or {}).get("info")) or {}).get("experiment_id")) for run in listed
    ]
    if named not in ids:
        there = list_some(each or "" for each in ids) or "none"
        raise UnusableSource(
            "no_match", f"no run is of the experiment with the id `{named[:80]}`; there is {there}"
        )
    return [run for run, each in zip(listed, ids, strict=True) if each == named]


def _read_history(answer: Mapping[str, Json], selection: Selection) -> Reading:
    points = parse_history(answer, selection.select, "")
    unknown = "the answer does not tell whether the run has finished"
    return read_runs([MlflowRun("", points=points)], selection.select, (unknown,))


def check_error(answer: Mapping[str, Json]) -> None:
    """Raises UnusableSource when the answer is an error: `no_match` for what does not exist."""
    code = as_text(answer.get("error_code"))
    if code is not None:
        message = " ".join((as_text(answer.get("message")) or "").split())[:200]
        kind = "no_match" if code == "RESOURCE_DOES_NOT_EXIST" else "unreadable"
        raise UnusableSource(kind, f"MLflow answered {code[:60]}: {message}")


def parse_run(written: Json, place: str, key: str) -> MlflowRun:
    """A run of `runs/search` or `runs/get`, with the last value of the metric `key`. Raises UnusableSource."""
    fields = as_object(written) or {}
    info, data = as_object(fields.get("info")), as_object(fields.get("data")) or {}
    run_id = None if info is None else as_text(info.get("run_id")) or as_text(info.get("run_uuid"))
    if info is None or not run_id:
        raise UnusableSource("unreadable", f"{place}.info has no `run_id`")
    tags: dict[str, str] = {}
    for entry in as_array(data.get("tags")) or []:
        tag = as_object(entry) or {}
        tags[as_text(tag.get("key")) or ""] = as_text(tag.get("value")) or ""
    points = []
    names = []
    for number, entry in enumerate(as_array(data.get("metrics")) or []):
        at = f"{place}.data.metrics[{number}]"
        metric = as_object(entry) or {}
        name = as_text(metric.get("key"))
        if not name:
            raise UnusableSource("unreadable", f"{at} has no key")
        if name in names:
            raise UnusableSource("ambiguous", f"{at}: the metric `{name}` occurs twice")
        names.append(name)
        if name == key:
            points.append(_parse_point(metric, at))
    return MlflowRun(
        run_id,
        as_text(info.get("run_name")) or tags.get(NAME_TAG, ""),
        as_text(info.get("status")) or "",
        as_text(info.get("lifecycle_stage")) or "",
        read_integer(info.get("start_time", 0), f"{place}.info.start_time"),
        read_integer(info.get("end_time", 0), f"{place}.info.end_time"),
        tags.get(COMMIT_TAG, ""),
        tuple(points),
        tuple(names),
    )


def parse_history(answer: Mapping[str, Json], key: str, place: str) -> tuple[MetricPoint, ...]:
    """The points of an answer of `metrics/get-history`. Raises UnusableSource."""
    listed = as_array(answer.get("metrics"))
    if listed is None:
        raise UnusableSource("unreadable", f"{place}`metrics` is no list")
    points = []
    for number, entry in enumerate(listed):
        metric = as_object(entry) or {}
        name = as_text(metric.get("key"))
        if key and name != key:
            raise UnusableSource(
                "no_match", f"{place}metrics[{number}] is of `{str(name)[:60]}`, not of `{key}`"
            )
        points.append(_parse_point(metric, f"{place}metrics[{number}]"))
    return tuple(points)


def _parse_point(metric: Mapping[str, Json], place: str) -> MetricPoint:
    for name in ("step", "timestamp"):
        if metric.get(name) is None:
            raise UnusableSource("unreadable", f"{place} has no `{name}`")
    step, time = (read_integer(metric[name], f"{place}.{name}") for name in ("step", "timestamp"))
    return MetricPoint(step, time, metric.get("value"))


def read_integer(value: Json, place: str) -> int:
    """A 64-bit integer, as a number or as text; null is 0. Raises UnusableSource."""
    if value is None:
        return 0
    if isinstance(value, str) and value.lstrip("-").isdecimal() and value.isascii() and len(value) < 21:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        raise UnusableSource("unreadable", f"{place} is no integer")
    return value


def choose_runs(runs: Sequence[MlflowRun], named: str) -> tuple[list[MlflowRun], tuple[str, ...]]:
    """The runs that count, and warnings of those that do not. `named`: an id, a name, or a glob of names; "" for the
    last run.

    Raises UnusableSource: `no_match` for an unknown name, `empty` when none of the runs counts.
    """
    asked = [run for run in runs if not named or named in (run.id, run.name) or fnmatchcase(run.name, named)]
    if named and not asked:
        listed = list_some(run.name or run.id for run in runs) or "no run"
        raise UnusableSource("no_match", f"no run is `{named[:80]}`; there is {listed}")
    counting = [run for run in asked if run.status == FINISHED and run.stage == ACTIVE]
    others = [run for run in asked if run not in counting]
    if not counting:
        states = _describe_states(others) or "there is none"
        raise UnusableSource("empty", f"no run is finished and active: {states}")
    seen: set[str] = set()
    for run in counting:
        if run.id in seen:
            raise UnusableSource("ambiguous", f"the run {run.id} occurs twice")
        if not run.start or not run.end:
            raise UnusableSource("unreadable", f"the run {run.name or run.id} has no start, or no end")
        seen.add(run.id)
    if not named:
        counting = [max(counting, key=lambda run: (run.start, run.id))]
        others = [run for run in others if run.start >= counting[0].start]
    return counting, (f"left out: {_describe_states(others)}",) if others else ()


def _describe_states(runs: Iterable[MlflowRun]) -> str:
    """Why runs do not count: `a is FAILED, b is deleted`."""
    return list_some(
        f"{run.name or run.id} is {run.stage if run.stage != ACTIVE else run.status}" for run in runs
    )


def read_runs(runs: Sequence[MlflowRun], key: str, warnings: tuple[str, ...]) -> Reading:
    """The reading of runs that count, in order of their start. `time` is the end of the oldest.

    Raises UnusableSource: `no_match` when no run has the metric, `not_finite` when some lack it, or a value is missing,
    NaN or infinite.
    """
    if not any(run.points for run in runs):
        names = list_some(name for run in runs for name in run.metrics)
        if not key:
            raise UnusableSource("ambiguous", f"`select` names no metric; there is {names or 'none'}")
        code = "no_match" if names else "empty"
        raise UnusableSource(code, f"no run has the metric `{key}`; there is {names or 'none'}")
    lacking = [run.name or run.id for run in runs if not run.points]
    if lacking:
        reason = f"{len(lacking)} of {len(runs)} runs lack the metric `{key}`: {list_some(lacking)}"
        raise UnusableSource("not_finite", reason)
    ordered = sorted(runs, key=lambda run: (run.start, run.id))
    out = tuple(Run(values=_read_values(run, key), id=run.id, time=_format_time(run.end)) for run in ordered)
    ends = [run.end for run in runs]
    commits = sorted({run.commit for run in runs})
    return Reading(out, "", _format_time(min(ends)), " ".join(commits), {}, "mlflow", warnings)


def _format_time(milliseconds: int) -> str:
    return format_moment(milliseconds // 1000) if 0 < milliseconds < 1e14 else ""


def _read_values(run: MlflowRun, key: str) -> array[float]:
    points = sorted(run.points, key=lambda point: (point.step, point.time))
    if len({(point.step, point.time, str(point.value)) for point in points}) < len(points):
        raise UnusableSource("ambiguous", f"a value of `{key}` occurs twice{_in_run(run)}")
    values = [point.value for point in points]
    return read_values(values, lambda place: f"`{key}` at step {points[place].step}{_in_run(run)}")


def _in_run(run: MlflowRun) -> str:
    return f" in the run {run.name or run.id}" if run.id else ""
