"""The report of one event or subject: its decision, its plan, and the outcome of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.named_tuple import NamedTuple
from rulewright.report.evaluation import Evaluation, build_evaluation
from rulewright.report.reporter import Page, Rendered, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.report.annotation import Annotation
    from rulewright.report.reporter import Reporter
    from rulewright.run.pipeline import SubjectResult


class SubjectReport(Report):
    """`show_all`: list every rule. `compact`: part of a stream, whose JSON is on one line without rules that did not
    match. `stats`: statistics of the rule index for JSON, if requested."""

    def __init__(
        self,
        result: SubjectResult,
        *,
        show_all: bool = False,
        compact: bool = False,
        stats: Mapping[str, object] | None = None,
    ) -> None:
        self._result, self._show_all, self._compact, self._stats = result, show_all, compact, stats

    def view(self, *, show_all: bool, whole_gates: bool) -> Evaluation:
        """The data that formats show. `whole_gates`: all entries of gates and promotions, regardless of `show_all`."""
        assert self._result.planned is not None
        return build_evaluation(
            self._result.planned, self._result, show_all=show_all, whole_gates=whole_gates
        )

    def text(self, page: Page) -> str:
        from rulewright.report.text import evaluation_text

        view = self.view(show_all=self._show_all, whole_gates=True)
        return evaluation_text(view, columns=page.columns, paint=page.paint)

    def json(self) -> str:
        from rulewright.report.document import evaluation_document, json_line, json_text

        view = self.view(show_all=self._show_all or not self._compact, whole_gates=False)
        document = evaluation_document(view, self._stats)
        return json_line(document) if self._compact else json_text(document)

    def markdown(self) -> str:
        from rulewright.report.markdown import evaluation_markdown

        return evaluation_markdown(self.view(show_all=self._show_all, whole_gates=True))

    def annotations(self) -> tuple[Annotation, ...]:
        from rulewright.report.github import evaluation_annotations

        return tuple(evaluation_annotations(self.view(show_all=self._show_all, whole_gates=True)))


class RenderedSubject(NamedTuple):
    """The report of a subject in one format, its exit code, and its full plan as canonical JSON, if requested."""

    rendered: Rendered
    code: int
    plan: bytes = b""


class SubjectRenderer(NamedTuple):
    """Renders results, in this process or in a worker.

    `whole_plans`: whether to include the plans as canonical JSON. The other fields are those of SubjectReport.
    """

    reporter: Reporter
    page: Page = Page()
    show_all: bool = False
    compact: bool = False
    whole_plans: bool = False
    stats: Mapping[str, object] | None = None

    def render(self, result: SubjectResult) -> RenderedSubject:
        """The result in the format of `reporter`."""
        report = SubjectReport(result, show_all=self.show_all, compact=self.compact, stats=self.stats)
        plan = b""
        if self.whole_plans and result.planned is not None:
            from rulewright.planning.plan_json import plan_json
            from rulewright.policy.canonical import canonical_json

            plan = canonical_json(plan_json(result.planned.plan))
        return RenderedSubject(self.reporter.render(report, self.page), result.code, plan)
