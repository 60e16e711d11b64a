"""The report of a run of policy tests: text, JSON, Markdown and annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.actions.escape import escape_markdown
from rulewright.policy.characters import escape_commands
from rulewright.report.annotation import Annotation
from rulewright.report.document import json_text
from rulewright.report.evaluation import format_count
from rulewright.report.reporter import Page, Report
from rulewright.report.terminal import Paint, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.testing.coverage import Coverage
    from rulewright.testing.model import CaseResult, CaseRun, FileResult, Problem
    from rulewright.testing.mutate import MutantResult, Mutation

_KINDS = {"rule": "rules", "leaf": "leaves", "action": "actions"}


class CasesReport(Report):
    """A run of policy tests, with coverage and mutation results; None if they were not requested."""

    def __init__(
        self,
        run: CaseRun,
        coverage: tuple[Coverage, ...] | None = None,
        mutation: tuple[Mutation, ...] | None = None,
    ) -> None:
        self.run, self.coverage, self.mutation = run, coverage, mutation

    def text(self, page: Page) -> str:
        """All failures, and the number of passed cases."""
        lines: list[str] = []
        for file in self.run.files:
            lines += _file(file, page.paint)
        for part in (_coverage, _mutation):
            lines += part(self, page.paint)
        lines.append(_total(self.run))
        return "".join(f"{_safe(line)}\n" for line in lines)

    def json(self) -> str:
        """`{"files": [{"file", "policy", "diagnostics", "cases": [{"id", "line", "status", "problems"}]}], "counts",
        "coverage"?, "mutation"?}`; a problem is `{"message", "line", "column", "details", "code"?, "hint"?}`."""
        run = self.run
        document: dict[str, object] = {
            "files": [
                {
                    "file": file.file,
                    "policy": file.policy,
                    "diagnostics": [found.as_json() for found in file.diagnostics],
                    "cases": [_case_json(case) for case in file.cases],
                }
                for file in run.files
            ],
            "counts": {status: run.count(status) for status in ("passed", "failed", "error")},
        }
        if self.coverage is not None:
            document["coverage"] = [_coverage_json(found) for found in self.coverage]
        if self.mutation is not None:
            document["mutation"] = [_mutation_json(found) for found in self.mutation]
        return json_text(document)

    def markdown(self) -> str:
        """A table of files, then failures, coverage gaps and surviving mutants."""
        lines = [f"### Policy tests\n\n{_total(self.run)}\n", "| file | cases | passed |", "|---|---|---|"]
        for file in self.run.files:
            good = sum(case.status == "passed" for case in file.cases)
            lines.append(f"| {escape_markdown(file.file)} | {len(file.cases)} | {good} |")
        rest = [*_problems(self.run), *_coverage(self, Paint()), *_mutation(self, Paint())]
        if rest:
            lines.append("")
            lines += [f"- {escape_markdown(line.strip())}" for line in rest]
        return "".join(f"{line}\n" for line in lines)

    def annotations(self) -> tuple[Annotation, ...]:
        """One for each problem and each surviving mutant, at its line."""
        return tuple(_annotations(self))


def _problems(run: CaseRun) -> Iterator[str]:
    for file in run.files:
        for found in file.diagnostics:
            yield f"{found.span.file}:{found.span.line}: {found.message}"
        for case in file.cases:
            for problem in case.problems:
                text = f"{file.file}:{problem.span.line}: {case.case.id}: {problem.message}"
                yield "; ".join((text, *problem.details))


def _file(file: FileResult, paint: Paint) -> Iterator[str]:
    bad = [case for case in file.cases if case.status != "passed"]
    for found in file.diagnostics:
        place = f"{found.span.file}:{found.span.line}:{found.span.column}"
        yield f"{place}: {found.severity}: {found.message} [{found.code}]"
        if found.hint:
            yield f"    hint: {found.hint}"
    if not file.cases:
        return
    good = len(file.cases) - len(bad)
    mark = paint("ok", "green") if not bad else paint("FAILED", "red")
    yield f"{mark}  {file.file}: {good} of {format_count(len(file.cases), 'case')} passed"
    for case in bad:
        yield f"  {paint(case.status, 'red')}  {case.case.id}  ({case.case.file}:{case.case.line})"
        for problem in case.problems:
            yield from _problem(problem, paint)


def _problem(problem: Problem, paint: Paint) -> Iterator[str]:
    code = f" [{problem.code}]" if problem.code else ""
    yield f"    line {problem.span.line}: {problem.message}{code}"
    for line in problem.details:
        style = {"−": "red", "+": "green"}.get(line[:1])
        yield f"      {paint(line, style) if style else line}"
    if problem.hint:
        yield f"      hint: {problem.hint}"


def _coverage(shown: CasesReport, paint: Paint) -> Iterator[str]:
    for found in shown.coverage or ():
        shares = []
        for kind, name in _KINDS.items():
            seen, wanted = found.share(kind)
            if wanted:
                shares.append(f"{name} {seen}/{wanted}")
        full = not found.gaps
        percent = paint(f"{found.percent:.1f} %", "green" if full else "yellow")
        yield f"coverage  {found.policy}: {percent} ({', '.join(shares)})"
        for item in found.gaps:
            yield f"  {found.file}:{item.line}: {item.entry}: {item.what}: {item.lacking}"


def _mutation(shown: CasesReport, paint: Paint) -> Iterator[str]:
    for found in shown.mutation or ():
        style = "red" if found.survivors else "green"
        score = paint(f"{found.score:.1f} %", style)
        killed, left = found.count("killed"), len(found.survivors)
        same = found.count("equivalent")
        yield f"mutation  {found.policy}: {score} ({killed} killed, {left} survived, {same} equivalent)"
        for fate in found.fates:
            if fate.outcome != "killed":
                yield f"  {_fate(found, fate)}"


def _fate(found: Mutation, fate: MutantResult) -> str:
    mutant = fate.mutant
    text = f"{fate.outcome}  {mutant.file or found.file}:{mutant.line}: {mutant.name}: {mutant.what} → {mutant.change}"
    return f"{text} ({fate.by})" if fate.outcome == "equivalent" else text


def _total(run: CaseRun) -> str:
    words = [f"{run.count('passed')} passed"]
    words += [f"{run.count('failed')} failed"] if run.count("failed") else []
    words += [f"{run.count('error')} in error"] if run.count("error") else []
    broken = sum(file.broken for file in run.files)
    words += [f"{format_count(broken, 'file')} could not be run"] if broken else []
    return f"{format_count(len(run.cases), 'case')}: {', '.join(words)}"


def _safe(line: str) -> str:
    """The line without control sequences but colour, and without workflow commands: cases can quote a payload."""
    if "\x1b" in line:
        parts = line.split("\x1b[")
        return "\x1b[".join(escape_commands(printable(part)) for part in parts)
    return escape_commands(printable(line))


def _case_json(case: CaseResult) -> dict[str, object]:
    return {
        "id": case.case.id,
        "line": case.case.line,
        "status": case.status,
        "problems": [
            {
                "message": problem.message,
                "line": problem.span.line,
                "column": problem.span.column,
                "details": list(problem.details),
                **({"code": problem.code} if problem.code else {}),
                **({"hint": problem.hint} if problem.hint else {}),
            }
            for problem in case.problems
        ],
    }


def _coverage_json(found: Coverage) -> dict[str, object]:
    shares = {
        name: dict(zip(("shown", "wanted"), found.share(kind), strict=True)) for kind, name in _KINDS.items()
    }
    gaps = [
        {"kind": item.kind, "rule": item.entry, "what": item.what, "line": item.line, "lacking": item.lacking}
        for item in found.gaps
    ]
    return {
        "policy": found.policy,
        "file": found.file,
        "percent": round(found.percent, 2),
        **shares,
        "gaps": gaps,
    }


def _mutation_json(found: Mutation) -> dict[str, object]:
    return {
        "policy": found.policy,
        "file": found.file,
        "score": round(found.score, 2),
        "mutants": [
            {
                "rule": fate.mutant.name,
                "what": fate.mutant.what,
                "change": fate.mutant.change,
                "line": fate.mutant.line,
                "column": fate.mutant.column,
                "outcome": fate.outcome,
                **({"case" if fate.outcome == "killed" else "reason": fate.by} if fate.by else {}),
            }
            for fate in found.fates
        ],
    }


def _annotations(shown: CasesReport) -> Iterator[Annotation]:
    for file in shown.run.files:
        for found in file.diagnostics:
            if found.severity == "error":
                span = found.span
                yield Annotation("error", found.message, found.code, span.file, span.line, span.column)
        for case in file.cases:
            for problem in case.problems:
                text = "\n".join((problem.message, *problem.details))
                span = problem.span
                yield Annotation("error", text, case.case.id, span.file, span.line, span.column)
    for mutation in shown.mutation or ():
        for fate in mutation.survivors:
            mutant = fate.mutant
            text = f"no case fails when {mutant.what} is {mutant.change}"
            title = f"{mutation.policy}/{mutant.name}"
            yield Annotation("error", text, title, mutation.file, mutant.line, mutant.column)
    for coverage in shown.coverage or ():
        for item in coverage.gaps:
            text = f"{item.what}: {item.lacking}"
            yield Annotation("notice", text, f"{coverage.policy}/{item.entry}", coverage.file, item.line)
    yield Annotation("notice", _total(shown.run), "Policy tests")
