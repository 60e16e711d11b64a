"""`rulewright baseline`: save the runs that passed, show them, compare with them, and remove old ones."""

from __future__ import annotations

import os
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import click

from rulewright.cli.connection import github_options
from rulewright.cli.options import format_option
from rulewright.cli.report_writer import write_report
from rulewright.gates.baseline_runs import compare_with_baselines, judge_evidence, save_runs
from rulewright.gates.evidence import read_evidence
from rulewright.measurements.baseline_store import (
    MOST_RUNS,
    format_baseline,
    prune_runs,
    read_baseline,
)
from rulewright.policy.config_reader import read_config
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.quantity import QuantityError, format_moment, parse_duration, parse_moment
from rulewright.report.baselines import ComparisonReport, KeptReport, SavedReport
from rulewright.run import exit_codes
from rulewright.run.execution import permission
from rulewright.run.inputs import evaluation_moment
from rulewright.run.state.baselines import require_baselines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.cli.connection import GitHubOptions
    from rulewright.measurements.baseline_store import Baseline, BaselineFiles
    from rulewright.policy.config import Config
    from rulewright.report.reporter import Reporter
    from rulewright.run.state.baselines import BaselineStore

apply_option = click.option(
    "--apply",
    "asked",
    is_flag=True,
    help="Write from any branch. Default: only from the branches that apply plans (`execution.apply_branches`).",
)


@click.group()
def baseline() -> None:
    """Keep runs that passed, for later gates to compare with."""


@baseline.command()
@click.argument("path", metavar="EVIDENCE")
@click.option(
    "--champion", is_flag=True, help="Make these runs the champion, too, which stays until the next."
)
@apply_option
@github_options
@format_option()
def save(path: str, champion: bool, asked: bool, github: GitHubOptions, reporter: Reporter) -> int:
    """Save the runs of objectives that passed, and of those whose comparison alone is not decided.

    EVIDENCE is a file that `rulewright gate --evidence` wrote; it is judged again. Baselines are kept where `state:` of
    rulewright.yaml says, a file for each gate, objective and class of machines, with at most 50 runs. On other branches
    this is a dry run.
    """
    config = read_config()
    judged = judge_evidence(read_evidence(path, read_bytes(Path(path))))
    if not judged:
        raise UsageError(
            f"no objective of {path} has a baseline to save",
            hint="an objective names it with `baseline: { from: … }`",
        )
    store = open_store(config, github)
    refusal = find_refusal(config, github, asked)
    if not refusal:
        save_runs(store, judged, is_champion=champion)
    write_report(SavedReport(judged, refusal), reporter)
    return exit_codes.DONE


@baseline.command()
@click.argument("gate", metavar="[GATE]", required=False)
@click.argument("objective", metavar="[OBJECTIVE]", required=False)
@github_options
@format_option()
def show(gate: str | None, objective: str | None, github: GitHubOptions, reporter: Reporter) -> int:
    """Show the baselines that are kept."""
    store = open_store(read_config(), github)
    kept = read_all(store)
    chosen = [one for one in kept.values() if gate in (None, one.gate) and objective in (None, one.objective)]
    if not chosen and gate is not None:
        known = ", ".join(sorted({one.gate for one in kept.values()}))
        raise UsageError(
            "there is no such baseline", hint=f"there are baselines of {known}" if known else None
        )
    write_report(KeptReport(chosen), reporter)
    return exit_codes.DONE


@baseline.command()
@click.argument("path", metavar="EVIDENCE")
@click.option("--merge-base", default="", metavar="SHA", help="The commit that `from: merge_base` means.")
@github_options
@format_option()
def compare(path: str, merge_base: str, github: GitHubOptions, reporter: Reporter) -> int:
    """Compare the runs of EVIDENCE with the baselines that are kept, without a verdict.

    EVIDENCE is a file that `rulewright gate --evidence` wrote. Each run is aggregated as its objective says; the table
    has the medians over runs, their ratio and its interval.
    """
    judged = judge_evidence(read_evidence(path, read_bytes(Path(path))))
    comparisons = compare_with_baselines(open_store(read_config(), github), judged, merge_base)
    write_report(ComparisonReport(comparisons), reporter)
    return exit_codes.DONE


@baseline.command()
@click.option(
    "--keep",
    type=click.IntRange(0, MOST_RUNS),
    default=MOST_RUNS,
    show_default=True,
    help="The runs to keep.",
)
@click.option("--older-than", "age", metavar="DURATION", help="Remove runs that are older, such as 90d.")
@click.option("--now", metavar="ISO", help="The time that ages are counted from; default: now.")
@apply_option
@github_options
@format_option()
def prune(
    keep: int, age: str | None, now: str | None, asked: bool, github: GitHubOptions, reporter: Reporter
) -> int:
    """Remove old runs from all baselines, and baselines without a run. Champions stay."""
    config = read_config()
    store = open_store(config, github)
    since = oldest_time(age, evaluation_moment(now))
    refusal = find_refusal(config, github, asked)
    removed: list[int] = []

    def change(files: BaselineFiles) -> Mapping[str, bytes | None]:
        changed: dict[str, bytes | None] = {}
        removed.clear()
        for name, one in read_all(files).items():
            pruned = prune_runs(one, keep=keep, since=since)
            if len(pruned.runs) < len(one.runs) or not (pruned.runs or pruned.champion):
                removed.append(len(one.runs) - len(pruned.runs))
                changed[name] = format_baseline(pruned) if pruned.runs or pruned.champion else None
        return changed

    if refusal:
        change(store)
    else:
        store.update(change, "Baselines: remove old runs")
    count = f"{sum(removed)} run{'' if sum(removed) == 1 else 's'}"
    title = f"Dry run, {count} not removed: {refusal}" if refusal else f"Removed {count}"
    write_report(KeptReport([*read_all(store).values()], title), reporter)
    return exit_codes.DONE


def open_store(config: Config, github: GitHubOptions) -> BaselineStore:
    """The baselines of rulewright.yaml. Raises UsageError where it keeps no state."""
    return require_baselines(config.state, github.connect)


def read_all(files: BaselineFiles) -> dict[str, Baseline]:
    """Name → baseline, of all files. Raises SourceError for one that is damaged."""
    found = ((name, read_baseline(files, name)) for name in files.names())
    return {name: one for name, one in found if one is not None}


def find_refusal(config: Config, github: GitHubOptions, asked: bool) -> str:
    """Why nothing is written; empty if this run may write: as for plans, on the branches that apply them."""

    def default_branch() -> str:
        connection = github.connect()
        return str(connection.reader.repository(connection.repository)["default_branch"])

    allowed = permission(
        config.execution, os.environ, asked, default_branch, hint="use --apply to write all the same"
    )
    return allowed.why


def oldest_time(age: str | None, now: str | None) -> str:
    """The time before which runs are removed; empty for none. Raises UsageError for a text that is no duration."""
    if age is None:
        return ""
    try:
        seconds = parse_duration(age)
    except QuantityError as error:
        raise UsageError(f"--older-than: {error.message}", hint=error.hint) from None
    moment = time() if now is None else parse_moment(now) or 0.0
    return format_moment(int(moment - seconds))
