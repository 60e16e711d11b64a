"""Baselines: runs of earlier revisions that later ones are compared with, in files of JSON.

There is one file for each gate, objective and class of machines, `GATE/OBJECTIVE/CLASS.json`:

    {"version": 1, "gate": "chat-slo", "objective": "chat-p95", "machine": {"cpu": …, "cores": …, "image": …},
     "runs": [{"commit": …, "time": …, "verdict": "PASS", "tool": …, "unit": "s", "run": {"values": […]}}],
     "champion": [the same]}

`runs` are in order of time, the newest last, at most `MOST_RUNS`; the oldest go first. `champion` is the release that a
person chose, and stays until another is chosen. Everything here is pure: `BaselineFiles` is where the bytes are.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol
from urllib.parse import quote

from rulewright.measurements.machine import COMPARED, format_machine, machine_class
from rulewright.measurements.run_units import scale_run
from rulewright.measurements.sample import STORED, Problem, Run, Sample, SourceRecord
from rulewright.measurements.sample_json import sample_from_json, sample_to_json
from rulewright.measurements.units import convert
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.json_types import as_array, as_object, as_objects, as_text
from rulewright.policy.strict_json import decode_utf8, parse_strictly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rulewright.policy.json_types import Json, JsonObject

VERSION: Final = 1
MOST_RUNS: Final = 50
MOST_VALUES: Final = 5000
"""Values of a run that are kept, the first ones. Runs of unequal length are cut to the shorter when they are compared,
so that a run of more values than these is compared by its first ones."""


class BaselineFiles(Protocol):
    """Where baselines are read from. All raise SourceError when the place fails."""

    def names(self) -> Sequence[str]:
        """The names of all files, sorted."""

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None where there is none."""


class StoredRun(NamedTuple):
    """One run, the commit that was measured, and the verdict of its objective. `time`: ISO 8601, UTC."""

    run: Run
    commit: str = ""
    time: str = ""
    verdict: str = "PASS"
    tool: str = ""
    unit: str = ""


class Baseline(NamedTuple):
    """The runs of one gate, objective and class of machines, in order of time."""

    gate: str
    objective: str
    machine: Mapping[str, Json]
    runs: tuple[StoredRun, ...] = ()
    champion: tuple[StoredRun, ...] = ()

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{folder_of(self.gate, self.objective)}{machine_class(self.machine)}.json"


class BaselineRequest(NamedTuple):
    """What a sample is compared with. `origin`: `last_passed`, `merge_base` or `champion`; `run_count`: the number of
    runs of `last_passed`; `commit`: the merge base, "" where nobody says."""

    gate: str
    objective: str
    origin: str
    run_count: int = 1
    commit: str = ""
    any_machine: bool = False


class _Missing(Exception):
    """There is no baseline that serves. The arguments are a code and a reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.problem = Problem(code, reason)


def folder_of(gate: str, objective: str) -> str:
    """The beginning of the names of all files of an objective: `chat-slo/chat-p95/`."""
    return f"{quote(gate, safe='')}/{quote(objective, safe='')}/"


def load_baseline(files: BaselineFiles, request: BaselineRequest, sample: Sample) -> Sample:
    """The baseline of a sample, out of the store, in the unit of the sample. Runs of the sample itself do not count.

    What is missing or wrong becomes the problem of the baseline: `no_baseline`, `other_machine`, `same_as_baseline`,
    or `bad_baseline` for a file that is damaged. Raises SourceError when the store cannot be read.
    """
    record = SourceRecord(STORED, folder_of(request.gate, request.objective).rstrip("/"))
    try:
        name, data = _find_file(files, request, sample)
        record = SourceRecord(STORED, name, sha256(data).hexdigest())
        try:
            baseline = parse_baseline(name, data)
        except SourceError as error:
            raise _Missing("bad_baseline", error.message) from None
        runs = _select_runs(baseline, request)
        runs = _same_tool(_others(runs, sample), sample, request)
        return Sample(
            runs=tuple(_in_unit(stored, sample.unit) for stored in runs),
            unit=sample.unit,
            time=runs[-1].time,
            commit=runs[-1].commit,
            machine=baseline.machine,
            tool=runs[-1].tool,
            source=record,
        )
    except _Missing as missing:
        return Sample(source=record, problem=missing.problem)


def find_baseline_files(files: BaselineFiles, gate: str, objective: str) -> list[str]:
    """The names of all files of an objective."""
    folder = folder_of(gate, objective)
    return [name for name in files.names() if name.startswith(folder)]


def _find_file(files: BaselineFiles, request: BaselineRequest, sample: Sample) -> tuple[str, bytes]:
    """The file of the sample's class of machines; with `any_machine` any other, the first by its name."""
    name = f"{folder_of(request.gate, request.objective)}{machine_class(sample.machine)}.json"
    data = files.read(name)
    if data is not None:
        return name, data
    others = [(name, data) for name in find_baseline_files(files, *request[:2]) if (data := files.read(name))]
    if not others:
        raise _Missing("no_baseline", "no run of this objective was saved")
    if request.any_machine:
        return others[0]
    machines = []
    for name, data in others:
        try:
            machines.append(format_machine(parse_baseline(name, data).machine))
        except SourceError as error:
            raise _Missing("bad_baseline", error.message) from None
    here = format_machine(sample.machine)
    raise _Missing("other_machine", f"measured on {here}; the baseline is of {'; '.join(machines)}")


def _select_runs(baseline: Baseline, request: BaselineRequest) -> tuple[StoredRun, ...]:
    if request.origin == "champion":
        if not baseline.champion:
            raise _Missing("no_baseline", "no champion was saved")
        return baseline.champion
    if request.origin == "last_passed":
        if not baseline.runs:
            raise _Missing("no_baseline", "no run of this objective was saved")
        return baseline.runs[-request.run_count :]
    if not request.commit:
        raise _Missing("no_baseline", "the merge base is not known")
    runs = tuple(stored for stored in baseline.runs if stored.commit == request.commit)
    if not runs:
        newest = baseline.runs[-1].commit[:12] if baseline.runs else ""
        told = f"; the newest one is of {newest}" if newest else ""
        raise _Missing("no_baseline", f"no run of the merge base {request.commit[:12]} was saved{told}")
    return runs


def _others(runs: Sequence[StoredRun], sample: Sample) -> tuple[StoredRun, ...]:
    """The runs that are not those of the sample itself, which was saved before."""
    own = {_fingerprint(_normalize(run)) for run in sample.runs}
    others = tuple(stored for stored in runs if _fingerprint(stored.run) not in own)
    if not others:
        raise _Missing("same_as_baseline", "all runs of the baseline are those of the measurement itself")
    return others


def _same_tool(runs: Sequence[StoredRun], sample: Sample, request: BaselineRequest) -> tuple[StoredRun, ...]:
    """The runs that the sample's tool measured, in the same version."""
    same = tuple(stored for stored in runs if not sample.tool or stored.tool in ("", sample.tool))
    if same or request.any_machine:
        return same or tuple(runs)
    tools = ", ".join(sorted({stored.tool for stored in runs}))
    raise _Missing("other_machine", f"measured by {sample.tool}; the baseline by {tools}")


def _in_unit(stored: StoredRun, unit: str) -> Run:
    """A run with its amounts in `unit`."""
    run = stored.run._replace(time=stored.run.time or stored.time)
    if stored.unit == unit or not (stored.unit and unit):
        return run

    def scale(value: float) -> float:
        converted = convert(value, stored.unit, unit)
        if converted is None:
            reason = f"the baseline is in `{stored.unit}`, and the measurement in `{unit}`"
            raise _Missing("bad_baseline", reason)
        return converted

    return scale_run(run, scale)


def runs_of_sample(sample: Sample, verdict: str) -> tuple[StoredRun, ...]:
    """The runs of a sample as they are stored. Failed requests and errored cases stay with them."""
    return tuple(
        StoredRun(_normalize(run), sample.commit, run.time or sample.time, verdict, sample.tool, sample.unit)
        for run in sample.runs
    )


def add_runs(baseline: Baseline, runs: Iterable[StoredRun], *, is_champion: bool = False) -> Baseline:
    """A baseline with more runs, each once; the oldest ones are dropped. `is_champion`: they are the champion, too."""
    new = tuple(runs)
    known = {_fingerprint(stored.run) for stored in baseline.runs}
    added = [stored for stored in new if _fingerprint(stored.run) not in known]
    kept = sorted((*baseline.runs, *added), key=lambda stored: stored.time)[-MOST_RUNS:]
    return baseline._replace(
        runs=tuple(kept), champion=new[-MOST_RUNS:] if is_champion else baseline.champion
    )


def prune_runs(baseline: Baseline, *, keep: int = MOST_RUNS, since: str = "") -> Baseline:
    """A baseline with its newest `keep` runs, of those that are not before `since` (ISO 8601, UTC). The champion
    stays."""
    runs = [stored for stored in baseline.runs if stored.time >= since]
    return baseline._replace(runs=tuple(runs[len(runs) - min(keep, len(runs)) :]))


def read_baseline(files: BaselineFiles, name: str) -> Baseline | None:
    """The baseline of a file, None where there is none. Raises SourceError for a file that is damaged."""
    data = files.read(name)
    return None if data is None else parse_baseline(name, data)


def parse_baseline(name: str, data: bytes) -> Baseline:
    """The baseline of a file's bytes. Raises SourceError with the place for anything that `format_baseline` does not
    write."""
    try:
        document = as_object(parse_strictly(decode_utf8(data)))
    except ValueError as error:
        raise SourceError(f"the baseline {name} is damaged: {error}") from None
    if document is None or document.get("version") != VERSION:
        raise SourceError(f"the baseline {name} is not of version {VERSION}")
    gate, objective = as_text(document.get("gate")), as_text(document.get("objective"))
    machine = as_object(document.get("machine"))
    if not gate or not objective or machine is None:
        raise SourceError(f"the baseline {name} is damaged: `gate`, `objective` or `machine` is missing")
    runs = _parse_runs(name, "runs", document.get("runs"))
    champion = _parse_runs(name, "champion", document.get("champion", []))
    baseline = Baseline(gate, objective, machine, runs, champion)
    if baseline.name != name:
        raise SourceError(f"the baseline {name} is damaged: it belongs to {baseline.name}")
    return baseline


def _parse_runs(name: str, member: str, listed: Json) -> tuple[StoredRun, ...]:
    entries = as_objects(listed)
    if not isinstance(listed, list) or len(entries) != len(listed) or len(listed) > MOST_RUNS:
        raise SourceError(
            f"the baseline {name} is damaged: `{member}` is no list of at most {MOST_RUNS} runs"
        )
    return tuple(_parse_run(f"{name}: {member}[{number}]", entry) for number, entry in enumerate(entries))


def _parse_run(place: str, entry: JsonObject) -> StoredRun:
    texts = [as_text(entry.get(key, "")) for key in ("commit", "time", "verdict", "tool", "unit")]
    run = as_object(entry.get("run"))
    if run is None or None in texts:
        raise SourceError(f"the baseline {place} is damaged: it is no run")
    sample = sample_from_json({"runs": [run]})
    if sample.problem is not None:
        raise SourceError(f"the baseline {place} is damaged: {sample.problem.reason}")
    return StoredRun(sample.runs[0], *(text or "" for text in texts))


def format_baseline(baseline: Baseline) -> bytes:
    """The bytes of a baseline's file: JSON with one run on each line, so that differences can be read."""
    about = {
        "version": VERSION,
        "gate": baseline.gate,
        "objective": baseline.objective,
        "machine": {name: baseline.machine[name] for name in COMPARED if name in baseline.machine},
    }
    parts = [f'"{name}": {json.dumps(value, allow_nan=False)}' for name, value in about.items()]
    for member, runs in (("runs", baseline.runs), ("champion", baseline.champion)):
        lines = ",\n".join(f"  {json.dumps(_run_to_json(stored), allow_nan=False)}" for stored in runs)
        parts.append(f'"{member}": [\n{lines}\n ]' if lines else f'"{member}": []')
    return ("{\n " + ",\n ".join(parts) + "\n}\n").encode("ascii")


def _run_to_json(stored: StoredRun) -> JsonObject:
    texts = {
        "commit": stored.commit,
        "time": stored.time,
        "verdict": stored.verdict,
        "tool": stored.tool,
        "unit": stored.unit,
    }
    out: JsonObject = {name: text for name, text in texts.items() if text}
    return {**out, "run": _plain_run(stored.run)}


def _plain_run(run: Run) -> Json:
    return (as_array(sample_to_json(Sample(runs=(run,)))["runs"]) or [None])[0]


def _normalize(run: Run) -> Run:
    """A run as it is read again: without what is beyond `MOST_VALUES`, and with floats only."""
    cut = run._replace(values=run.values[:MOST_VALUES], cases=run.cases[:MOST_VALUES])
    return sample_from_json({"runs": [_plain_run(cut)]}).runs[0]


def _fingerprint(run: Run) -> str:
    """What makes a run the same as another one, wherever it was read: its contents, id and time."""
    return json.dumps(_plain_run(run), sort_keys=True)
