"""`rulewright run`: decide about subjects on GitHub, and apply the plans where the execution policy allows it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from rulewright.cli.connection import connect, github_options
from rulewright.cli.options import chosen_format, format_option, given_facts, moment, policy_paths
from rulewright.cli.output import append_summary, complain
from rulewright.cli.pipeline import Settings, load, presented, remark
from rulewright.cli.result_writer import Sink
from rulewright.events.reader import read_event_file, read_event_stream
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import subject
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.report.applied import told as told_record
from rulewright.report.applied import total
from rulewright.report.evaluation import counted
from rulewright.report.identity import unnamed_account
from rulewright.report.markdown import run_markdown
from rulewright.report.terminal import colourful, width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.cli.connection import Connection
    from rulewright.cli.execution import Permission
    from rulewright.cli.runner import Course, Watch
    from rulewright.events.model import Event
    from rulewright.program.program import Program


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@github_options
@click.option(
    "--issue",
    "numbers",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="N",
    help="Only this issue or pull request. Can be repeated.",
)
@click.option(
    "--event", "events", multiple=True, metavar="FILE|-", help="A webhook's event, as JSON. Can be repeated."
)
@click.option(
    "--event-name", "name", metavar="NAME", help="Which event it is, where its shape does not tell."
)
@click.option("--apply", "asked", is_flag=True, help="Apply the plans, whatever branch this is.")
@click.option(
    "--expect-hash", "expected", metavar="HASH", help="Apply only a plan with this hash; refuse another (5)."
)
@click.option("--now", metavar="ISO", help="The moment to decide at; default: the clock's.")
@click.option("--given", metavar="FILE", help="Facts by name (JSON or YAML), instead of gathering them.")
@click.option("--journal", metavar="FILE", help="Keep the journal in this file, whatever `state:` says.")
@click.option("--plan-out", metavar="FILE", help="Write the whole plans, as canonical JSON, one per line.")
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
@click.option(
    "--all", "every", is_flag=True, help="List subjects with nothing to do, and rules that did not match."
)
@format_option()
def run(
    paths: tuple[str, ...],
    repo: str | None,
    token_env: str | None,
    api_url: str | None,
    numbers: tuple[int, ...],
    events: tuple[str, ...],
    name: str | None,
    asked: bool,
    expected: str | None,
    now: str | None,
    given: str | None,
    journal: str | None,
    plan_out: str | None,
    output: str | None,
    every: bool,
    form: str | None,
) -> int:
    """Decide about issues and pull requests on GitHub, and apply the plans where that is allowed.

    Without --issue and --event it is the workflow's own event; on `schedule`, `workflow_dispatch` and outside of
    Actions, a sweep over all open subjects. Plans are applied on the repository's default branch, or on the branches
    that `execution.apply_branches` of rulewright.yaml names, or with --apply; else it is a dry run, and says so.
    """
    from rulewright.cli.execution import permission

    if numbers and events:
        raise UsageError("--issue and --event do not go together", hint="name one of them")
    places = policy_paths(paths)
    program = load(places)
    remark(program)
    connection = connect(repo, token_env, api_url, identity=program.config.get("identity"))
    settings = Settings(
        form=chosen_format(form),
        now=moment(now),
        given=given_facts(given),
        name=name,
        every=every,
        stream=True,
        colour=output is None and colourful(sys.stdout),
        columns=width(),
        plans=plan_out is not None,
    )
    allowed = permission(
        program.config,
        os.environ,
        asked,
        lambda: str(connection.reader.repository(connection.repository)["default_branch"]),
    )
    with Sink(settings, output, plan_out) as sink:
        looked_at(
            program, connection, settings, sink, numbers, events, allowed, journal=journal, expected=expected
        )
    return sink.code


def looked_at(
    program: Program,
    connection: Connection,
    settings: Settings,
    sink: Sink,
    numbers: tuple[int, ...],
    events: tuple[str, ...],
    allowed: Permission,
    *,
    journal: str | None = None,
    expected: str | None = None,
    remember: bool = True,
) -> None:
    """Go through the subjects that are meant, and tell each. Nothing is written unless `allowed`.

    `remember`: whether the run's entries go where `state:` says.
    """
    from rulewright.cli.execution import describe_kept_tip, iso, open_store
    from rulewright.cli.runner import Course, Watch

    state = (program.config.get("state") or {}).get("git_ref")
    # A dry run changes nothing on GitHub, so it keeps no journal there either.
    kept = {} if not remember or (not allowed.granted and state) else program.config
    course = Course(
        program,
        Watch(connection.reader),
        open_store(kept, journal, connection),
        lambda: settings.now or iso(connection.clock.now()),
        connection.repository,
        port=connection.port(program.config) if allowed.granted else None,
        dry=allowed.why,
        branch=allowed.branch,
        given=settings.given,
        every=settings.every,
        gates=settings.form != "json",
        expected=expected,
    )
    subjects = chosen(program, course, connection, numbers, events, settings.name)
    try:
        follow(course, subjects, sink, settings, quiet=not (numbers or events or settings.every))
    except KeyboardInterrupt:
        # A workflow that is cancelled has a few seconds left: enough to put away what was done.
        course.store.flush()
        raise
    tip = describe_kept_tip(course.store, journal)
    if tip is not None:
        complain(tip)
        if settings.form == "github":
            append_summary(f"\n{tip}\n")


def chosen(
    program: Program,
    course: Course,
    connection: Connection,
    numbers: tuple[int, ...],
    files: tuple[str, ...],
    name: str | None,
) -> list[Event]:
    """The events of this run. Raises UsageError, SourceError."""
    watch, repository = course.watch, connection.repository
    if numbers:
        found = [watch.event(repository, number, "schedule") for number in numbers]
        for number, event in zip(numbers, found, strict=True):
            if event is None:
                raise UsageError(f"{repository} has no issue or pull request {number}")
        return found
    own = os.environ.get("GITHUB_EVENT_PATH") if os.environ.get("GITHUB_ACTIONS") == "true" else None
    if not files and (
        own is None or os.environ.get("GITHUB_EVENT_NAME") in ("schedule", "workflow_dispatch")
    ):
        return swept(program, course, watch, repository)
    out: list[Event] = []
    for file in files or (str(own),):
        document = read_event_stream(sys.stdin.buffer) if file == "-" else read_event_file(file)
        event = recognise(document, name=name, environ=os.environ, path=file)
        if event.name == "schedule" and subject(event) is None:
            out += swept(program, course, watch, repository)
            continue
        out += fresh(event, program, course, watch, repository)
    return out


def swept(program: Program, course: Course, watch: Watch, repository: str) -> list[Event]:
    """A `schedule` event for every open subject; those first that the last sweep did not reach.

    Issues from before `issues.created_after` of rulewright.yaml are left out, and counted in `course.left_out`.
    """
    if not program.route("schedule", None).policies:
        complain("no policy subscribes to schedule, so there is nothing to sweep for")
        return []
    course.swept = True
    try:
        found: list[Event] = list(watch.subjects(repository))
    except SourceError:
        if watch.halt is None:
            raise
        course.halt = watch.halt
        return []
    since = (program.config.get("issues") or {}).get("created_after")
    if since is not None:
        found, every = [event for event in found if not opened_before(event, since)], found
        course.left_out = len(every) - len(found)
    start = course.store.memory().resume.get(repository, 0)
    number = {id(event): about.number or 0 for event in found if (about := subject(event)) is not None}
    return sorted(found, key=lambda event: number.get(id(event), 0) < start)


def opened_before(event: Event, date: str) -> bool:
    """Whether the event is about an issue that was opened before a date (ISO 8601); never for a pull request."""
    from rulewright.policy.quantity import parse_moment

    issue = event.payload.get("issue")
    opened = parse_moment(str(issue.get("created_at"))) if isinstance(issue, dict) else None
    return opened is not None and opened < (parse_moment(date) or 0.0)


def fresh(event: Event, program: Program, course: Course, watch: Watch, repository: str) -> list[Event]:
    """The event with its subject as it is now; none where we caused it ourselves, or the subject is gone.

    So a plan that was made with --repo has the same hash here, as long as the subject is the same. Raises UsageError
    for an event of another repository.
    """
    from rulewright.cli.execution import cause
    from rulewright.facts.payload_loader import with_viewer

    about = subject(event)
    if about is not None and about.repository and about.repository.casefold() != repository.casefold():
        raise UsageError(f"the event is of {about.repository}, and the run for {repository}")
    reader: Any = watch
    own = cause(event, with_viewer(event, program.config, reader).payload.get("viewer"))
    if own is not None:
        complain(f"{about.target if about is not None else event.name}: {own}: nothing to do")
        return []
    if about is None:
        return [event]
    now: Event | None = watch.fresh(event, about)
    if now is None:
        complain(f"{about.target} is gone: nothing to do")
        return []
    return [now]


def follow(course: Course, subjects: Iterable[Event], sink: Sink, settings: Settings, *, quiet: bool) -> None:
    """Tell each subject as it comes, and at the end what holds for the whole run. `quiet`: only what is of note."""
    looked = changed = 0
    for told in course.run(subjects):
        looked += 1
        sink.held.add(told.code)
        if told.error is not None:
            complain(f"error: {told.target}: {told.error.message}", hint=told.error.hint)
            continue
        if told.evaluation is None:
            continue
        records = told.evaluation.records or ()
        changed += any(record.status in ("applied", "recovered") for record in records)
        if not quiet or not told.dull or settings.form == "json":
            sink.take(presented(told.evaluation, told.code, settings))
        elif settings.plans and sink.plans is not None:
            sink.plans.write(presented(told.evaluation, told.code, settings).plan + b"\n")
        if settings.form == "text":
            sink.out.flush()
    sink.held.add(course.code())
    lines = ending(course, looked, changed, find_unnamed_account(course))
    for line in lines:
        complain(line)
    if settings.form == "github":
        sink.heading = run_markdown(lines)


def find_unnamed_account(course: Course) -> str | None:
    """The account that a workflow's run writes as, where other workflows do not know it."""
    if course.port is None or course.halt is not None or os.environ.get("GITHUB_ACTIONS") != "true":
        return None
    login: str | None = course.watch.find_unnamed_login()
    return login


def ending(course: Course, looked: int, changed: int, unknown: str | None) -> list[str]:
    """What is said of the whole run, on stderr. `unknown`: the account that wrote, where other runs do not know it."""
    out = []
    if unknown is not None:
        out.append(unnamed_account(unknown))
    if course.taken_up:
        out.append(f"taken up from an interrupted run: {total(course.taken_up)}")
        out += [
            f"  {told_record(one)}" for one in course.taken_up if one.status not in ("applied", "unchanged")
        ]
    if course.waiting:
        out.append(
            f"{counted(course.waiting, 'effect')} of an interrupted run beyond the budget, left for the next run"
        )
    if course.unsent:
        first = "; ".join(f"{one.target} to {one.channel}: {one.reason}" for one in course.unsent[:10])
        more = f"; and {len(course.unsent) - 10:,} more" if len(course.unsent) > 10 else ""
        out.append(f"{counted(len(course.unsent), 'notification')} not sent yet: {first}{more}")
    if course.no_longer:
        out.append(f"no longer sent, since no rule says so any more: {'; '.join(course.no_longer[:10])}")
    if course.halt is not None:
        out.append(f"stopped: {course.halt.message}")
    if course.missed:
        shown = ", ".join(target.rpartition("#")[2] for target in course.missed[:20])
        more = f" and {len(course.missed) - 20:,} more" if len(course.missed) > 20 else ""
        out.append(
            f"{counted(len(course.missed), 'subject')} not looked at, left for the next run: {shown}{more}"
        )
    if course.left_out:
        since = course.program.config["issues"]["created_after"]
        out.append(
            f"{counted(course.left_out, 'issue')} opened before {since} left out (`issues.created_after`)"
        )
    why = f": {course.dry}" if course.dry else ""
    what = f"{changed:,} changed" if course.port is not None else f"dry run, nothing was changed{why}"
    out.append(f"{counted(looked, 'subject')}; {what}")
    return out
