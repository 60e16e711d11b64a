"""JUnit XML of policy tests and of gates.

Tests: a suite for each file, a test case for each case; a file that cannot be run is a suite with one case in error.
Gates: a suite for each gate, a test case for each objective. Times are omitted: neither is about them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from rulewright.measurements.codes import PROMOTES
from rulewright.report.cases import CasesReport
from rulewright.report.gates import OBSERVED, GatesReport, counts, describe
from rulewright.report.reporter import Page, Rendered, Report, Reporter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rulewright.gates.gate_run import GateResult, GateRun, ObjectiveResult
    from rulewright.testing.model import CaseResult, CaseRun, FileResult

# Not allowed in XML 1.0, even escaped: controls but tab and newline, surrogates, U+FFFE and U+FFFF.
_FORBIDDEN: Final = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JunitReporter(Reporter):
    """For CI systems: the cases of `rulewright test`, the objectives of `rulewright gate`."""

    for_programs = True

    def render(self, report: Report, page: Page) -> Rendered:
        if isinstance(report, GatesReport):
            return Rendered(format_gates(report.run))
        assert isinstance(report, CasesReport)
        return Rendered(junit(report.run))


def format_gates(run: GateRun) -> str:
    """The document of judged gates as text, to be encoded as UTF-8."""
    suites = [(gate, [_objective(gate, row) for row in gate.objectives]) for gate in run.gates]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="rulewright"{_gate_counts([row for _, rows in suites for row in rows])}>')
    for gate, rows in suites:
        lines.append(f"  <testsuite name={_value(gate.name)}{_gate_counts(rows)}>")
        for name, outcome, message in rows:
            head = f"    <testcase classname={_value(gate.name)} name={_value(name)}"
            if not outcome:
                lines.append(f"{head}/>")
                continue
            lines.append(f"{head}>")
            lines.append(f"      <{outcome} message={_value(message)}/>")
            lines.append("    </testcase>")
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "".join(f"{line}\n" for line in lines)


def _objective(gate: GateResult, row: ObjectiveResult) -> tuple[str, str, str]:
    """Name, element (`failure`, `error`, `skipped`, "" for what promotes) and message."""
    if row.verdict in PROMOTES:
        return row.id, "", ""
    if gate.is_observed:
        return row.id, "skipped", f"{row.verdict}: {describe(row)} ({OBSERVED})"
    outcome = "error" if row.verdict == "ERROR" else "failure" if counts(row) else "skipped"
    return row.id, outcome, f"{row.verdict}: {describe(row)}"


def _gate_counts(rows: Sequence[tuple[str, str, str]]) -> str:
    found = [outcome for _, outcome, _ in rows]
    numbers = [found.count(name) for name in ("failure", "error", "skipped")]
    return f' tests="{len(rows)}" failures="{numbers[0]}" errors="{numbers[1]}" skipped="{numbers[2]}"'


def junit(run: CaseRun) -> str:
    """The document as text, to be encoded as UTF-8."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    broken = sum(file.broken for file in run.files)
    counts = (len(run.cases) + broken, run.count("failed"), run.count("error") + broken)
    lines.append(f'<testsuites name="rulewright"{_counts(*counts)}>')
    for file in run.files:
        lines += _suite(file)
    lines.append("</testsuites>")
    return "".join(f"{line}\n" for line in lines)


def _counts(tests: int, failures: int, errors: int) -> str:
    return f' tests="{tests}" failures="{failures}" errors="{errors}" skipped="0"'


def _suite(file: FileResult) -> Iterator[str]:
    failed = sum(case.status == "failed" for case in file.cases)
    wrong = sum(case.status == "error" for case in file.cases) + file.broken
    yield f"  <testsuite name={_value(file.file)}{_counts(len(file.cases) + file.broken, failed, wrong)}>"
    for case in file.cases:
        yield from _case(case)
    if file.broken:
        yield f'    <testcase classname={_value(file.file)} name="(file)">'
        for found in file.diagnostics:
            if found.severity == "error":
                text = f"{found.span.file}:{found.span.line}:{found.span.column}: {found.message}"
                yield f"      <error message={_value(found.message)} type={_value(found.code)}>{_text(text)}</error>"
                break  # JUnit allows one outcome per test case
        yield "    </testcase>"
    yield "  </testsuite>"


def _case(case: CaseResult) -> Iterator[str]:
    head = f"    <testcase classname={_value(case.case.file)} name={_value(case.case.id)}"
    head += f' file={_value(case.case.file)} line="{case.case.line}"'
    if case.status == "passed":
        yield f"{head}/>"
        return
    yield f"{head}>"
    tag = "failure" if case.status == "failed" else "error"
    first = case.problems[0]
    lines = []
    for problem in case.problems:
        lines.append(f"{problem.span.file}:{problem.span.line}: {problem.message}")
        lines += [f"  {line}" for line in problem.details]
        lines += [f"  hint: {problem.hint}"] if problem.hint else []
    kind = first.code or "difference"
    text = _text("\n".join(lines))
    yield f"      <{tag} message={_value(first.message)} type={_value(kind)}>{text}</{tag}>"
    yield "    </testcase>"


def _value(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))
