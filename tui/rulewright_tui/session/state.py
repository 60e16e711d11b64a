"""What the terminal interface knows at one moment. Frozen; every step makes another state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.program.program import Program
    from rulewright_tui.session.archive import Archive
    from rulewright_tui.session.edits import EditHistory
    from rulewright_tui.session.library import Policies
    from rulewright_tui.session.outcome import Outcome, RuleRef
    from rulewright_tui.session.revision import RevisionBase
    from rulewright_tui.session.row_results import ResultTable, RowResult
    from rulewright_tui.session.work import WorkReport


def outcome_word(outcome: Outcome) -> str:
    """The worst of an outcome, in one word."""
    if outcome.decision is None or outcome.error is not None:
        return "error"
    return verdict_word(part.verdict for part in outcome.decision.policies)


def result_word(result: RowResult) -> str:
    """The same word for one of many events."""
    if result.error is not None:
        return "error"
    return verdict_word((*(verdict for _, verdict in result.verdicts), result.status))


def verdict_word(verdicts: Iterable[str]) -> str:
    """The verdicts of all policies in one word, the most important first."""
    found = set(verdicts)
    for word, names in WORDS.items():
        if not found.isdisjoint(names):
            return word
    return "not_matched"


WORDS: Final = {
    "error": {"error", "ERROR"},
    "failed": {"FAIL", "DENIED"},
    "matched": {"matched", "PASS", "WARN", "WAIVED", "ALLOWED"},
    "undetermined": {"undetermined", "UNDETERMINED", "NO_DATA", "INCONCLUSIVE"},
}


class State(NamedTuple):
    """One moment of the session.

    `original`: the outcome of the event as it came, under the policies of `compared_with` where that is set; `outcome`:
    that of the draft as it is now. `is_pending`: a newer draft is being decided. `round`: the round of planning that is
    shown. `rows`: the rows of the archive that pass the filter; None for all.
    """

    policies: Policies
    archive: Archive
    paths: tuple[str, ...] = ()
    row: int | None = None
    history: EditHistory | None = None
    original: Outcome | None = None
    outcome: Outcome | None = None
    is_pending: bool = False
    event_error: str = ""
    rule: RuleRef | None = None
    round: int = 1
    show_all: bool = False
    show_tree: bool = False
    rows: Sequence[int] | None = None
    event_filter: str = ""
    rule_filter: str = ""
    progress: WorkReport | None = None
    notice: str = ""
    source_name: str = ""
    results: ResultTable | None = None
    compared_with: RevisionBase | None = None

    @property
    def program(self) -> Program:
        """The policies that decide."""
        return self.policies.program

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the policies, warnings included."""
        return self.policies.findings

    def decided_word(self, row: int) -> str:
        """What is known of a row's decision: `matched`, `not_matched`, `undetermined`, `failed`, `error`, or empty."""
        if row == self.row and self.outcome is not None and not self.is_pending:
            return outcome_word(self.outcome)
        result = self.results.result(row) if self.results is not None else None
        return "" if result is None else result_word(result)

    @property
    def is_edited(self) -> bool:
        return self.history is not None and bool(self.history.past)

    @property
    def is_changed(self) -> bool:
        """Whether the outcome is compared with another one: that before the edits, or that of a revision."""
        return self.is_edited or self.compared_with is not None

    @property
    def changed_by(self) -> str:
        """What the outcome is compared with, in words."""
        return "by your edit" if self.compared_with is None else f"since {self.compared_with.title}"
