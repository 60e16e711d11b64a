"""`rulewright evaluate`: decide about events, and show what would be done. Changes nothing."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from rulewright.cli.connection import github_options
from rulewright.cli.options import chosen_format, format_option, given_facts, moment, policy_paths
from rulewright.cli.output import complain
from rulewright.cli.pipeline import Settings, judged, load, remark
from rulewright.cli.result_writer import Sink
from rulewright.events.reader import read_event_file, read_event_stream
from rulewright.policy.diagnostics import RulewrightError, SourceError, UsageError
from rulewright.report.evaluation import counted
from rulewright.report.terminal import colourful, width

if TYPE_CHECKING:
    from rulewright.program.program import Program


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--event", "events", multiple=True, metavar="FILE|DIR|-", help="An event's JSON. Can be repeated."
)
@click.option(
    "--events", "stream", metavar="FILE.jsonl|-", help="Many events, one per line, in constant memory."
)
@click.option(
    "--event-name", "name", metavar="NAME", help="Which event it is, where its shape does not tell."
)
@github_options
@click.option(
    "--issue",
    "numbers",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="N",
    help="An issue or pull request on GitHub. Can be repeated.",
)
@click.option("--now", metavar="ISO", help="The moment to decide at, such as 2026-01-05T09:00:00Z.")
@click.option("--given", metavar="FILE", help="Facts by name (JSON or YAML), instead of gathering them.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, metavar="N", help="Processes for --events.")
@format_option()
@click.option("--plan-out", metavar="FILE", help="Write the whole plan, as canonical JSON.")
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
@click.option("--all", "every", is_flag=True, help="List the rules that did not match too.")
@click.option("--stats", is_flag=True, help="Say what the rule index does for these policies and events.")
@click.option("--no-cache", is_flag=True, help="Compile the policies anew.")
def evaluate(
    paths: tuple[str, ...],
    events: tuple[str, ...],
    stream: str | None,
    name: str | None,
    repo: str | None,
    token_env: str | None,
    api_url: str | None,
    numbers: tuple[int, ...],
    now: str | None,
    given: str | None,
    jobs: int,
    form: str | None,
    plan_out: str | None,
    output: str | None,
    every: bool,
    stats: bool,
    no_cache: bool,
) -> int:
    """Decide about an event, and show what would be done.

    PATH is a policy file or a folder of policies; default: what rulewright.yaml names, else rules/.
    An event is a GitHub webhook payload as it is, or {"event": NAME, "payload": {...}}. In Actions the
    workflow's own event is taken when none is named. With --repo it is decided about what stands on GitHub: the issues
    named, an event with all that is around its subject, or else every open subject.
    """
    shape = chosen_format(form)
    on_github = repo is not None or bool(numbers)
    if on_github and (stream is not None or (numbers and events)):
        raise UsageError("--events, --event and --issue do not go together", hint="name one of them")
    files = [] if on_github else named_events(events, stream)
    many = stream is not None or len(files) > 1
    settings = Settings(
        form=shape,
        now=moment(now),
        given=given_facts(given),
        name=name,
        # A single event lists every rule in JSON; people see a count of those that did not match.
        every=every or (shape == "json" and not many and not on_github),
        stream=many or on_github,
        colour=output is None and colourful(sys.stdout),
        columns=width(),
        plans=plan_out is not None,
    )
    places = policy_paths(paths)
    program = load(places, fresh=no_cache)
    remark(program)
    with Sink(settings, output, plan_out) as sink:
        if on_github:
            from rulewright.cli.connection import connect
            from rulewright.cli.execution import NOT_ASKED
            from rulewright.cli.run import looked_at

            looked_at(
                program,
                connect(repo, token_env, api_url, identity=program.config.get("identity")),
                settings,
                sink,
                numbers,
                events,
                NOT_ASKED,
                remember=False,
            )
        elif stream is not None:
            from rulewright.cli.stream import run_stream

            run_stream(program, places, settings, sink, stream, jobs)
        else:
            run_files(program, files, settings, sink, stats)
    if stats and (shape != "json" or many):
        complain(stats_text(program_stats(program)))
    return sink.code


def named_events(events: tuple[str, ...], stream: str | None) -> list[str]:
    """The event files to read, folders opened; in Actions the workflow's own.

    Raises UsageError when there is none.
    """
    if stream is not None:
        if events:
            raise UsageError("--event and --events do not go together", hint="name one of them")
        return []
    if not events:
        own = os.environ.get("GITHUB_EVENT_PATH") if os.environ.get("GITHUB_ACTIONS") == "true" else None
        if own is None:
            raise UsageError(
                "no event: name one with --event", hint="--event FILE, or --event - for standard input"
            )
        return [own]
    files: list[str] = []
    for place in events:
        files += event_folder(place) if os.path.isdir(place) else [place]
    return files


def event_folder(folder: str) -> list[str]:
    """The *.json files of a folder, sorted."""
    try:
        found = sorted(entry for entry in os.listdir(folder) if entry.endswith(".json"))
    except OSError as error:
        raise SourceError(f"cannot read {folder}: {error.strerror or error}") from error
    if not found:
        raise UsageError(f"there is no event in {folder}", hint="an event is a file whose name ends in .json")
    return [os.path.join(folder, entry) for entry in found]


def run_files(program: Program, files: list[str], settings: Settings, sink: Sink, stats: bool) -> None:
    """Judge each file in turn. Of several, one that is no event is told, and the rest is done."""
    several = len(files) > 1
    for file in files:
        where = "standard input" if file == "-" else file
        try:
            document = read_event_stream(sys.stdin.buffer) if file == "-" else read_event_file(file)
            told = program_stats(program) if stats and settings.form == "json" and not several else None
            sink.take(judged(program, document, settings, where, path=file, environ=os.environ, stats=told))
        except RulewrightError as error:
            if not several:
                raise
            complain(f"error: {error.message}", hint=error.hint)
            sink.held.add(error.exit_code)
        if sink.closed:
            break


def program_stats(program: Program) -> dict[str, Any]:
    """How many policies and rules there are, and for each route what its index cannot prune."""
    routes = {}
    for policy in program.policies:
        for event in policy.on:
            name, _, action = event.partition(".")
            found = program.route(name, action or None).stats()
            routes[event] = {"rules": found.entries, "always": list(found.always), "paths": found.paths}
    return {
        "policies": len(program.policies),
        "rules": sum(len(policy.entries) for policy in program.policies),
        "routes": dict(sorted(routes.items())),
    }


def stats_text(stats: dict[str, Any]) -> str:
    """The same for people."""
    lines = [f"{counted(stats['policies'], 'policy', 'policies')}, {counted(stats['rules'], 'rule')}"]
    for event, route in stats["routes"].items():
        indexed = route["rules"] - len(route["always"])
        paths = counted(route["paths"], "path")
        lines.append(f"  {event}: {counted(route['rules'], 'rule')}, {indexed:,} indexed by {paths}")
        for name in route["always"]:
            lines.append(f"    always evaluated, no part of its condition can be looked up: {name}")
    return "\n".join(lines)
