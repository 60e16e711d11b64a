"""`rulewright journal`: check the chain of hashes, look at records, hand them to other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from rulewright.actions.chain import ChainError
from rulewright.actions.state.store import lines_of
from rulewright.cli import exit as codes
from rulewright.cli.connection import github_options
from rulewright.cli.journals import contents_of, journals
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import Output, append_summary, complain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["journal"]

KINDS: Final = ("subject", "effect", "intent", "run")


@click.group()
def journal() -> None:
    """Check, show and export the journal of what was done."""


def selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose records."""
    command = click.option("--plan", metavar="HASH", help="Only of the plan whose hash begins so.")(command)
    command = click.option(
        "--rule", metavar="NAME", help="Only of this rule: `policy/rule`, or the rule alone."
    )(command)
    command = click.option("--subject", "number", type=int, metavar="N", help="Only of this subject.")(
        command
    )
    return click.option("--kind", type=click.Choice(KINDS), help="Only records of this kind.")(command)


@journal.command()
@click.argument("places", nargs=-1, metavar="[JOURNAL]...")
@github_options
@format_option()
def verify(
    places: tuple[str, ...], repo: str | None, token_env: str | None, api_url: str | None, form: str | None
) -> int:
    """Check that nothing was changed, added or taken out since it was written.

    JOURNAL is a journal's file or a folder of state; default: where rulewright.yaml keeps state. Exit code 1 when the
    chain of hashes is broken, with the place.
    """
    shape = chosen_format(form)
    count, head, broken = 0, "", None
    try:
        for store in journals(places, repo, token_env, api_url):
            for line in lines_of(store.segments()):
                count, head = count + 1, line.hash
    except ChainError as error:
        broken = error
    with Output() as out:
        if shape == "json":
            from rulewright.report.document import json_text

            found: dict[str, Any] = {"records": count, "head": head, "intact": broken is None}
            out.write(
                json_text(
                    found if broken is None else {**found, "place": broken.place, "why": broken.message}
                )
            )
        elif broken is None:
            out.write(f"{count:,} records, an unbroken chain; the last is {head[:12] or 'none'}\n")
    if broken is not None:
        if shape == "github":
            from rulewright.report.github import Annotation, annotation_lines

            click.echo(annotation_lines([Annotation("error", broken.message, "Rulewright")]), nl=False)
        complain(f"error: {broken.message}", hint=broken.hint)
        return codes.NEGATIVE
    return codes.DONE


@journal.command()
@click.argument("places", nargs=-1, metavar="[JOURNAL]...")
@github_options
@selecting
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="The last so many records."
)
@format_option()
def show(
    places: tuple[str, ...],
    repo: str | None,
    token_env: str | None,
    api_url: str | None,
    kind: str | None,
    number: int | None,
    rule: str | None,
    plan: str | None,
    limit: int,
    form: str | None,
) -> int:
    """Show the last records, one per line."""
    from collections import deque

    from rulewright.report import journal as report

    shape = chosen_format(form)
    chosen = deque(
        selected(contents_of(journals(places, repo, token_env, api_url)), kind, number, rule, plan), limit
    )
    with Output() as out:
        if shape == "json":
            from rulewright.report.document import json_line

            out.write("".join(map(json_line, chosen)))
        elif shape == "text":
            out.write(report.journal_text(chosen))
        elif shape == "markdown":
            out.write(report.journal_markdown(chosen))
        else:
            append_summary(report.journal_markdown(chosen))
    return codes.DONE


@journal.command()
@click.argument("places", nargs=-1, metavar="[JOURNAL]...")
@github_options
@selecting
@click.option(
    "--as",
    "shape",
    type=click.Choice(("jsonl", "json", "csv")),
    default="jsonl",
    show_default=True,
    help="JSON Lines, one JSON list, or CSV of one kind of records.",
)
@click.option("--output", metavar="FILE", help="Write here instead of to stdout.")
def export(
    places: tuple[str, ...],
    repo: str | None,
    token_env: str | None,
    api_url: str | None,
    kind: str | None,
    number: int | None,
    rule: str | None,
    plan: str | None,
    shape: str,
    output: str | None,
) -> int:
    """Hand the records to another tool. CSV takes the audit entries, unless --kind says effect."""
    from rulewright.report import journal as report

    if shape == "csv":
        kind = kind or "subject"
    found = selected(contents_of(journals(places, repo, token_env, api_url)), kind, number, rule, plan)
    with Output(output) as out:
        for part in report.EXPORTS[shape](found, kind):
            out.write(part)
    return codes.DONE


def selected(
    contents: Iterator[Mapping[str, Any]],
    kind: str | None = None,
    number: int | None = None,
    rule: str | None = None,
    plan: str | None = None,
) -> Iterator[Mapping[str, Any]]:
    """The records that all options choose. `rule` is `policy/rule` or the rule alone, `plan` a hash's beginning."""
    for content in contents:
        if kind is not None and content.get("kind") != kind:
            continue
        if number is not None and str(content.get("target", "")).rpartition("#")[2] != str(number):
            continue
        named = str(content.get("rule", ""))
        if rule is not None and rule not in (named, named.rpartition("/")[2]):
            continue
        if plan is not None and not str(content.get("plan", "")).startswith(plan):
            continue
        yield content
