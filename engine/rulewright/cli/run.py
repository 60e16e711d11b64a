"""`rulewright run`: evaluate subjects on GitHub, and apply the plans if the execution policy allows it."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

import rulewright
from rulewright.cli import options
from rulewright.cli.connection import github_options
from rulewright.cli.error_handling import write_crash_report
from rulewright.cli.output import print_error, print_facts, print_load_warnings, print_note
from rulewright.cli.progress import current_progress
from rulewright.cli.report_writer import SubjectWriter, page_for
from rulewright.policy.config import State
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.quantity import format_moment
from rulewright.report.run import RunReport, run_lines
from rulewright.report.subject import SubjectRenderer
from rulewright.run.context import RunContext
from rulewright.run.execution import permission
from rulewright.run.inputs import evaluation_moment, given_facts, policy_paths
from rulewright.run.pipeline import Inputs
from rulewright.run.runner import run_subjects
from rulewright.run.state.opening import describe_kept_tip, open_store
from rulewright.run.subjects import select_events
from rulewright.run.write_port import open_port

if TYPE_CHECKING:
    from rulewright.cli.connection import GitHubOptions
    from rulewright.program.program import Program
    from rulewright.report.reporter import Reporter
    from rulewright.run.connection import Connection
    from rulewright.run.execution import Permission
    from rulewright.run.pipeline import SubjectResult


class Selection(NamedTuple):
    """The selected subjects: numbers, files with events, or else the result of `select_events`.

    `quiet`: only noteworthy subjects are reported.
    """

    numbers: tuple[int, ...]
    events: tuple[str, ...]
    quiet: bool


@click.command()
@options.policies_argument
@github_options
@click.option(
    "--issue",
    "numbers",
    type=options.IssueNumber(),
    multiple=True,
    metavar="N",
    help="Only this issue or pull request. Can be repeated.",
)
@click.option(
    "--event", "events", multiple=True, metavar="FILE|-", help=f"{options.EVENT_HELP} Can be repeated."
)
@options.event_name_option
@click.option("--apply", "asked", is_flag=True, help="Apply the plans on any branch.")
@options.expect_hash_option("; otherwise exit with 5")
@click.option("--now", metavar="ISO", help="The evaluation time; default: now.")
@options.given_option
@click.option("--journal", metavar="FILE", help="Write the journal to this file, instead of to `state:`.")
@click.option(
    "--plan-out", metavar="FILE", help="Write the full plans to this file, as canonical JSON, one per line."
)
@options.output_option
@click.option(
    "--all",
    "show_all",
    is_flag=True,
    help="Also list issues with nothing to do, and rules that did not match.",
)
@options.format_option()
def run(
    paths: tuple[str, ...],
    github: GitHubOptions,
    numbers: tuple[int, ...],
    events: tuple[str, ...],
    event_name: str | None,
    asked: bool,
    expected: str | None,
    now: str | None,
    given: str | None,
    journal: str | None,
    plan_out: str | None,
    output: str | None,
    show_all: bool,
    reporter: Reporter,
) -> int:
    """Evaluate issues and pull requests on GitHub, and apply the plans where allowed.

    Without --issue and --event, the event of the workflow is used; on `schedule`, `workflow_dispatch` and outside of
    Actions, all open issues and pull requests are evaluated. Plans are applied on the default branch of the repository,
    on the branches that `execution.apply_branches` of rulewright.yaml names, or with --apply. Otherwise the run is a
    dry run, and the report says so.
    """
    if numbers and events:
        raise UsageError("--issue and --event cannot be used together", hint="use one of them")
    program = rulewright.load(*policy_paths(paths))
    print_load_warnings(program)
    connection = github.connect(identity=program.config.identity)
    inputs = Inputs(evaluation_moment(now), given_facts(given), event_name)
    allowed = permission(
        program.config.execution,
        os.environ,
        asked,
        lambda: str(connection.reader.repository(connection.repository)["default_branch"]),
    )
    page = page_for(output)
    renderer = SubjectRenderer(reporter, page, show_all, compact=True, whole_plans=plan_out is not None)
    selection = Selection(numbers, events, quiet=not (numbers or events or show_all))
    with SubjectWriter(reporter, output, plan_out, page=page) as writer:
        run_on_github(
            program,
            connection,
            inputs,
            selection,
            renderer,
            writer,
            allowed,
            journal=journal,
            expected=expected,
        )
    return writer.exit_code


def run_on_github(
    program: Program,
    connection: Connection,
    inputs: Inputs,
    selection: Selection,
    renderer: SubjectRenderer,
    writer: SubjectWriter,
    allowed: Permission,
    *,
    journal: str | None = None,
    expected: str | None = None,
    remember: bool = True,
) -> None:
    """Run over the selected subjects, and write each result. Plans are applied only if `allowed`.

    `remember`: whether the records of the run are stored in `state:`.
    """
    state = program.config.state
    # A dry run changes nothing on GitHub; therefore it writes no journal there either.
    kept = State() if not remember or (not allowed.granted and state.git_ref) else state
    context = RunContext(
        program,
        connection.reader,
        open_store(kept, journal, connection),
        lambda: inputs.now or format_moment(connection.clock.now()),
        connection.repository,
        port=open_port(connection, program.config) if allowed.granted else None,
        dry=allowed.why,
        branch=allowed.branch,
        given=inputs.given,
        expected=expected,
        report_crash=partial(write_crash_report, arguments=sys.argv[1:]),
        tell=print_note,
    )
    events = select_events(context, selection.numbers, selection.events, inputs.event_name)
    seen = changed = 0
    progress = current_progress()
    progress.begin("subjects", len(events))

    def take(result: SubjectResult) -> None:
        nonlocal seen, changed
        progress.advance()
        seen += 1
        changed += result.changed
        write_result(result, renderer, writer, quiet=selection.quiet)

    summary = run_subjects(context, events, take)
    writer.codes.add(summary.exit_code)
    in_actions = os.environ.get("GITHUB_ACTIONS") == "true"
    write_line = print_error if summary.exit_code else print_note
    lines = run_lines(context, seen, changed, context.unnamed_account() if in_actions else None)
    for line in lines:
        write_line(line)
    tip = describe_kept_tip(context.store, journal)
    if tip is not None:
        print_note(tip)
    writer.heading = renderer.reporter.render(RunReport(lines, tip), renderer.page).summary


def write_result(
    result: SubjectResult, renderer: SubjectRenderer, writer: SubjectWriter, *, quiet: bool
) -> None:
    """Write the result of one subject. A `quiet` run writes only noteworthy results, except in formats for programs."""
    writer.codes.add(result.code)
    if result.error is not None:
        print_error(f"error: {result.target}: {result.error.message}", hint=result.error.hint)
    elif result.planned is not None:
        print_facts(result.planned.decision.facts)
        left_out = quiet and not result.noteworthy and not renderer.reporter.for_programs
        writer.take_subject(renderer.render(result), quiet=left_out)
