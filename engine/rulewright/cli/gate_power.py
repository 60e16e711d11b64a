"""`rulewright gate power`: what a gate can detect, and how many runs it takes."""

from __future__ import annotations

import os
from time import time
from typing import TYPE_CHECKING

import click

import rulewright
from rulewright.cli import options
from rulewright.cli.connection import github_options
from rulewright.cli.report_writer import write_report
from rulewright.facts.measure.record_files import read_records
from rulewright.facts.measure.sample_source import MeasuringContext
from rulewright.gates.attached_baselines import load_baselines
from rulewright.gates.gate_power import compute_powers
from rulewright.gates.gate_run import measure_gates, select_gates
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.quantity import format_moment
from rulewright.report.gate_power import PowerReport
from rulewright.run.inputs import policy_paths
from rulewright.run.state.baselines import require_baselines

if TYPE_CHECKING:
    from rulewright.cli.connection import GitHubOptions
    from rulewright.report.reporter import Reporter


@click.command()
@options.policies_argument
@click.option("--gate", "names", multiple=True, metavar="NAME", help="Only this gate. Can be repeated.")
@click.option(
    "--from",
    "place",
    metavar="DIR|FILE",
    help="Runs of an unchanged build: what `rulewright measure` wrote. Default: the baselines that are kept.",
)
@click.option(
    "--runs",
    "new_runs",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    metavar="N",
    help="By how many runs a build is judged.",
)
@github_options
@options.format_option()
@options.output_option
def power(
    paths: tuple[str, ...],
    names: tuple[str, ...],
    place: str | None,
    new_runs: int,
    github: GitHubOptions,
    reporter: Reporter,
    output: str | None,
) -> int:
    """Show what a gate can detect, and how many runs it takes.

    For each objective: the noise between runs, the change that is found in 8 of 10 cases, and the runs that an
    unchanged build needs to pass in 8 of 10 cases; for the gate, how often an unchanged build is promoted. PATH is a
    policy file or a folder of policies.
    """
    program = rulewright.load(*policy_paths(paths))
    gates = select_gates(program, names)
    if place is None:
        samples = load_baselines(gates, require_baselines(program.config.state, github.connect))
    elif not os.path.exists(place):
        raise SourceError(f"there is no file or folder {place}", hint="give what `rulewright measure` wrote")
    else:
        records = read_records(place)
        folder = place if os.path.isdir(place) else os.getcwd()
        moment = format_moment(int(time()))
        context = MeasuringContext(folder, moment, "", records.records, records.problem)
        samples = measure_gates(gates, context)
    write_report(PowerReport(compute_powers(gates, samples, new_runs)), reporter, output)
    return 0
