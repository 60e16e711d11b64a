"""Writes reports in order and in constant memory: text immediately, annotations and the job summary at the end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from rulewright.cli.output import Output, append_summary
from rulewright.report.reporter import Page
from rulewright.report.terminal import Paint, colourful, width
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from types import TracebackType

    from rulewright.policy.whole_file import WholeFile
    from rulewright.report.annotation import Annotation
    from rulewright.report.reporter import Rendered, Report, Reporter
    from rulewright.report.subject import RenderedSubject

SUMMARY_LIMIT: Final = 900_000
"""Maximum characters of a job summary. GitHub refuses one over 1 MiB."""
ANNOTATION_LIMIT: Final = 1000
"""Maximum number of annotations kept for a stream. At most ten are shown; the last one counts the others."""


def page_for(output: str | None) -> Page:
    """The width of the terminal, and whether to use colour: only on a terminal."""
    return Page(width(), Paint(output is None and colourful(sys.stdout)))


def write_report(
    report: Report, reporter: Reporter, output: str | None = None, *, page: Page | None = None
) -> None:
    """Write one report. Raises SourceError if it cannot be written."""
    with ReportWriter(reporter, output, page=page) as writer:
        writer.write(report)


class ReportWriter:
    """Writes reports one by one. As a context manager, it creates the file at the end, and not after an error.

    `heading`: the first text of the job summary.
    """

    def __init__(self, reporter: Reporter, output: str | None = None, *, page: Page | None = None) -> None:
        self.reporter = reporter
        self.page = page_for(output) if page is None else page
        self.out = Output(output)
        self.heading = ""
        self._annotations: list[Annotation] = []
        self._summaries: list[str] = []
        self._summary_size = 0
        self._left_out = 0

    @property
    def closed(self) -> bool:
        """Whether the reader of stdout has closed it."""
        return self.out.closed

    def __enter__(self) -> ReportWriter:
        self.out.__enter__()
        return self

    def write(self, report: Report) -> None:
        """Write a report in the writer's format."""
        self.take(self.reporter.render(report, self.page))

    def take(self, rendered: Rendered) -> None:
        """Write a rendered report at once, also to a pipe. Annotations and the summary are kept until the end, up to
        the limits of GitHub."""
        if rendered.text:
            self.out.write(rendered.text)
            self.out.flush()
        self._annotations += rendered.annotations[: max(0, ANNOTATION_LIMIT - len(self._annotations))]
        if not rendered.summary:
            return
        if self._summary_size + len(rendered.summary) > SUMMARY_LIMIT:
            self._left_out += 1
        else:
            self._summaries.append(rendered.summary)
            self._summary_size += len(rendered.summary)

    def write_annotations(self) -> None:
        """Write the annotations that were kept."""
        if self._annotations:
            from rulewright.report.github import annotation_lines

            self.out.write(annotation_lines(self._annotations))
            self._annotations.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._finish()
        self.out.__exit__(kind, error, trace)

    def _finish(self) -> None:
        self.write_annotations()
        if self._left_out:
            self._summaries.append(f"{self._left_out:,} more events are not shown.\n")
        summaries = [self.heading, *self._summaries] if self.heading else self._summaries
        if summaries:
            append_summary("\n".join(summaries))


class SubjectWriter(ReportWriter):
    """Writes rendered subjects, and their full plans if `plan_out` is a file; combines their exit codes."""

    def __init__(
        self, reporter: Reporter, output: str | None, plan_out: str | None, *, page: Page | None = None
    ) -> None:
        super().__init__(reporter, output, page=page)
        self.codes: set[int] = set()
        self._plan_out = plan_out
        self._plans: WholeFile | None = None
        self._taken = 0

    @property
    def closed(self) -> bool:
        """Whether the reader of stdout has closed it and no file is written."""
        return self.out.closed and self._plans is None

    @property
    def exit_code(self) -> int:
        return exit_codes.combine(self.codes)

    def __enter__(self) -> SubjectWriter:
        super().__enter__()
        if self._plan_out is not None:
            from rulewright.policy.whole_file import WholeFile

            self._plans = WholeFile(self._plan_out)
        return self

    def take_subject(self, subject: RenderedSubject, *, quiet: bool = False) -> None:
        """Write one subject, or only its plan if `quiet`. Raises SourceError if it cannot be written."""
        self.codes.add(subject.code)
        if not quiet:
            if self._taken:
                self.out.write(self.reporter.separator)
            self._taken += 1
            self.take(subject.rendered)
        if self._plans is not None:
            self._plans.write(subject.plan + b"\n")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._finish()
        if self._plans is not None:
            self._plans.close(keep=error is None)
        self.out.__exit__(kind, error, trace)
