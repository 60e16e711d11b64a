"""The screen Compare: what two states of the policies decide otherwise, by rule and by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.report.evaluation import format_count
from rulewright_tui.lines.banner import progress_text
from rulewright_tui.lines.events import describe_summary
from rulewright_tui.lines.model import bar
from rulewright_tui.lines.pane_text import PaneText
from rulewright_tui.lines.row import Role, Row, Span, text_row
from rulewright_tui.lines.rules import VERDICT_ROLES
from rulewright_tui.masking import policy_line

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator, Sequence

    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.archive import Archive
    from rulewright_tui.session.revision import RevisionBase
    from rulewright_tui.session.row_results import ComparisonTable, RuleDifference
    from rulewright_tui.session.work import WorkReport


class Comparison(NamedTuple):
    """A comparison, as far as it is. `rule`: `policy/rule` that the events are shown of; None for all that differ."""

    base: RevisionBase
    archive: Archive
    table: ComparisonTable
    rule: str | None = None
    progress: WorkReport | None = None
    notice: str = ""


def compare_banner(comparison: Comparison, glyphs: Glyphs) -> Row:
    """`Compare main (4be1c02) → working tree · 100,000 events · 312 decide otherwise`."""
    sep = f" {glyphs.separator} "
    differing = len(comparison.table.differing_rows())
    text = f"  Compare  {policy_line(comparison.base.title, 60)} {glyphs.arrow} working tree"
    spans = [
        Span(" DRY RUN ", "banner"),
        Span(text),
        Span(f"{sep}{policy_line(comparison.notice, 200)}" if comparison.notice else "", "error"),
        Span(f"{sep}{format_count(len(comparison.archive), 'event')}"),
        Span(f"{sep}{differing:,} decide otherwise", "changed" if differing else ""),
    ]
    if comparison.progress is not None:
        spans.append(Span(f"{sep}{progress_text(comparison.progress)}", "accent"))
        if comparison.progress.total:
            spans += bar(comparison.progress.done / comparison.progress.total, 8, glyphs)
        spans.append(Span(" esc stops", "muted"))
    else:
        spans.append(Span(f"{sep}facts gathered once", "muted"))
    return Row(tuple(spans))


def compared_rules(comparison: Comparison, glyphs: Glyphs, text: str) -> PaneText:
    """Pane 1: the rules that decide otherwise, those with the most events first."""
    found = comparison.table.count_by_rule()
    names = [name for name in found if all(word in name.casefold() for word in text.casefold().split())]
    rows = [_rule_row(name, found[name], glyphs) for name in names]
    title = Row((Span("1 Rules  ", "strong"), Span(format_count(len(names), "rule"))))
    if not rows:
        rows = [text_row("Nothing is decided otherwise." if not text else "No rule is found.", "muted")]
    cursor = names.index(comparison.rule) if comparison.rule in names else None
    return PaneText(title, rows, cursor)


def _rule_row(name: str, difference: RuleDifference, glyphs: Glyphs) -> Row:
    spans = [Span(f"{name}  ")]
    for (before, after), count in sorted(difference.changes.items(), key=lambda item: -item[1]):
        spans += [
            Span(f"{count:,} "),
            Span(_word(before, "new", glyphs), _role(before)),
            Span(glyphs.arrow, "muted"),
            Span(_word(after, "gone", glyphs), _role(after)),
            Span("  "),
        ]
    effects = difference.effects
    parts = [
        f"{sign}{count:,}"
        for sign, count in (("+", effects.new), (glyphs.minus, effects.gone), ("~", effects.changed))
        if count
    ]
    if parts:
        spans.append(Span(f"effects {' '.join(parts)}", "muted"))
    return Row(tuple(spans), key=name)


def _word(status: str | None, absent: str, glyphs: Glyphs) -> str:
    if status is None:
        return absent
    return {"matched": glyphs.matched, "not_matched": glyphs.not_matched, "undetermined": glyphs.unknown}.get(
        status, status.replace("_", " ")
    )


def _role(status: str | None) -> Role:
    return VERDICT_ROLES.get(status or "", "muted")


def compared_events(comparison: Comparison, rows: Sequence[int], glyphs: Glyphs) -> PaneText:
    """Pane 2: the events that are decided otherwise, of the selected rule or all."""
    title = [Span("2 Events  ", "strong")]
    if comparison.rule:
        title.append(Span(f"{comparison.rule} {glyphs.separator} "))
    total = len(comparison.table.differing_rows())
    title.append(Span(f"{len(rows):,} of {total:,}"))
    return PaneText(Row(tuple(title)), _ComparedEventRows(comparison, rows, glyphs))


def rows_of_rule(comparison: Comparison) -> array[int]:
    """The rows of the archive that differ by the selected rule, or at all."""
    name = comparison.rule
    if name is None:
        return comparison.table.differing_rows()
    policy, _, rule = name.partition("/")
    return comparison.table.rows_where(
        lambda summary: (
            any((change.policy, change.rule) == (policy, rule) for change in summary.rules)
            or any(effect.rule == name for effect in summary.effects)
        )
    )


class _ComparedEventRows:
    """Rows that are made when they are drawn."""

    def __init__(self, comparison: Comparison, rows: Sequence[int], glyphs: Glyphs) -> None:
        self._comparison, self._rows, self._glyphs = comparison, rows, glyphs

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Row:
        row, glyphs = self._rows[index], self._glyphs
        summary = self._comparison.table.result(row)
        spans = [
            Span(f"{row + 1:>7}  ", "muted"),
            Span(describe_summary(self._comparison.archive.summary(row))),
        ]
        if summary is None:
            return Row(tuple(spans), key=row)
        before, after = summary.errors
        if before or after:
            spans.append(Span(f"  {policy_line(after or before or '', 120)}", "error"))
        counts = [
            (sign, sum(getattr(effect, name) for effect in summary.effects))
            for sign, name in (("+", "new"), (glyphs.minus, "gone"), ("~", "changed"))
        ]
        parts = [f"{sign}{count}" for sign, count in counts if count]
        right = (Span(f"{' '.join(parts)} effects", "muted"),) if parts else ()
        return Row(tuple(spans), right, key=row)

    def __iter__(self) -> Iterator[Row]:
        return (self[index] for index in range(len(self)))
