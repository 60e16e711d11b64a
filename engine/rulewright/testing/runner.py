"""A run: every case of every test file judged, and gathered by policy for coverage and mutation."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import RulewrightError, has_errors, ordered
from rulewright.policy.document import read_documents
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.files import policy_files, test_files
from rulewright.policy.kinds import KIND_NAMES
from rulewright.testing.assertions import judge_case
from rulewright.testing.loader import Library, read_tests
from rulewright.testing.model import CaseResult, CaseRun, FileResult, Problem, TestedPolicy
from rulewright.testing.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from rulewright.program.program import Program
    from rulewright.testing.model import Case


def run_cases(
    paths: Sequence[str | Path],
    *,
    only: str | None = None,
    watch: Callable[[Sequence[Case]], Iterable[Case]] = iter,
) -> CaseRun:
    """Judge every case under `paths` (test files, policies, folders), or those whose id contains `only`.

    `watch` hands on the cases one by one as they are judged, so that a caller can count them.
    Policies under `paths` that no case is about are listed too, without cases. Raises UsageError for a path that
    does not exist, SourceError for what cannot be read.
    """
    library = Library()
    tests = [test for path in test_files(paths) for test in read_tests(path, library)]
    wanted = [
        [
            case
            for case in test.cases
            if test.program is not None
            and not has_errors(test.diagnostics)
            and (only is None or only in case.id)
        ]
        for test in tests
    ]
    cases = iter(watch([case for some in wanted for case in some]))
    files: list[FileResult] = []
    for test, some in zip(tests, wanted, strict=True):
        found = tuple(run_case(case, test.program) for case in islice(cases, len(some)) if test.program)
        files.append(FileResult(test.file, test.policy, found, test.diagnostics))
    for path in _policies(paths):
        library.program(path)
    return CaseRun(tuple(files), tuple(_by_policy(files, library)), ordered(library.unloaded))


def _policies(paths: Iterable[str | Path]) -> list[Path]:
    """The files under `paths` that hold a policy; named test files and libraries are none."""
    wanted = [path for path in paths if not str(path).endswith((".test.yaml", ".test.yml"))]
    return [path for path in policy_files(wanted) if _holds_policy(path)]


def _holds_policy(path: Path) -> bool:
    data = read_bytes(path)
    if b"kind:" not in data and b'"kind"' not in data:
        return False
    documents, _ = read_documents(str(path), data)
    return any(isinstance(one.data, dict) and one.data.get("kind") in KIND_NAMES for one in documents)


def run_case(case: Case, program: Program) -> CaseResult:
    """What comes of one case of a program."""
    ready, findings = prepare(case, program)
    if ready is None:
        problems = tuple(
            Problem(found.message, found.span, code=found.code, hint=found.hint) for found in findings
        )
        return CaseResult(case, "error", problems)
    try:
        return judge_case(ready)
    except RulewrightError as error:
        return CaseResult(case, "error", (Problem(error.message, case.span(), hint=error.hint),), ready)


def _by_policy(files: Iterable[FileResult], library: Library) -> Iterable[TestedPolicy]:
    judged = [case for file in files for case in file.cases if case.decision is not None]
    for program in library.programs.values():
        for policy in program.policies if program is not None else ():
            cases = tuple(
                case
                for case in judged
                if case.decision is not None
                and any(
                    part.name == policy.name and _same_file(part.policy.file, policy.file)
                    for part in case.decision.policies
                )
            )
            if program is not None:
                yield TestedPolicy(policy, program, cases)


def _same_file(one: str, other: str) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)
