"""The report of a whole run: information about no single subject, for stderr and the top of the job summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.report.applied import count_records, format_record
from rulewright.report.evaluation import format_count
from rulewright.report.markdown_text import prose
from rulewright.report.reporter import Page, PlainReport, Rendered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rulewright.run.context import RunContext, RunSummary

SHOWN_NOTIFICATIONS = 10
SHOWN_SUBJECTS = 20


class RunReport(PlainReport):
    """The lines of a run and the tip of its journal, for the job summary; in other formats they are on stderr."""

    def __init__(self, lines: Sequence[str], tip: str | None) -> None:
        self._lines, self._tip = lines, tip

    def text(self, page: Page) -> str:
        return ""

    def json(self) -> str:
        return ""

    def github(self, page: Page) -> Rendered:
        *items, title = self._lines
        tip = f"\n{self._tip}\n" if self._tip is not None else ""
        lines = [f"## Rulewright: {prose(title)}", "", *(f"- {prose(item)}" for item in items), ""]
        return Rendered(summary=tip + "\n".join(lines))


def unnamed_account(login: str) -> str:
    """The advice to list an account that runs with another token do not recognise as the tool's."""
    return (
        f"Rulewright writes as {login}. A workflow with another token does not recognize the comments and issues of "
        f'this account, and may write them again: name it in rulewright.yaml, `identity: {{ also: ["{login}"] }}`'
    )


def run_lines(context: RunContext, seen: int, changed: int, unnamed: str | None) -> list[str]:
    """The lines about the whole run; the last one has the number of subjects.

    `seen` and `changed`: numbers of subjects. `unnamed`: the account of the run, if other runs do not recognise it.
    """
    why = f": {context.dry}" if context.dry else ""
    outcome = f"{changed:,} changed" if context.port is not None else f"dry run, nothing was changed{why}"
    return [
        *([unnamed_account(unnamed)] if unnamed is not None else []),
        *_earlier_lines(context.summary),
        *_missed_lines(context, context.summary),
        f"{format_count(seen, 'subject')}; {outcome}",
    ]


def _earlier_lines(summary: RunSummary) -> Iterator[str]:
    """The outcome of the effects of an interrupted run, and of notifications."""
    if summary.resumed:
        yield f"resumed from an interrupted run: {count_records(summary.resumed)}"
        yield from (f"  {format_record(record)}" for record in summary.resumed if record.noteworthy)
    if summary.waiting:
        effects = format_count(summary.waiting, "effect")
        yield f"{effects} of an interrupted run over budget, deferred to the next run"
    if summary.unsent:
        shown = summary.unsent[:SHOWN_NOTIFICATIONS]
        first = "; ".join(f"{one.target} to {one.channel}: {one.reason}" for one in shown)
        rest = len(summary.unsent) - len(shown)
        more = f"; and {rest:,} more" if rest else ""
        yield f"{format_count(len(summary.unsent), 'notification')} not sent yet: {first}{more}"
    if summary.withdrawn:
        listed = "; ".join(summary.withdrawn[:SHOWN_NOTIFICATIONS])
        yield f"withdrawn, no rule requests it any more: {listed}"


def _missed_lines(context: RunContext, summary: RunSummary) -> Iterator[str]:
    """The reason why the run ended early, and the subjects that it did not reach."""
    if summary.halt is not None:
        yield f"stopped: {summary.halt.message}"
    if summary.missed:
        shown = ", ".join(target.rpartition("#")[2] for target in summary.missed[:SHOWN_SUBJECTS])
        rest = len(summary.missed) - SHOWN_SUBJECTS
        more = f" and {rest:,} more" if rest > 0 else ""
        subjects = format_count(len(summary.missed), "subject")
        yield f"{subjects} not evaluated, deferred to the next run: {shown}{more}"
    if summary.left_out:
        since = context.program.config.issues.created_after
        issues = format_count(summary.left_out, "issue")
        yield f"{issues} opened before {since} skipped (`issues.created_after`)"
