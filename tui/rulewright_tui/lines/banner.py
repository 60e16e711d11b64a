"""The first row: that this is a dry run, of what, and what is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.report.evaluation import format_count
from rulewright_tui.lines.model import bar
from rulewright_tui.lines.row import Row, Span
from rulewright_tui.masking import one_line, policy_line

if TYPE_CHECKING:
    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.state import State
    from rulewright_tui.session.work import WorkReport


def banner_row(state: State, glyphs: Glyphs) -> Row:
    """`DRY RUN  rules · 9 policies ✓ · now 2026-01-05T09:00Z`."""
    sep = f" {glyphs.separator} "
    errors = state.policies.error_count
    spans = [Span(" DRY RUN ", "banner"), Span(f"  {one_line(' '.join(state.paths), 60)}")]
    if errors:
        kept = f"{sep}last good kept" if state.policies.kept or state.policies.problems else ""
        spans.append(Span(f"{sep}{glyphs.error} {format_count(errors, 'error')}{kept}", "error"))
    else:
        count = format_count(len(state.program.policies), "policy", "policies")
        spans.append(Span(f"{sep}{count} {glyphs.matched}"))
    if state.source_name:
        count = f" {len(state.archive):,}" if len(state.archive) != 1 else ""
        spans.append(Span(f"{sep}{one_line(state.source_name, 40)}{count}"))
    if state.history is not None:
        spans.append(Span(f"{sep}now {short_moment(state.history.present.now)}"))
    if state.notice:
        spans.append(Span(f"{sep}{policy_line(state.notice, 200)}", "accent"))
    if state.progress is not None:
        spans.append(Span(f"{sep}{progress_text(state.progress)}", "accent"))
        if state.progress.total:
            spans += bar(state.progress.done / state.progress.total, 8, glyphs)
        spans.append(Span(" esc stops", "muted"))
    return Row(tuple(spans))


def short_moment(moment: str) -> str:
    """A moment without its seconds, where they are 0."""
    return moment.replace(":00Z", "Z") if moment.endswith(":00Z") else moment


def progress_text(progress: WorkReport) -> str:
    """`decided 12,300 of 100,000, 4,100/s, 21 s left`."""
    total = f" of {progress.total:,}" if progress.total else ""
    text = f"{progress.what} {progress.done:,}{total}"
    if progress.rate >= 1:
        text += f", {progress.rate:,.0f}/s"
        if progress.total > progress.done:
            text += f", {progress.seconds_left:.0f} s left"
    return text + " "
