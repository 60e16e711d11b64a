"""Where the outcomes of a run go, in order and in constant memory: report, plans, annotations, exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.cli import exit as codes
from rulewright.cli.output import Output, Whole, append_summary

if TYPE_CHECKING:
    from types import TracebackType

    from rulewright.cli.pipeline import Outcome, Settings
    from rulewright.report.github import Annotation

SUMMARY_LIMIT: Final = 900_000
"""Characters of a job summary; GitHub refuses one over 1 MiB."""
REMARK_LIMIT: Final = 1000
"""Annotations kept of a long stream; at most ten are shown, and the last says how many more there are."""


class Sink:
    """Takes outcomes one by one. As a context: files appear whole at its end, after an error not at all."""

    def __init__(self, settings: Settings, output: str | None, plan_out: str | None) -> None:
        self.settings = settings
        self.out = Output(output)
        self.plan_out = plan_out
        self.plans: Whole | None = None
        self.held: set[int] = set()
        self.taken = 0
        self.remarks: list[Annotation] = []
        self.heading = ""
        self.summaries: list[str] = []
        self.summary_size = 0
        self.left_out = 0

    @property
    def closed(self) -> bool:
        """True once nobody reads stdout any more and no file waits for the rest."""
        return self.out.closed and self.plans is None

    @property
    def code(self) -> int:
        return codes.combine(self.held)

    def __enter__(self) -> Sink:
        self.out.__enter__()
        if self.plan_out is not None:
            self.plans = Whole(self.plan_out)
        return self

    def take(self, outcome: Outcome) -> None:
        """Write one outcome where it belongs. Raises SourceError when there is no room."""
        self.held.add(outcome.code)
        if self.taken and self.settings.form in ("text", "markdown"):
            self.out.write("\n")
        self.taken += 1
        self.out.write(outcome.text)
        if self.plans is not None:
            self.plans.write(outcome.plan + b"\n")
        if self.settings.form == "github":
            self.keep(outcome)

    def keep(self, outcome: Outcome) -> None:
        """Keep annotations and summary until the end, as far as GitHub would show them."""
        self.remarks += outcome.remarks[: max(0, REMARK_LIMIT - len(self.remarks))]
        if self.summary_size + len(outcome.summary) > SUMMARY_LIMIT:
            self.left_out += 1
        else:
            self.summaries.append(outcome.summary)
            self.summary_size += len(outcome.summary)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self.settings.form == "github":
            from rulewright.report.github import annotation_lines

            self.out.write(annotation_lines(self.remarks))
            if self.left_out:
                self.summaries.append(f"{self.left_out:,} more events did not fit.\n")
            append_summary("\n".join([self.heading, *self.summaries] if self.heading else self.summaries))
        if self.plans is not None:
            self.plans.close(keep=error is None)
        self.out.__exit__(kind, error, trace)
