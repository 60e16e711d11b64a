"""`rulewright measure`: measure services, models and commands for gates, alone or beside another revision."""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import click

import rulewright
from rulewright.cli.connection import github_options
from rulewright.cli.options import format_option
from rulewright.cli.output import print_detail, print_load_warnings, print_note
from rulewright.cli.progress import current_progress
from rulewright.cli.report_writer import write_report
from rulewright.facts.measure.sample_source import MeasuringContext
from rulewright.gates.gate_run import needs_baselines, select_gates
from rulewright.gates.looks import look_at_gates, plan_looks
from rulewright.measurements.machine import describe_machine
from rulewright.measurements.probes.document import read_measurements
from rulewright.measurements.probes.measure import (
    NEW_MEASUREMENT,
    MeasuringSession,
    Side,
    measure_runs,
    set_up,
)
from rulewright.measurements.probes.worktree import check_out, find_commit, has_changes
from rulewright.measurements.records import BASE
from rulewright.policy.config_reader import read_config
from rulewright.policy.diagnostics import UsageError, translate_os_errors
from rulewright.report.measurements import MeasurementReport
from rulewright.run import exit_codes
from rulewright.run.inputs import evaluation_moment
from rulewright.run.measurement_servers import build_query
from rulewright.run.state.baselines import open_baselines
from rulewright.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from rulewright.cli.connection import GitHubOptions
    from rulewright.measurements.baseline_store import BaselineFiles
    from rulewright.measurements.probes.document import Measurement
    from rulewright.policy.json_types import JsonObject
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.program import Program
    from rulewright.report.reporter import Reporter

MAX_RUNS: Final = 20


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="POLICY...")
@click.option(
    "--output",
    metavar="FILE",
    required=True,
    help="Write the measurements to this file: JSON Lines, a line for each metric of a run, written when it ends.",
)
@click.option(
    "--runs", type=click.IntRange(1, 1000), metavar="N", help="The number of runs; default: `runs` of POLICY."
)
@click.option(
    "--against",
    "revision",
    metavar="REF",
    help="Measure this revision of the repository, too, in turn with the working directory.",
)
@click.option(
    "--until-decided",
    "gate",
    metavar="GATE",
    help="Stop as soon as this gate is decided, after 5, 10, 20 … runs: a policy file, or a gate in POLICY.",
)
@click.option(
    "--max-runs",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="With --until-decided: the maximum number of runs. Default: 20.",
)
@click.option("--now", metavar="ISO", help="The time of the first measurement; default: now.")
@github_options
@format_option()
def measure(
    paths: tuple[str, ...],
    output: str,
    runs: int | None,
    revision: str | None,
    gate: str | None,
    max_runs: int | None,
    now: str | None,
    github: GitHubOptions,
    reporter: Reporter,
) -> int:
    """Measure services, models and commands, for gates.

    POLICY is a file with documents of kind Measurement, or a folder of them. This command starts the processes that
    they name. With --against, the other revision is checked out into a temporary worktree, `setup:` runs in both, and
    the runs of both alternate; the measurements are pairs. With --until-decided, the gate is judged after 5, 10, 20 …
    runs, each time at a level divided by the number of looks. The exit code is 4 if a metric has no value.
    """
    measurements = read_measurements(paths)
    plan = plan_measuring(paths, gate, runs, max_runs)
    baselines = None
    if plan is not None and revision is None and needs_baselines(plan.gates):
        baselines = open_baselines(plan.program.config.state, github.connect)
    folder = os.getcwd()
    with ExitStack() as stack:
        sides = [Side(folder, find_commit(folder) or "")]
        if revision is not None:
            other = stack.enter_context(check_out(revision, folder))
            sides.append(Side(other.folder, other.commit, BASE))
        session = begin_session(sides, start_of(now), paths[0], 1 if plan is None else len(plan.looks))
        set_up(measurements, session)
        with translate_os_errors(f"cannot write {output}"):
            file = stack.enter_context(open(output, "w", encoding="utf-8"))
        if plan is None:
            total = sum(runs or one.runs for one in measurements) * len(sides)
            current_progress().begin("runs", total)
            numbers = None if runs is None else range(runs)
            records = [*write_records(measure_runs(measurements, session, numbers), file)]
        else:
            records = measure_until_decided(measurements, session, plan, baselines, file)
    report = MeasurementReport(
        records,
        commit=sides[0].commit,
        base=sides[1].commit if revision is not None else "",
        machine=session.machine,
        output=output,
    )
    write_report(report, reporter)
    if any(one.side == BASE and not one.values for one in report.metrics):
        print_note(f"hint: {NEW_MEASUREMENT}")
    return exit_codes.DONE if all(one.values for one in report.metrics) else exit_codes.FAILED


class LookPlan(NamedTuple):
    """The gates that end the measuring, and the numbers of runs at which they are judged."""

    program: Program
    gates: tuple[CompiledPolicy, ...]
    looks: tuple[int, ...]


def plan_measuring(
    paths: tuple[str, ...], gate: str | None, runs: int | None, max_runs: int | None
) -> LookPlan | None:
    """The plan that --until-decided asks for. Raises UsageError for options that contradict each other and for a
    gate that does not exist."""
    if gate is None:
        if max_runs is not None:
            raise UsageError("--max-runs needs --until-decided", hint="use --runs for a fixed number")
        return None
    if runs is not None:
        raise UsageError("--runs and --until-decided exclude each other", hint="use --max-runs")
    is_path = os.path.exists(gate)
    program = rulewright.load(*((gate,) if is_path else paths))
    print_load_warnings(program)
    return LookPlan(
        program, select_gates(program, () if is_path else (gate,)), plan_looks(max_runs or MAX_RUNS)
    )


def measure_until_decided(
    measurements: tuple[Measurement, ...],
    session: MeasuringSession,
    plan: LookPlan,
    baselines: BaselineFiles | None,
    file: TextIO,
) -> list[JsonObject]:
    """The records of as many runs as it takes to decide the gates. The verdict of each look goes to stderr."""
    records: list[JsonObject] = []
    done = 0
    for runs in plan.looks:
        records += write_records(measure_runs(measurements, session, range(done, runs)), file)
        done = runs
        context = MeasuringContext(os.getcwd(), session.now(), session.sides[0].commit, records)
        query = build_query(plan.program.config.source_hosts, context.folder, context.now)
        look = look_at_gates(plan.program, plan.gates, context._replace(query=query), baselines, runs)
        print_note(f"after {runs} run{'' if runs == 1 else 's'}: {look.judged.verdict}")
        if look.is_decided:
            break
    return records


def begin_session(sides: list[Side], start: datetime, place: str, looks: int) -> MeasuringSession:
    """What all runs have in common. `place`: a path from which rulewright.yaml is found."""
    if has_changes(sides[0].folder):
        print_note("warning: the working tree differs from its commit; the differences are measured, too")
    hosts = {name: host.url for name, host in read_config(place).source_hosts.items()}
    tool = f"rulewright {__version__}"
    began = time.perf_counter()
    return MeasuringSession(tuple(sides), start, began, describe_machine(), tool, os.environ, hosts, looks)


def start_of(now: str | None) -> datetime:
    """The time that is given, else the current one. Raises UsageError for a text that is no time."""
    moment = evaluation_moment(now)
    return datetime.now(UTC) if moment is None else datetime.fromisoformat(moment)


def write_records(records: Iterable[JsonObject], file: TextIO) -> Iterator[JsonObject]:
    """Write each record as soon as it is there, so that those of a run that is killed are kept. Progress goes to
    stderr."""
    current = None
    progress = current_progress()
    for record in records:
        file.write(f"{json.dumps(record, allow_nan=False)}\n")
        file.flush()
        if current != record.get("id"):
            current = record.get("id")
            print_detail(f"run {current}")
            progress.advance()
        yield record
