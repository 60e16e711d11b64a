"""The cases of a JUnit XML report, and what its suites claim about them.

The standard library's expat reads it, with handlers that refuse every DTD and entity before any is expanded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.parsers import expat

from rulewright.measurements.reader import UnusableSource
from rulewright.policy.strict_json import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSED, SKIPPED, FAILED = range(3)
"""The outcome of a case, the worst last."""

_FAILURES: Final = frozenset({"failure", "error", "flakyFailure", "flakyError", "rerunFailure", "rerunError"})
_SUITES: Final = frozenset({"testsuite", "testsuites"})
_NOT_RUN: Final = frozenset({"disabled", "notrun", "skipped", "ignored", "suppressed"})
"""What `status` and `result` of a case say where it did not run."""


class Case(NamedTuple):
    """`name`: with the class (`tests.test_chat.test_answer`); `short`: without. `seconds`: as written, None where the
    case has no `time`."""

    name: str
    short: str
    outcome: int
    seconds: str | None


class Report(NamedTuple):
    """`missing_failures` and `missing_cases`: one line for each suite whose attributes claim more than the file
    has."""

    cases: list[Case]
    timestamps: list[str]
    missing_failures: list[str]
    missing_cases: list[str]


@dataclass
class _Suite:
    """A suite that is being read. `cases` and `failures`: how many stood before it."""

    attributes: Mapping[str, str]
    cases: int
    failures: int


@dataclass
class _Reader:
    """Collects the cases while expat reads the text. `failures`: elements that tell a failure or an error."""

    report: Report = field(default_factory=lambda: Report([], [], [], []))
    parser: expat.XMLParserType = field(default_factory=lambda: expat.ParserCreate("utf-8"))
    tags: list[str] = field(default_factory=list)
    suites: list[_Suite] = field(default_factory=list)
    failures: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)
    outcome: int = PASSED

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Handle a start tag."""
        line = f"line {self.parser.CurrentLineNumber}"
        if not self.tags and tag not in _SUITES:
            raise UnusableSource("unreadable", f"{line}: <{tag}> is no suite of JUnit XML")
        if len(self.tags) >= MAX_DEPTH:
            raise UnusableSource("unreadable", f"{line}: it is nested more than {MAX_DEPTH} levels deep")
        if tag in _SUITES:
            self.suites.append(_Suite(attributes, len(self.report.cases), self.failures))
            self.report.timestamps.extend(filter(None, [attributes.get("timestamp")]))
        elif tag == "testcase":
            if not attributes.get("name"):
                raise UnusableSource("unreadable", f"{line}: a test case has no name")
            self.attributes = attributes
            is_run = not {attributes.get("status"), attributes.get("result")} & _NOT_RUN
            self.outcome = PASSED if is_run else SKIPPED
        elif tag in _FAILURES:
            self.add_failure()
        elif tag in ("skipped", "disabled") and self.tags[-1] == "testcase":
            self.outcome = max(self.outcome, SKIPPED)
        self.tags.append(tag)

    def add_failure(self) -> None:
        """Count a failure: of the case, or of the suite itself, which then becomes a case of its own."""
        if self.tags[-1] == "testcase":
            self.failures += 1
            self.outcome = FAILED
        elif self.tags[-1] in _SUITES:
            self.failures += 1
            name = self.suites[-1].attributes.get("name", "")
            self.report.cases.append(Case(f"suite {name}", f"suite {name}", FAILED, None))

    def end(self, tag: str) -> None:
        """Handle an end tag."""
        self.tags.pop()
        if tag == "testcase":
            short, group = self.attributes["name"], self.attributes.get("classname")
            name = f"{group}.{short}" if group else short
            self.report.cases.append(Case(name, short, self.outcome, self.attributes.get("time")))
        elif tag in _SUITES:
            self.check_claims(self.suites.pop())

    def check_claims(self, suite: _Suite) -> None:
        """Compare the attributes of a suite with what stands inside it."""
        cases, failures = len(self.report.cases) - suite.cases, self.failures - suite.failures
        name = f"the suite `{suite.attributes.get('name', '')}`"
        bad = _read_claim(suite.attributes, "failures") + _read_claim(suite.attributes, "errors")
        if bad > failures:
            told = f"{name} claims {bad} failures and errors, and its cases have {failures}"
            self.report.missing_failures.append(told)
        tests = _read_claim(suite.attributes, "tests")
        if tests > cases:
            self.report.missing_cases.append(f"{name} claims {tests} tests, and has {cases}")

    def refuse_dtd(self, *_: object) -> None:
        """Handle a DTD, and the declaration of an entity."""
        line = f"line {self.parser.CurrentLineNumber}"
        raise UnusableSource(
            "unreadable", f"{line}: a document type or an entity is declared, which is refused"
        )


def parse_report(text: str) -> Report:
    """The cases of a report, in the order of the file. Raises UnusableSource (`unreadable`) with the line."""
    reader = _Reader()
    parser = reader.parser
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = reader.refuse_dtd
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        place = f"line {error.lineno}, column {error.offset + 1}"
        cut = "; the file seems to be cut off" if error.code in _CUT else ""
        raise UnusableSource("unreadable", f"{place}: {reason}{cut}") from None
    return reader.report


_CUT: Final = {expat.errors.codes[name] for name in (expat.errors.XML_ERROR_NO_ELEMENTS, "unclosed token")}


def _read_claim(attributes: Mapping[str, str], name: str) -> int:
    """A count in an attribute of a suite, 0 where it is no number: nothing is judged by it."""
    text = attributes.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
