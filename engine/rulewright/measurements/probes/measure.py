"""The runs of measurements: what is set up, the order of the revisions, and the records that come of it.

Two revisions are measured in turn, probe by probe or run by run, in the order A B in one run and B A in the next: what
changes slowly on the machine then affects both alike. Each run starts the services anew, because runs of one process
share what happened to it.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.probes.addresses import Addresses
from rulewright.measurements.probes.process import run_command
from rulewright.measurements.probes.schedule import Schedule, observe_all
from rulewright.measurements.probes.service import start_services
from rulewright.measurements.probes.table import build_probe
from rulewright.measurements.records import BASE, build_record
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from rulewright.measurements.probes.document import Measurement, ProbeSettings
    from rulewright.measurements.probes.observation import Observation, Probe
    from rulewright.policy.json_types import Json, JsonObject

MOST_REASONS: Final = 5
"""Different reasons for failures that a record tells; the others are counted together."""

NEW_MEASUREMENT: Final = (
    "if the change adds what is measured, measure without --against until the change is merged"
)


class Side(NamedTuple):
    """A revision that is measured. `name` is `base` for the one to compare with, else empty; `folder`: its working
    directory."""

    folder: str
    commit: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        return "the other revision" if self.name == BASE else "this revision"


class MeasuringSession(NamedTuple):
    """What all runs have in common. `start`: the wall clock's time at the moment `began` of `time.perf_counter()`, from
    which the times of records count. `hosts`: name → address, of rulewright.yaml. `looks`: as of `Sample`."""

    sides: Sequence[Side]
    start: datetime
    began: float
    machine: Mapping[str, Json]
    tool: str
    environ: Mapping[str, str]
    hosts: Mapping[str, str] = {}
    looks: int = 1

    def now(self) -> str:
        """The time in UTC, to the millisecond."""
        moment = self.start + timedelta(seconds=time.perf_counter() - self.began)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def set_up(measurements: Sequence[Measurement], session: MeasuringSession) -> None:
    """Run the `setup:` of measurements in the folder of each side. Raises SourceError for a command that fails."""
    commands = dict.fromkeys((command, one.setup_timeout) for one in measurements for command in one.setup)
    for side in session.sides:
        for command, timeout in commands:
            result = run_command(command, folder=side.folder, timeout=timeout)
            if result.status != 0:
                how = result.failure or f"exit status {result.status}"
                told = f": {result.last_line}" if result.last_line else ""
                raise SourceError(
                    f"setup of {side.title}: `{' '.join(command)}` failed ({how}){told}",
                    hint=_base_hint(side),
                )


def measure_runs(
    measurements: Sequence[Measurement], session: MeasuringSession, runs: range | None = None
) -> Iterator[JsonObject]:
    """The records of all runs, each as soon as its probe has ended. `runs`: the numbers of the runs; default: as many
    as each measurement says. Raises UsageError and SourceError for what cannot be measured at all."""
    most = range(max(measurement.runs for measurement in measurements)) if runs is None else runs
    for run in most:
        order = session.sides if run % 2 == 0 else tuple(reversed(session.sides))
        for measurement in measurements:
            if runs is None and run >= measurement.runs:
                continue
            together = [order] if measurement.alternate == "probes" else [(side,) for side in order]
            for sides in together:
                yield from _measure_sides(measurement, sides, session, run)


def _measure_sides(
    measurement: Measurement, sides: Sequence[Side], session: MeasuringSession, run: int
) -> Iterator[JsonObject]:
    """One run of one or both sides, whose services run at the same time and whose probes take turns."""
    with ExitStack() as stack:
        started = [(side, _start(measurement, side, session, stack)) for side in sides]
        for settings in measurement.probes:
            for side, addresses in started:
                probe = build_probe(settings, addresses, side.folder)
                try:
                    probe.prepare()
                    yield from _measure_probe(settings, probe, side, session, run)
                finally:
                    probe.close()


def _start(measurement: Measurement, side: Side, session: MeasuringSession, stack: ExitStack) -> Addresses:
    """Start the services of a side, which end with `stack`."""
    try:
        services = stack.enter_context(start_services(measurement.services, side.folder))
    except SourceError as error:
        raise SourceError(f"{side.title}: {error.message}", hint=error.hint or _base_hint(side)) from None
    return Addresses(services, measurement.bases, session.hosts, session.environ)


def _base_hint(side: Side) -> str | None:
    """What to do where the other revision cannot be measured: it may be older than what is measured."""
    return NEW_MEASUREMENT if side.name == BASE else None


def _measure_probe(
    settings: ProbeSettings, probe: Probe, side: Side, session: MeasuringSession, run: int
) -> Iterator[JsonObject]:
    """One record for each metric of a probe."""
    time_of_start = session.now()
    schedule = Schedule(settings.warmup + settings.repetitions, settings.rate, settings.concurrency)
    observations = observe_all(probe.observe, schedule)[settings.warmup :]
    for suffix, unit in probe.units.items():
        yield build_record(
            f"{settings.id}{suffix}",
            _build_run(suffix, observations, f"{run + 1}", time_of_start),
            unit=unit,
            commit=side.commit,
            machine=session.machine,
            tool=session.tool,
            side=side.name,
            looks=session.looks,
        )


def _build_run(suffix: str, observations: Sequence[Observation], ident: str, at: str) -> JsonObject:
    """The run of one metric: its values in order of time, and why the others failed."""
    values: list[Json] = [one.values[suffix] for one in observations if suffix in one.values]
    failures = Counter(one.failure for one in observations if suffix not in one.values)
    run: JsonObject = {"values": values, "id": ident, "time": at}
    if failures:
        told = failures.most_common(MOST_REASONS)
        rest = failures.total() - sum(count for _, count in told)
        reasons: JsonObject = {**dict(told), **({"other": rest} if rest else {})}
        run |= {"failed": failures.total(), "failures": reasons}
    return run


def read_failures(record: JsonObject) -> Mapping[str, int]:
    """Reason → number of failures of a record."""
    failures = as_object(record.get("failures")) or {}
    return {reason: count for reason, count in failures.items() if isinstance(count, int)}
