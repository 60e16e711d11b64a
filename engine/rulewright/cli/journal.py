"""`rulewright journal`: verify the hash chain, show records, and export them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

import click

from rulewright.cli.connection import github_options
from rulewright.cli.options import FORMATS, IssueNumber, format_option
from rulewright.cli.output import Output, print_error, print_note
from rulewright.cli.report_writer import write_report
from rulewright.policy.config_reader import read_config
from rulewright.policy.diagnostics import UsageError
from rulewright.report.journal import EXPORTS, JournalCheckReport, RecordsReport
from rulewright.report.reporter import reporter_named
from rulewright.run import exit_codes
from rulewright.run.anchor import parse_anchor
from rulewright.run.record_selection import RecordFilter, select_records
from rulewright.run.state.opening import contents_of, open_named, open_store
from rulewright.run.verification import verify_journals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rulewright.cli.connection import GitHubOptions
    from rulewright.report.reporter import Reporter
    from rulewright.run.state.store import Store

C = TypeVar("C", bound="Callable[..., object]")

KINDS: Final = ("subject", "effect", "intent", "run")


@click.group()
def journal() -> None:
    """Verify, show and export the journal."""


def record_filter(command: C) -> C:
    """The options that filter records."""
    command = click.option(
        "--plan", metavar="HASH", help="Only records of the plan with this hash (prefix)."
    )(command)
    command = click.option(
        "--rule", metavar="NAME", help="Only records of this rule: `policy/rule` or the rule."
    )(command)
    command = click.option(
        "--subject",
        "number",
        type=IssueNumber(),
        metavar="N",
        help="Only records of this issue or pull request.",
    )(command)
    return click.option("--kind", type=click.Choice(KINDS), help="Only records of this kind.")(command)


@journal.command()
@click.argument("places", nargs=-1, metavar="[JOURNAL]...")
@click.option(
    "--anchor", metavar="SEQ:HASH", help="A tip that was stored elsewhere and must be in the journal."
)
@github_options
@format_option()
def verify(
    places: tuple[str, ...],
    anchor: str | None,
    github: GitHubOptions,
    reporter: Reporter,
) -> int:
    """Verify that no record was changed, added or removed.

    JOURNAL is a journal's file or a state folder; default: the journal of rulewright.yaml. Exits with 1 when the hash
    chain is broken, and names the record. The chain proves the order of the records, not who wrote them: a journal that
    was rewritten, or truncated, is detected only with a tip that was stored elsewhere (--anchor).
    """
    wanted = parse_anchor(anchor) if anchor is not None else None
    stores = open_journals(places, github)
    if wanted is not None and len(stores) > 1:
        raise UsageError("--anchor needs exactly one journal")
    check = verify_journals(stores, wanted)
    for name in check.torn:
        print_note(f"warning: the last line of {name} is incomplete and was ignored")
    write_report(JournalCheckReport(check), reporter)
    if check.wrong is not None:
        print_error(f"error: {check.wrong.message}", hint=check.wrong.hint)
        return exit_codes.NEGATIVE
    return exit_codes.DONE


@journal.command()
@click.argument("places", nargs=-1, metavar="[JOURNAL]...")
@github_options
@record_filter
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Number of records to show."
)
@format_option()
def show(
    places: tuple[str, ...],
    github: GitHubOptions,
    kind: str | None,
    number: int | None,
    rule: str | None,
    plan: str | None,
    limit: int,
    reporter: Reporter,
) -> int:
    """Show the last records, one per line."""
    contents = contents_of(open_journals(places, github))
    chosen = select_records(contents, RecordFilter(kind, number, rule, plan))
    write_report(RecordsReport(deque(chosen, limit)), reporter)
    return exit_codes.DONE


@journal.command()
@click.argument("places", nargs=-1, metavar="[JOURNAL]...")
@github_options
@record_filter
@click.option(
    "--format",
    "--as",
    "shape",
    type=click.Choice((*EXPORTS, *(name for name in FORMATS if name not in EXPORTS))),
    default="jsonl",
    show_default=True,
    help="JSON Lines, one JSON list, CSV of one kind of records, or a report as `show` writes.",
)
@click.option("--output", metavar="FILE", help="Write to this file instead of stdout.")
def export(
    places: tuple[str, ...],
    github: GitHubOptions,
    kind: str | None,
    number: int | None,
    rule: str | None,
    plan: str | None,
    shape: str,
    output: str | None,
) -> int:
    """Export the records. CSV contains the audit entries, unless --kind is effect."""
    contents = contents_of(open_journals(places, github))
    form = EXPORTS.get(shape)
    if form is not None:
        kind = kind or form.kind
    # Selected before the file is opened: an error leaves no empty file.
    chosen = select_records(contents, RecordFilter(kind, number, rule, plan))
    if form is None:
        write_report(RecordsReport(list(chosen)), reporter_named(shape), output)
        return exit_codes.DONE
    with Output(output) as out:
        for part in form.write(chosen, kind):
            out.write(part)
    return exit_codes.DONE


def open_journals(places: Sequence[str], github: GitHubOptions) -> list[Store]:
    """The journals that the arguments name, files or state folders; else the one of rulewright.yaml, which can be on
    GitHub. Raises UsageError if there is none.
    """
    if places:
        return [open_named(place) for place in places]
    state = read_config().state
    if not any(state):
        raise UsageError(
            "no journal: rulewright.yaml has no `state:`", hint="pass a journal file or a state folder"
        )
    return [open_store(state, None, github.connect() if state.git_ref else None)]
