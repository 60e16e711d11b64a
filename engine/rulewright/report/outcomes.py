"""The report of saved plans: each plan, and the outcome of its effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.report.applied import applied_document
from rulewright.report.document import json_line, plan_document
from rulewright.report.evaluation import Evaluation
from rulewright.report.markdown import plan_lines as plan_markdown_lines
from rulewright.report.reporter import Page, Report
from rulewright.report.text import format_ending
from rulewright.report.text import plan_lines as plan_text_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.run.apply_plans import PlanOutcome


class OutcomesReport(Report):
    """Plans without their decisions, and their outcomes. `dry`: why they were not applied."""

    def __init__(self, outcomes: Sequence[PlanOutcome], dry: str = "") -> None:
        self._outcomes, self._dry = outcomes, dry

    def text(self, page: Page) -> str:
        return "\n".join(
            "".join(
                f"{line}\n"
                for line in (
                    *plan_text_lines(outcome.plan, page.columns, page.paint),
                    "",
                    *format_ending(self._view(outcome), page.columns, page.paint),
                )
            )
            for outcome in self._outcomes
        )

    def json(self) -> str:
        """One line per plan."""
        return "".join(json_line(self._document(outcome)) for outcome in self._outcomes)

    def markdown(self) -> str:
        return "\n".join(
            "\n".join(plan_markdown_lines(self._view(outcome))).rstrip("\n") + "\n"
            for outcome in self._outcomes
        )

    def _document(self, outcome: PlanOutcome) -> dict[str, object]:
        document: dict[str, object] = {"plan": plan_document(outcome.plan)}
        if outcome.records is None:
            return {**document, "dry_run": self._dry}
        return {**document, "applied": applied_document(outcome.records)}

    def _view(self, outcome: PlanOutcome) -> Evaluation:
        plan = outcome.plan
        return Evaluation(
            "plan", None, None, plan.event_sha256, (), plan, records=outcome.records, dry=self._dry
        )
