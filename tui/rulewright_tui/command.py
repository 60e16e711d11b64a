"""`rulewright tui`: options and checks, before Textual is imported."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import click

from rulewright.policy.diagnostics import RulewrightError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.program.program import Program
    from rulewright_tui.session.opening import OpenedEvents
    from rulewright_tui.steps.start import Start

GRACE = 0.3
"""Seconds that threads have to end in after ctrl+q."""
GRACE_AFTER_FAILURE = 10.0
"""Seconds that they have after an error, which is reported before the process ends."""
MISSING = "the terminal interface needs Textual, which is not installed"


class Options(NamedTuple):
    """The command line."""

    paths: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    lines: str | None = None
    repo: str | None = None
    issues: tuple[int, ...] = ()
    token_env: str | None = None
    api_url: str | None = None
    now: str | None = None
    given: str | None = None
    against: str | None = None


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--event",
    "events",
    multiple=True,
    metavar="FILE|DIR",
    help="An event (JSON), the name of a shipped example such as issue-opened, or a folder of events.",
)
@click.option("--events", "lines", metavar="FILE.jsonl", help="A file with one event per line.")
@click.option(
    "--repo", metavar="OWNER/NAME", help="Read the open issues and pull requests of this repository."
)
@click.option(
    "--issue", "issues", type=int, multiple=True, metavar="N", help="Of the repository, read this issue only."
)
@click.option(
    "--token-env",
    metavar="NAME",
    help="The environment variable with the token; default: GITHUB_TOKEN, else GH_TOKEN.",
)
@click.option(
    "--api-url", metavar="URL", help="The URL of the GitHub API; default: GITHUB_API_URL, else github.com."
)
@click.option("--now", metavar="ISO", help="The evaluation time, such as 2026-01-05T09:00:00Z; default: now.")
@click.option(
    "--given", metavar="FILE", help="Use the facts of this file (JSON or YAML) instead of gathering them."
)
@click.option("--against", metavar="REV", help="Compare the policies with those of this git revision.")
def tui(**values: object) -> int:
    """Inspect a dry run in the terminal: what would happen, why, and what would change it.

    PATH is a policy file or a folder of policies; default: those of rulewright.yaml, else rules/. Nothing is applied.
    """
    check_terminal()
    # An escape that is followed by a key within this time reads as one key with alt; Textual waits 100 ms.
    os.environ.setdefault("ESCDELAY", "40")
    start = prepare(Options(**values))  # type: ignore[arg-type]
    from rulewright_tui.app import RulewrightTui

    application = RulewrightTui(start)
    before = threading.enumerate()
    application.run()
    if application.failure is not None:
        end_threads(before, GRACE_AFTER_FAILURE)
        raise application.failure
    code = application.return_code or 0
    if not end_threads(before, GRACE):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def end_threads(before: Sequence[threading.Thread], seconds: float) -> bool:
    """Wait until the daemon threads that were started since `before` have ended. Returns whether all have: the
    interpreter must not end while one is in compiled code, which aborts the process then."""
    deadline = time.monotonic() + seconds
    started = [thread for thread in threading.enumerate() if thread.daemon and thread not in before]
    for thread in started:
        thread.join(max(deadline - time.monotonic(), 0))
    return not any(thread.is_alive() for thread in started)


def check_terminal() -> None:
    """Raises UsageError without Textual, and where input or output is no terminal."""
    if importlib.util.find_spec("textual") is None:
        raise UsageError(MISSING, hint="pip install 'rulewright[tui]'")
    for name, stream in (("standard input", sys.stdin), ("standard error", sys.stderr)):
        if stream is None or not stream.isatty():
            raise UsageError(
                f"{name} is not a terminal, and the terminal interface needs it",
                hint="use `rulewright evaluate` and `rulewright explain` without a terminal",
            )


def prepare(options: Options) -> Start:
    """What the application starts with: policies loaded, the first event decided.

    Raises RulewrightError for what cannot be loaded.
    """
    from rulewright.facts.gather import normalize_moment
    from rulewright.run.inputs import evaluation_moment, given_facts, policy_paths
    from rulewright_tui.glyphs import choose_glyphs
    from rulewright_tui.session.edits import Draft, EditHistory, carry_read_parts
    from rulewright_tui.session.library import Library
    from rulewright_tui.session.outcome import decide
    from rulewright_tui.session.state import State
    from rulewright_tui.steps.start import Start

    paths = policy_paths(options.paths)
    now = evaluation_moment(options.now) or normalize_moment(_read_clock())
    given = given_facts(options.given) or {}
    library = Library(paths)
    policies = library.load_first()
    program = policies.program
    events = _open_events(options, program)
    state = State(policies, events.archive, paths, source_name=events.name)
    if len(events.archive):
        try:
            draft = Draft(events.archive.event(0), now, given)  # type: ignore[arg-type]
        except RulewrightError as error:
            if len(events.archive) == 1:
                raise
            state = state._replace(row=0, event_error=error.message)
        else:
            outcome = decide(program, draft, reader=events.reader)
            history = EditHistory(draft)
            if outcome.facts is not None:
                history = carry_read_parts(history, outcome.facts)
            outcome = outcome._replace(draft=history.original)
            state = state._replace(row=0, history=history, original=outcome, outcome=outcome)
    glyphs = choose_glyphs(getattr(sys.__stderr__, "encoding", None))
    against = None
    if options.against is not None:
        from rulewright_tui.session.revision import load_base

        against = load_base(paths, options.against)
    return Start(state, library, glyphs, now, given, events.batches, events.reader, events.reopen, against)


def _open_events(options: Options, program: Program) -> OpenedEvents:
    from rulewright_tui.session.opening import OpenedEvents, open_archive, open_repository

    if options.issues and options.repo is None:
        raise UsageError("--issue needs the repository", hint="use --repo owner/name")

    if options.repo is None:
        archive, batches = open_archive(options.events, (options.lines,) if options.lines else ())
        if archive.problems and not len(archive):
            raise UsageError(archive.problems[0])
        named = options.lines or (options.events[0] if options.events else "")
        return OpenedEvents(archive, batches, os.path.basename(named.rstrip("/")))
    if options.events or options.lines:
        raise UsageError("--repo cannot be combined with --event or --events")
    return open_repository(options.repo, options.issues, options.token_env, options.api_url, program)


def _read_clock() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).replace(microsecond=0).isoformat()
