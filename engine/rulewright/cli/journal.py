"""`rulewright journal`: check the chain of hashes, look at records, hand them to other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from rulewright.cli import exit as codes
from rulewright.cli.connection import github_options
from rulewright.cli.journals import contents_of, journals
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import Output, append_summary, complain
from rulewright.policy.diagnostics import UsageError
from rulewright.run.hash_chain import ChainError, Head
from rulewright.run.state.store import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rulewright.run.anchor import Anchor
    from rulewright.run.state.store import Store

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
@click.option(
    "--anchor", metavar="SEQ:HASH", help="A tip that was kept elsewhere: the journal must still have it."
)
@github_options
@format_option()
def verify(
    places: tuple[str, ...],
    anchor: str | None,
    repo: str | None,
    token_env: str | None,
    api_url: str | None,
    form: str | None,
) -> int:
    """Check that nothing was changed, added or taken out since it was written.

    JOURNAL is a journal's file or a folder of state; default: where rulewright.yaml keeps state. Exit code 1 when the
    chain of hashes is broken, with the place. The chain proves the order of the records, and not who wrote them: a
    journal that was written anew, or cut at its end, shows only beside a tip that was kept elsewhere (--anchor).
    """
    from rulewright.run.anchor import parse_anchor

    wanted = parse_anchor(anchor) if anchor is not None else None
    shape = chosen_format(form)
    stores = journals(places, repo, token_env, api_url)
    if wanted is not None and len(stores) > 1:
        raise UsageError("--anchor is of one journal, and several are named")
    found = _checked(stores, wanted)
    for name in found.torn:
        complain(f"warning: the last line of {name} has no end: its write was cut off, and it is no record")
    with Output() as out:
        if shape == "json":
            from rulewright.report.document import json_text

            out.write(json_text(found.document()))
        elif found.wrong is None:
            anchored = f"; record {wanted.seq} is the anchor" if wanted is not None else ""
            out.write(f"{found.records:,} records, an unbroken chain{anchored}; tip {found.tip or 'none'}\n")
    if found.wrong is not None:
        if shape == "github":
            from rulewright.report.github import Annotation, annotation_lines

            click.echo(annotation_lines([Annotation("error", found.wrong.message, "Rulewright")]), nl=False)
        complain(f"error: {found.wrong.message}", hint=found.wrong.hint)
        return codes.NEGATIVE
    return codes.DONE


class _Found(NamedTuple):
    """What verifying found. `anchored`: whether the anchor's record is there; None where none was asked for. `torn`:
    the files whose last line has no end."""

    records: int
    head: Head
    wrong: UsageError | None
    anchored: bool | None
    torn: tuple[str, ...] = ()

    @property
    def tip(self) -> str | None:
        from rulewright.run.anchor import format_tip

        return format_tip(self.head)

    def document(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "records": self.records,
            "head": self.head.hash if self.records else "",
            "tip": self.tip,
            "intact": not isinstance(self.wrong, ChainError),
        }
        if self.anchored is not None:
            out["anchored"] = self.anchored
        if self.torn:
            out["torn"] = list(self.torn)
        if isinstance(self.wrong, ChainError):
            out["place"] = self.wrong.place
        return out if self.wrong is None else {**out, "why": self.wrong.message}


def _checked(stores: Sequence[Store], wanted: Anchor | None) -> _Found:
    """All records of the journals, each chain checked, and the anchor looked for."""
    count, head, at_anchor = 0, Head(), None
    wrong: UsageError | None = None
    try:
        for store in stores:
            for line in lines_of(store.segments()):
                count, head = count + 1, line.head
                if wanted is not None and line.seq == wanted.seq:
                    at_anchor = line.hash
    except ChainError as error:
        wrong = error
    torn = tuple(name for store in stores for name in store.torn())
    if wanted is None:
        return _Found(count, head, wrong, None, torn)
    why = wanted.mismatch(at_anchor, count)
    if wrong is None and why is not None:
        wrong = UsageError(
            f"The journal is not the one of the anchor: {why}.",
            hint="It was written anew or cut. Restore it from its history or from a copy.",
        )
    return _Found(count, head, wrong, why is None, torn)


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
