"""`rulewright apply`: apply saved plans."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from rulewright.cli.connection import github_options
from rulewright.cli.options import expect_hash_option, format_option, output_option
from rulewright.cli.output import print_error, print_note
from rulewright.cli.progress import track
from rulewright.cli.report_writer import write_report
from rulewright.planning.plan_json import read_plan
from rulewright.policy.config_reader import read_config
from rulewright.policy.diagnostics import UsageError, translate_os_errors
from rulewright.policy.strict_json import decode_utf8, parse_strictly
from rulewright.report.evaluation import format_count
from rulewright.report.outcomes import OutcomesReport
from rulewright.run import exit_codes
from rulewright.run.apply_plans import PlanOutcome, apply_plans, check_targets, named_repositories
from rulewright.run.execution import PAUSED
from rulewright.run.state.opening import describe_kept_tip, open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rulewright.actions.plan import Plan
    from rulewright.cli.connection import GitHubOptions
    from rulewright.report.reporter import Reporter

WRITTEN: Final = "pass a file that --plan-out wrote"


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="PLAN...")
@github_options
@expect_hash_option("")
@click.option("--journal", metavar="FILE", help="Write the journal to this file, instead of to `state:`.")
@output_option
@format_option()
def apply(
    files: tuple[str, ...],
    github: GitHubOptions,
    expected: str | None,
    journal: str | None,
    output: str | None,
    reporter: Reporter,
) -> int:
    """Apply saved plans. Each effect is applied only while its preconditions hold.

    PLAN is a file that --plan-out wrote; "-" is standard input. A plan is refused if its hash does not match its
    content or --expect-hash, or if it has an effect that no action plans. Never apply a plan that an untrusted run
    made: create it again with `run --expect-hash`.
    """
    plans = [plan for file in files for plan in read_plans(file)]
    if expected is not None:
        wrong = [plan.hash for plan in plans if not plan.hash.startswith(expected)]
        if wrong:
            raise UsageError(
                f"the plan has hash {wrong[0]}, expected {expected}; nothing was applied",
                hint="apply the reviewed plan, or review this one",
            )
    config = read_config()
    if config.execution.paused:
        return report_paused(plans, reporter, output)
    connection = github.connect(identity=config.identity, suggested=named_repositories(plans))
    check_targets(plans, connection.repository)
    store = open_store(config.state, journal, connection)
    code = report_outcomes(
        apply_plans(plans, connection, store, config, print_error, track_plans), reporter, output
    )
    tip = describe_kept_tip(store, journal)
    if tip is not None:
        print_note(tip)
    return code


def track_plans(plans: Sequence[Plan]) -> Iterator[Plan]:
    """The plans, counted as progress."""
    return track(plans, "plans")


def report_outcomes(
    outcomes: Sequence[PlanOutcome], reporter: Reporter, output: str | None, dry: str = ""
) -> int:
    """Write the outcome of the plans, and return the exit code. `dry`: why they were not applied."""
    write_report(OutcomesReport(outcomes, dry), reporter, output)
    journals = [outcome.journal for outcome in outcomes if outcome.journal is not None]
    for message in sorted({journal.halt.message for journal in journals if journal.halt is not None}):
        print_error(f"stopped: {message}")
    if not outcomes:
        print_note("nothing to do")
    else:
        effects = format_count(sum(len(outcome.plan.effects) for outcome in outcomes), "effect")
        print_note(f"{format_count(len(outcomes), 'plan')}, {effects}{'; dry run' if dry else ''}")
    return exit_codes.combine(journal.exit_code for journal in journals)


def report_paused(plans: Iterable[Plan], reporter: Reporter, output: str | None) -> int:
    """Report the plans and that writing is paused. Return the exit code: 5 if a plan has effects."""
    outcomes = [PlanOutcome(plan) for plan in plans]
    code = report_outcomes(outcomes, reporter, output, PAUSED)
    print_error(f"nothing was applied: {PAUSED}")
    pending = any(outcome.plan.effects for outcome in outcomes)
    return exit_codes.combine((code, exit_codes.PARTLY)) if pending else code


def read_plans(file: str) -> list[Plan]:
    """The plans of a file: one, or one per line. Raises UsageError for other content, SourceError."""
    try:
        text = decode_utf8(_read_bytes(file))
    except ValueError as error:
        raise UsageError(f"{file} is not a plan: {error}", hint=WRITTEN) from None
    plans = []
    for where, document in _documents(file, text):
        try:
            plans.append(read_plan(document))
        except UsageError as error:
            raise UsageError(f"{where}: {error.message}", hint=error.hint) from None
    if not plans:
        raise UsageError(f"{file} contains no plan", hint=WRITTEN)
    return plans


def _read_bytes(file: str) -> bytes:
    with translate_os_errors(f"cannot read {file}"):
        if file == "-":
            return sys.stdin.buffer.read()
        with open(file, "rb") as stream:
            return stream.read()


def _documents(file: str, text: str) -> Iterator[tuple[str, object]]:
    """Each JSON document with its position: the whole text, or one per line. Raises UsageError for invalid JSON."""
    lines = [
        (f"{file}, line {number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    ]
    if len(lines) == 1 or (lines and not _is_json(lines[0][1])):  # one document on several lines
        lines = [(file, text)]
    for where, line in lines:
        try:
            yield where, parse_strictly(line)
        except ValueError as error:
            raise UsageError(f"{where} is not a plan: {error}", hint=WRITTEN) from None


def _is_json(text: str) -> bool:
    try:
        parse_strictly(text)
    except ValueError:
        return False
    return True
