"""Pane 2 over all loaded events: kinds, files and rules with the number of events for each status or verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.kinds import KINDS
from rulewright_tui.lines.pane_text import PaneText
from rulewright_tui.lines.row import Row, Span, text_row
from rulewright_tui.lines.rules import VERDICT_ROLES, WORST_FIRST, finding_rows
from rulewright_tui.session.outcome import RuleRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.state import State

ORDER = (*WORST_FIRST, "matched", "undetermined", "error", "stopped", "skipped")


def tree_text(state: State, glyphs: Glyphs) -> PaneText:
    """The pane; counts are of the events that are decided so far."""
    decided, total = (state.results.decided if state.results is not None else 0), len(state.archive)
    title = [
        Span("2 Rules  ", "strong"),
        Span(f"all events {glyphs.separator} {decided:,} of {total:,} decided"),
    ]
    rows = [*finding_rows(state, glyphs), *_rows(state, glyphs)]
    cursor = next(
        (place for place, row in enumerate(rows) if row.key is not None and row.key == state.rule), None
    )
    return PaneText(Row(tuple(title)), rows, cursor)


def _rows(state: State, glyphs: Glyphs) -> Iterator[Row]:
    counts: dict[RuleRef, dict[str, int]] = {}
    verdicts: dict[str, dict[str, int]] = {}
    if state.results is not None:
        tally = state.results.count_outcomes()
        for outcome, count in tally.rules.items():
            words = counts.setdefault(RuleRef(outcome.policy, outcome.rule), {})
            word = outcome.verdict or outcome.status
            words[word] = words.get(word, 0) + count
        for (name, verdict), count in tally.verdicts.items():
            verdicts.setdefault(name, {})[verdict] = count
        if tally.failed:
            yield text_row(f"{glyphs.error} {tally.failed:,} events without a decision", "error")
    for kind in KINDS:
        policies = [policy for policy in state.program.policies if policy.kind == kind]
        if policies:
            yield text_row(kind, "strong", heading=True)
        for policy in policies:
            yield from _policy_rows(policy, counts, verdicts.get(policy.name, {}), glyphs)


def _policy_rows(
    policy: CompiledPolicy,
    counts: dict[RuleRef, dict[str, int]],
    verdicts: dict[str, int],
    glyphs: Glyphs,
) -> Iterator[Row]:
    yield Row(
        (Span(f"  {policy.name} ", "accent"), Span(f" {policy.mode} mode " if policy.mode != "enforce" else ""),
         *_count_spans(verdicts)),
        (Span(policy.file, "muted"),),
        key=("place", policy.file, 1),
    )  # fmt: skip
    longest = min(max((len(entry.id) for entry in policy.entries), default=0), 32)
    for number, entry in enumerate(policy.entries, 1):
        branch = glyphs.last_branch if number == len(policy.entries) else glyphs.branch
        found = counts.get(RuleRef(policy.name, entry.id), {})
        spans = _count_spans(found) or (Span(glyphs.not_matched, "muted"),)
        yield Row(
            (Span(f"  {branch}", "muted"), Span(f"{entry.id:<{longest}}  "), *spans),
            key=RuleRef(policy.name, entry.id),
        )


def _count_spans(counts: dict[str, int]) -> tuple[Span, ...]:
    return tuple(
        Span(f"{counts[word]:,} {word.replace('_', ' ')}  ", VERDICT_ROLES.get(word, "muted"))
        for word in sorted(counts, key=lambda word: ORDER.index(word) if word in ORDER else len(ORDER))
    )
