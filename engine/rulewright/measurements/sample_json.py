"""Samples as JSON, and back: in facts, in `given:` of test cases, in evidence and in stored baselines."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Final

from rulewright.measurements.codes import VERDICT_CODES
from rulewright.measurements.sample import Buckets, Count, Problem, Run, Sample, SourceRecord
from rulewright.policy.json_types import as_array, as_object, as_text, as_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.json_types import Json, JsonObject


PROBLEM_CODES: Final = frozenset(
    code for code, entry in VERDICT_CODES.items() if entry.verdict in ("NO_DATA", "ERROR")
) | {"no_baseline", "bad_baseline", "same_as_baseline", "other_machine"}
"""What a problem may be called: what a source lacks, and why a baseline does not serve. Whoever writes a sample cannot
write a verdict, and no waiver."""
_SHAPES: Final = ("values", "value", "events", "total", "buckets", "figures")
"""The members of a run that say what was measured, each a shape of its own."""


class _Unusable(Exception):
    """A sample that cannot be judged. `code` and `reason` as of `Problem`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.problem = Problem(code, reason)


def sample_from_json(data: object) -> Sample:
    """The sample that JSON describes. What is wrong with it becomes the sample's problem.

    `{"runs": [{"values": [numbers]} | {"events": {"bad", "total"}} | {"buckets": …} | {"figures": {…}}], "unit", …}`;
    `{"values": [numbers]}`, a list and a number stand for one run with these values; `{"bad", "total"}` for one count.
    A Sample is returned as it is.
    """
    if isinstance(data, Sample):
        return data
    if data is None:
        return Sample(problem=Problem("no_source", "nothing was measured"))
    bare: JsonObject = {"values": data if isinstance(data, list | int | float) else None}
    fields = as_object(data) or bare
    if not isinstance(data, dict | list | int | float) or isinstance(data, bool):
        return Sample(problem=Problem("unreadable", f"the values contain {_describe_type(data)}"))
    baseline = fields.get("baseline")
    unit = fields.get("unit")
    try:
        if unit is not None and not isinstance(unit, str):
            raise _Unusable("unit", "the unit is no text")
        problem = as_object(fields.get("problem"))
        if problem is not None:
            code = as_text(problem.get("code")) or ""
            reason = as_text(problem.get("reason")) or code
            raise _Unusable(code if code in PROBLEM_CODES else "unreadable", reason or "unreadable")
        runs = tuple(_read_runs(fields))
        if not any(_holds_anything(run) for run in runs) and not any(run.failed for run in runs):
            raise _Unusable("empty", "no values")
        failure = None
    except _Unusable as error:
        runs, failure = (), error.problem
    return Sample(
        runs=runs,
        unit=as_text(unit) or "",
        time=as_text(fields.get("time")) or "",
        commit=as_text(fields.get("sha")) or "",
        machine=as_object(fields.get("machine")) or {},
        tool=as_text(fields.get("tool")) or "",
        is_paired=fields.get("paired") is True,
        looks=read_looks(fields.get("looks")),
        source=read_source(fields.get("source")),
        problem=failure,
        baseline=None if baseline is None else sample_from_json(_with_unit(baseline, unit)),
    )


def sample_to_json(sample: Sample) -> JsonObject:
    """The JSON of a sample; what is empty is left out. NumPy arrays become lists. A baseline without a unit has that of
    the sample."""
    out: JsonObject = {"runs": [_run_to_json(run) for run in sample.runs]} if sample.runs else {}
    texts = (("unit", sample.unit), ("time", sample.time), ("sha", sample.commit), ("tool", sample.tool))
    out |= {name: text for name, text in texts if text}
    if sample.machine:
        out["machine"] = dict(sample.machine)
    if sample.is_paired:
        out["paired"] = True
    if sample.looks > 1:
        out["looks"] = sample.looks
    if sample.source is not None:
        out["source"] = source_to_json(sample.source)
    if sample.problem is not None:
        out["problem"] = {"code": sample.problem.code, "reason": sample.problem.reason}
    if sample.baseline is not None:
        base = sample.baseline
        out["baseline"] = sample_to_json(base if base.unit else replace(base, unit=sample.unit))
    return out


def source_to_json(source: SourceRecord) -> JsonObject:
    """The JSON of where a sample came from."""
    out: JsonObject = {"kind": source.kind}
    if source.path:
        out["path"] = source.path
    if source.sha256:
        out["sha256"] = source.sha256
    if source.warnings:
        out["warnings"] = [*source.warnings]
    return out


def _run_to_json(run: Run) -> JsonObject:
    out: JsonObject = {}
    if run.events is not None:
        window: JsonObject = {"window": run.events.window} if run.events.window else {}
        out["events"] = {"bad": float(run.events.bad), "total": float(run.events.total), **window}
    elif run.buckets is not None:
        buckets = run.buckets
        ends: JsonObject = {
            name: float(end)
            for name, end in (("low", buckets.low), ("high", buckets.high))
            if end is not None
        }
        out["buckets"] = {
            "bounds": [*map(float, buckets.bounds)],
            "counts": [*map(float, buckets.counts)],
            **ends,
        }
    elif run.figures:
        out["figures"] = {name: float(value) for name, value in run.figures.items()}
    else:
        out["values"] = [float(value) for value in run.values]
    if run.cases:
        out["cases"] = [*run.cases]
    if run.errored:
        out["errored"] = [*run.errored]
    if run.failed:
        out["failed"] = run.failed
    return out | {name: text for name, text in (("id", run.id), ("time", run.time)) if text}


def _read_runs(fields: Mapping[str, Json]) -> Iterator[Run]:
    listed = fields.get("runs")
    if listed is None:
        yield _read_run(fields)
        return
    if not isinstance(listed, list) or not all(isinstance(run, dict | list) for run in listed):
        raise _Unusable("unreadable", "`runs` is no list of runs")
    for run in listed:
        yield _read_run(run if isinstance(run, dict) else {"values": run})


def _read_run(fields: Mapping[str, Json]) -> Run:
    failed = fields.get("failed", 0)
    if not isinstance(failed, int) or isinstance(failed, bool) or failed < 0:
        raise _Unusable("unreadable", "`failed` is no count")
    _check_shape(fields)
    run = Run(
        cases=tuple(as_texts(fields.get("cases"))),
        errored=tuple(as_texts(fields.get("errored"))),
        failed=failed,
        id=as_text(fields.get("id")) or "",
        time=as_text(fields.get("time")) or "",
    )
    count = as_object(fields.get("events")) or (fields if "total" in fields else None)
    if count is not None:
        return run._replace(events=_read_count(count))
    if isinstance(fields.get("buckets"), dict):
        return run._replace(buckets=_read_buckets(as_object(fields["buckets"]) or {}))
    if isinstance(fields.get("figures"), dict):
        figures = as_object(fields["figures"]) or {}
        numbers = read_numbers([*figures.values()], "figure")
        return run._replace(figures=dict(zip(figures, numbers, strict=True)))
    raw = fields.get("values", fields.get("value"))
    values = read_numbers(raw if isinstance(raw, list) else [] if raw is None else [raw], "value")
    if run.cases and len(run.cases) != len(values):
        raise _Unusable("unreadable", f"{len(run.cases)} cases for {len(values)} values")
    return run._replace(values=values)


def _check_shape(fields: Mapping[str, Json]) -> None:
    """Raises _Unusable for a run of two shapes: one would be judged, and the other one passed over."""
    shapes = [name for name in _SHAPES if fields.get(name) is not None]
    if len(shapes) > 1:
        raise _Unusable(
            "unreadable", f"a run holds {' and '.join(f'`{name}`' for name in shapes)}; one is allowed"
        )


def _read_count(fields: Mapping[str, Json]) -> Count:
    bad, total = read_numbers([fields.get("bad", 0), fields.get("total")], "count")
    if not 0 <= bad <= total:
        raise _Unusable("unreadable", f"{bad:g} of {total:g} is no share")
    return Count(bad, total, as_text(fields.get("window")) or "")


def _read_buckets(fields: Mapping[str, Json]) -> Buckets:
    bounds = read_numbers(as_array(fields.get("bounds")) or [], "bound")
    counts = read_numbers(as_array(fields.get("counts")) or [], "count")
    ascending = all(low < high for low, high in pairwise(bounds))
    if len(counts) != len(bounds) + 1 or not ascending or min(counts) < 0:
        raise _Unusable("unreadable", "the buckets are no histogram")
    ends = (fields.get("low"), fields.get("high"))
    low, high = (None if end is None else read_numbers([end], "bound")[0] for end in ends)
    return Buckets(tuple(bounds), tuple(counts), low, high)


def read_numbers(raw: list[Json], noun: str) -> list[float]:
    """Finite floats. Raises _Unusable for what is no number, is missing, or is not finite."""
    values: list[float] = []
    for value in raw:
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = to_float(value)
            if number is not None:
                values.append(number)
        elif value is not None:
            raise _Unusable("unreadable", f"the {noun}s contain {_describe_type(value)}; all must be numbers")
    if len(values) < len(raw):
        count = f"{len(raw)} {noun}{'' if len(raw) == 1 else 's'}"
        raise _Unusable("not_finite", f"{len(raw) - len(values)} of {count} missing or not finite")
    return values


def to_float(value: float) -> float | None:
    """The number as a finite float, or None. The greatest float stands for +∞ in answers of some tools."""
    try:
        number = float(value)
    except OverflowError:  # an integer beyond every float
        return None
    return number if isfinite(number) and abs(number) < GREATEST else None


GREATEST: Final = 1.7976931348623157e308


def _holds_anything(run: Run) -> bool:
    return bool(len(run.values) or run.events or run.buckets or run.figures or run.errored)


def _with_unit(baseline: Json, unit: Json) -> Json:
    """A baseline, which has the unit of what is compared with it unless it names its own."""
    fields = as_object(baseline) or {"values": baseline}
    return fields if unit is None or "unit" in fields else {**fields, "unit": unit}


def read_looks(data: Json) -> int:
    """A number of looks; 1 for anything else."""
    return data if isinstance(data, int) and not isinstance(data, bool) and data > 1 else 1


def read_source(data: Json) -> SourceRecord | None:
    """Where a sample came from, from `source_to_json` or the name of a kind; None for anything else."""
    if isinstance(data, str):
        return SourceRecord(data)
    fields = as_object(data)
    if fields is None:
        return None
    kind, path, sha256 = (as_text(fields.get(name)) or "" for name in ("kind", "path", "sha256"))
    return SourceRecord(kind, path, sha256, tuple(as_texts(fields.get("warnings"))))


def _describe_type(value: object) -> str:
    names = {str: "a text", bool: "a boolean", list: "a list", dict: "a mapping"}
    return names.get(type(value), "something else")
