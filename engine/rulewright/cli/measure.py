"""`rulewright measure`: measure services, models and commands for gates, alone or beside another revision."""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from rulewright.cli.options import format_option
from rulewright.cli.output import print_error
from rulewright.cli.report_writer import write_report
from rulewright.measurements.machine import describe_machine
from rulewright.measurements.probes.document import read_measurements
from rulewright.measurements.probes.measure import MeasuringSession, Side, measure_runs, set_up
from rulewright.measurements.probes.worktree import check_out, find_commit, has_changes
from rulewright.measurements.records import BASE
from rulewright.policy.config_reader import read_config
from rulewright.policy.diagnostics import translate_os_errors
from rulewright.report.measurements import MeasurementReport
from rulewright.run import exit_codes
from rulewright.run.inputs import evaluation_moment
from rulewright.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from rulewright.policy.json_types import JsonObject
    from rulewright.report.reporter import Reporter


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
@click.option("--now", metavar="ISO", help="The time of the first measurement; default: now.")
@format_option()
def measure(
    paths: tuple[str, ...],
    output: str,
    runs: int | None,
    revision: str | None,
    now: str | None,
    reporter: Reporter,
) -> int:
    """Measure services, models and commands, for gates.

    POLICY is a file with documents of kind Measurement, or a folder of them. This command starts the processes that
    they name. With --against, the other revision is checked out into a temporary worktree, `setup:` runs in both, and
    the runs of both alternate; the measurements are pairs. The exit code is 4 if a metric has no value.
    """
    measurements = read_measurements(paths)
    folder = os.getcwd()
    with ExitStack() as stack:
        sides = [Side(folder, find_commit(folder) or "")]
        if revision is not None:
            other = stack.enter_context(check_out(revision, folder))
            sides.append(Side(other.folder, other.commit, BASE))
        if has_changes(folder):
            print_error(
                "warning: the working tree differs from its commit; the differences are measured, too"
            )
        session = MeasuringSession(
            tuple(sides),
            start_of(now),
            time.perf_counter(),
            describe_machine(),
            f"rulewright {__version__}",
            os.environ,
            {name: host.url for name, host in read_config(paths[0]).source_hosts.items()},
        )
        set_up(measurements, session)
        with translate_os_errors(f"cannot write {output}"):
            file = stack.enter_context(open(output, "w", encoding="utf-8"))
        numbers = None if runs is None else range(runs)
        records = [*write_records(measure_runs(measurements, session, numbers), file)]
    report = MeasurementReport(
        records,
        commit=sides[0].commit,
        base=sides[1].commit if revision is not None else "",
        machine=session.machine,
        output=output,
    )
    write_report(report, reporter)
    return exit_codes.DONE if all(one.values for one in report.metrics) else exit_codes.FAILED


def start_of(now: str | None) -> datetime:
    """The time that is given, else the current one. Raises UsageError for a text that is no time."""
    moment = evaluation_moment(now)
    return datetime.now(UTC) if moment is None else datetime.fromisoformat(moment)


def write_records(records: Iterable[JsonObject], file: TextIO) -> Iterator[JsonObject]:
    """Write each record as soon as it is there, so that those of a run that is killed are kept. Progress goes to
    stderr."""
    progress = None
    for record in records:
        file.write(f"{json.dumps(record, allow_nan=False)}\n")
        file.flush()
        if progress != (record.get("id"), record.get("side")):
            progress = (record.get("id"), record.get("side"))
            print_error(f"run {record['id']}{' of the other revision' if record.get('side') == BASE else ''}")
        yield record
