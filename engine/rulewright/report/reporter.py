"""Output formats: a command passes its report to the reporter of the requested format.

A report renders the result of one command in each of the four formats that all commands have. The reporter of a format
that only one command has (SARIF, JUnit, Prometheus) renders the report of that command. REPORTERS lists the formats.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final, cast

from rulewright.policy.lazy import import_attribute
from rulewright.policy.named_tuple import NamedTuple
from rulewright.report.terminal import Paint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.report.annotation import Annotation

REPORTERS: Final[Mapping[str, str]] = {
    "text": "rulewright.report.reporter:TextReporter",
    "json": "rulewright.report.reporter:JsonReporter",
    "markdown": "rulewright.report.reporter:MarkdownReporter",
    "github": "rulewright.report.reporter:GithubReporter",
    "sarif": "rulewright.report.sarif:SarifReporter",
    "junit": "rulewright.report.junit:JunitReporter",
    "prometheus": "rulewright.report.stats:PrometheusReporter",
}
"""Name of a format → "module:class"; a format is imported when it is requested."""


class Page(NamedTuple):
    """The width of text output in columns, and whether it uses colour."""

    columns: int = 100
    paint: Paint = Paint()


class Rendered(NamedTuple):
    """A report in one format: `text` for stdout or a file; in GitHub Actions, annotations and a job summary too."""

    text: str = ""
    summary: str = ""
    annotations: tuple[Annotation, ...] = ()


class Report(ABC):
    """The result of one command, rendered in each format. All texts end with a line break."""

    @abstractmethod
    def text(self, page: Page) -> str:
        """For a terminal."""

    @abstractmethod
    def json(self) -> str:
        """For programs."""

    @abstractmethod
    def markdown(self) -> str:
        """For a job summary or a comment."""

    def annotations(self) -> tuple[Annotation, ...]:
        """Annotations in GitHub Actions."""
        return ()

    def github(self, page: Page) -> Rendered:
        """For a run in GitHub Actions: annotations, and the Markdown in the job summary."""
        return Rendered(summary=self.markdown(), annotations=self.annotations())


class PlainReport(Report):
    """A report that is the same text in every format but JSON."""

    def markdown(self) -> str:
        return self.text(Page())

    def github(self, page: Page) -> Rendered:
        return Rendered(self.text(page))


class LineReport(PlainReport):
    """One JSON document on a line for programs, a text for people."""

    def __init__(self, document: object, text: str) -> None:
        self._document, self._text = document, text

    def text(self, page: Page) -> str:
        return self._text

    def json(self) -> str:
        from json import dumps

        from rulewright.report.terminal import escape_commands_in_json

        return escape_commands_in_json(dumps(self._document)) + "\n"


class Reporter(ABC):
    """One output format.

    `for_programs`: it omits nothing, and includes what other formats write to stderr. `separator` is written between
    the reports of a stream.
    """

    for_programs: ClassVar[bool] = False
    separator: ClassVar[str] = ""

    @abstractmethod
    def render(self, report: Report, page: Page) -> Rendered:
        """The report in this format."""


def reporter_named(name: str) -> Reporter:
    """The reporter of a format that REPORTERS lists."""
    return cast("Reporter", import_attribute(REPORTERS[name])())


class TextReporter(Reporter):
    """For people at a terminal."""

    separator = "\n"

    def render(self, report: Report, page: Page) -> Rendered:
        return Rendered(report.text(page))


class JsonReporter(Reporter):
    """For programs."""

    for_programs = True

    def render(self, report: Report, page: Page) -> Rendered:
        return Rendered(report.json())


class MarkdownReporter(Reporter):
    """For a comment or a file."""

    separator = "\n"

    def render(self, report: Report, page: Page) -> Rendered:
        return Rendered(report.markdown())


class GithubReporter(Reporter):
    """For a run in GitHub Actions."""

    def render(self, report: Report, page: Page) -> Rendered:
        return report.github(page)
