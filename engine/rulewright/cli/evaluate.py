"""`rulewright evaluate`: evaluate policies against events, and show the plan. Changes nothing."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

import rulewright
from rulewright.cli import options
from rulewright.cli.connection import github_options
from rulewright.cli.output import print_error, print_facts, print_load_warnings
from rulewright.cli.progress import track, track_file
from rulewright.cli.report_writer import SubjectWriter, page_for
from rulewright.events.reader import list_event_files, read_event
from rulewright.policy.diagnostics import RulewrightError, UsageError
from rulewright.policy.named_tuple import NamedTuple
from rulewright.report.evaluation import format_count
from rulewright.report.subject import SubjectRenderer
from rulewright.run.execution import NOT_ASKED, workflow_event_path
from rulewright.run.inputs import evaluation_moment, given_facts, policy_paths
from rulewright.run.pipeline import Inputs, evaluate_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.cli.connection import GitHubOptions
    from rulewright.program.program import Program
    from rulewright.program.route import RouteStats
    from rulewright.report.reporter import Reporter
    from rulewright.report.subject import RenderedSubject


@click.command()
@options.policies_argument
@click.option(
    "--event", "events", multiple=True, metavar="FILE|DIR|-", help=f"{options.EVENT_HELP} Can be repeated."
)
@click.option(
    "--events", "stream", metavar="FILE.jsonl|-", help="Events, one per line, evaluated in constant memory."
)
@options.event_name_option
@github_options
@click.option(
    "--issue",
    "numbers",
    type=options.IssueNumber(),
    multiple=True,
    metavar="N",
    help="An issue or pull request on GitHub. Can be repeated.",
)
@click.option("--now", metavar="ISO", help="The evaluation time, such as 2026-01-05T09:00:00Z; default: now.")
@options.given_option
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, metavar="N", help="Number of processes for --events."
)
@options.format_option()
@click.option("--plan-out", metavar="FILE", help="Write the full plan to this file, as canonical JSON.")
@options.output_option
@click.option("--all", "show_all", is_flag=True, help="Also list the rules that did not match.")
@click.option("--stats", is_flag=True, help="Show statistics of the rule index.")
@click.option("--no-cache", is_flag=True, help="Do not use the cache of compiled policies.")
def evaluate(
    paths: tuple[str, ...],
    events: tuple[str, ...],
    stream: str | None,
    event_name: str | None,
    github: GitHubOptions,
    numbers: tuple[int, ...],
    now: str | None,
    given: str | None,
    jobs: int,
    reporter: Reporter,
    plan_out: str | None,
    output: str | None,
    show_all: bool,
    stats: bool,
    no_cache: bool,
) -> int:
    """Evaluate policies against an event, and show the plan.

    PATH is a policy file or a folder of policies; default: the policies that rulewright.yaml names, else rules/. An
    event is a GitHub webhook payload, or {"event": NAME, "payload": {...}}; `rulewright evaluate rules --event
    issue-opened` uses a shipped example. In Actions, the event of the workflow is
    used when none is named. With --repo, the state on GitHub is read: of the issues named, of an event's issue or pull
    request, or else of every open issue and pull request.
    """
    on_github = github.repo is not None or bool(numbers)
    files = named_events(events, stream, numbers, on_github=on_github)
    many = stream is not None or len(files) > 1
    inputs = Inputs(evaluation_moment(now), given_facts(given), event_name)
    places = policy_paths(paths)
    program = rulewright.load(*places, cache=not no_cache)
    print_load_warnings(program)
    page = page_for(output)
    renderer = SubjectRenderer(reporter, page, show_all, many or on_github, plan_out is not None)
    with SubjectWriter(reporter, output, plan_out, page=page) as writer:
        if on_github:
            # Only this needs the network and the code that applies plans.
            from rulewright.cli.run import Selection, run_on_github

            selection = Selection(numbers, events, quiet=not (numbers or events or show_all))
            connection = github.connect(identity=program.config.identity)
            run_on_github(program, connection, inputs, selection, renderer, writer, NOT_ASKED, remember=False)
        elif stream is not None:
            evaluate_lines(program, places, inputs, renderer, writer, stream, jobs)
        else:
            evaluate_files(program, files, inputs, renderer, writer, stats)
    if stats and (many or not reporter.for_programs):
        print_error(format_stats(program_stats(program)))
    return writer.exit_code


def named_events(
    events: tuple[str, ...], stream: str | None, numbers: tuple[int, ...], *, on_github: bool
) -> list[str]:
    """The event files to read, with folders expanded; in Actions, the event of the workflow. None for a stream, and for
    `on_github`. Raises UsageError if there is no event, or for conflicting options.
    """
    if on_github:
        if stream is not None or (numbers and events):
            raise UsageError("--events, --event and --issue cannot be used together", hint="use one of them")
        return []
    if stream is not None:
        if events:
            raise UsageError("--event and --events cannot be used together", hint="use one of them")
        return []
    if not events:
        own = workflow_event_path(os.environ)
        if own is None:
            raise UsageError("no event given", hint=options.NO_EVENT_HINT)
        return [own]
    files: list[str] = []
    for place in events:
        files += list_event_files(place) if os.path.isdir(place) else [place]
    return files


def evaluate_lines(
    program: Program,
    places: tuple[str, ...],
    inputs: Inputs,
    renderer: SubjectRenderer,
    writer: SubjectWriter,
    path: str,
    jobs: int,
) -> None:
    """Evaluate every line of the file `path` (`-`: standard input).

    Raises SourceError if the file cannot be read.
    """
    # Imported only for streams.
    from rulewright.policy.file_bytes import open_input
    from rulewright.run.event_stream import LineError, evaluate_stream

    name = "standard input" if path == "-" else path
    with sys.stdin.buffer if path == "-" else open_input(path) as stream:
        batches: Iterator[list[RenderedSubject | LineError]] = evaluate_stream(
            program, stream, name, inputs, renderer.render, paths=places, jobs=jobs
        )
        for batch in track_file(batches, stream, "events", len):
            for result in batch:
                if isinstance(result, LineError):
                    print_error(f"error: {result.message}", hint=result.hint)
                    writer.codes.add(result.code)
                else:
                    writer.take_subject(result)
            if writer.closed:
                break


def evaluate_files(
    program: Program,
    files: list[str],
    inputs: Inputs,
    renderer: SubjectRenderer,
    writer: SubjectWriter,
    stats: bool,
) -> None:
    """Evaluate each file. If there are several, invalid events are reported and the others are evaluated."""
    several = len(files) > 1
    if stats and renderer.reporter.for_programs and not several:
        renderer = renderer._replace(stats=program_stats(program).as_json())
    for file in track(files, "events"):
        where = "standard input" if file == "-" else file
        try:
            document = read_event(file)
            result = evaluate_document(program, document, inputs, where, path=file, environ=os.environ)
            if result.planned is not None:
                print_facts(result.planned.decision.facts)
            writer.take_subject(renderer.render(result))
        except RulewrightError as error:
            if not several:
                raise
            print_error(f"error: {error.message}", hint=error.hint)
            writer.codes.add(error.exit_code)
        if writer.closed:
            break


class ProgramStats(NamedTuple):
    """Numbers of policies and rules, and the index statistics of each event."""

    policies: int
    rules: int
    routes: Mapping[str, RouteStats]

    def as_json(self) -> dict[str, object]:
        return {**self._asdict(), "routes": {event: route._asdict() for event, route in self.routes.items()}}


def program_stats(program: Program) -> ProgramStats:
    """Collect the statistics of the rule index."""
    routes = {}
    for policy in program.policies:
        for event in policy.on:
            name, _, action = event.partition(".")
            routes[event] = program.route(name, action or None).stats()
    rules = sum(len(policy.entries) for policy in program.policies)
    return ProgramStats(len(program.policies), rules, dict(sorted(routes.items())))


def format_stats(stats: ProgramStats) -> str:
    """Format the statistics as text."""
    lines = [f"{format_count(stats.policies, 'policy', 'policies')}, {format_count(stats.rules, 'rule')}"]
    for event, route in stats.routes.items():
        indexed = route.rules - len(route.always)
        paths = format_count(route.paths, "path")
        lines.append(f"  {event}: {format_count(route.rules, 'rule')}, {indexed:,} indexed by {paths}")
        for name in route.always:
            lines.append(f"    always evaluated, its condition cannot be indexed: {name}")
    return "\n".join(lines)
