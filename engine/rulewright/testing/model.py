"""What a test file holds, and what came of it, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rulewright.policy.diagnostics import has_errors

if TYPE_CHECKING:
    from rulewright.actions.plan import Plan
    from rulewright.evaluate.decision import Decision
    from rulewright.events.model import Facts
    from rulewright.policy.diagnostics import Diagnostic, Span
    from rulewright.policy.document import Document
    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.program import Program

Status = Literal["passed", "failed", "error"]


@dataclass(frozen=True, slots=True)
class Case:
    """One case as written: `body` is its mapping, at `cases[number]` of the document."""

    id: str
    number: int
    body: JsonObject
    document: Document

    def span(self, *path: str | int, key: bool = False) -> Span:
        """Where a part of the case stands; the case itself without `path`."""
        return self.document.span(("cases", self.number, *path), key=key)

    @property
    def file(self) -> str:
        return self.document.file

    @property
    def line(self) -> int:
        return self.span("id").line


@dataclass(frozen=True, slots=True)
class WantedRule:
    """The status that a skip, rule, objective or transition must have. `key` is its name in the case."""

    policy: str
    entry: str
    status: str
    key: str


@dataclass(frozen=True, slots=True)
class WantedEffect:
    """An effect that must be planned: its action, and the arguments that are compared (None: none of them)."""

    action: str
    arguments: Json = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come of a case; None is not looked at. `policy` is the one that `verdict` and `skip` speak of."""

    policy: str
    rules: tuple[WantedRule, ...] = ()
    effects: tuple[WantedEffect, ...] | None = None
    verdict: str | None = None
    skip: str | None = None
    conflicts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class PreparedCase:
    """A case that can be judged, any number of times, by any variant of its program."""

    case: Case
    program: Program
    facts: Facts
    expected: Expectation


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that does not hold. `path` is where it stands under `expect`.

    `kind` is rule, verdict, skip, effects, or conflicts; for effects, `wanted` are the numbers of those that
    are missing and `found` the effects that nothing expects.
    """

    kind: str
    path: tuple[str, ...]
    wanted: Any
    found: Any
    policy: str = ""
    entry: str = ""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a case expected and did not get, or for which it cannot be judged.

    `details` are further lines, ready for people. `code` is that of the diagnostic, for cases in error.
    """

    message: str
    span: Span
    details: tuple[str, ...] = ()
    code: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case. `ready`, `decision` and `plan` are None where it could not be judged."""

    case: Case
    status: Status
    problems: tuple[Problem, ...] = ()
    ready: PreparedCase | None = None
    decision: Decision | None = None
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class FileResult:
    """One test file: its cases, and what is wrong with the file itself."""

    file: str
    policy: str
    cases: tuple[CaseResult, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether the file cannot be run as it stands."""
        return has_errors(self.diagnostics)


@dataclass(frozen=True, slots=True)
class TestedPolicy:
    """One policy with all cases of all files whose event it decides about."""

    policy: CompiledPolicy
    program: Program
    cases: tuple[CaseResult, ...]


@dataclass(frozen=True, slots=True)
class CaseRun:
    """A whole run. `unloaded` are the findings of policies that do not load."""

    files: tuple[FileResult, ...]
    policies: tuple[TestedPolicy, ...]
    unloaded: tuple[Diagnostic, ...] = ()

    @property
    def cases(self) -> tuple[CaseResult, ...]:
        return tuple(case for file in self.files for case in file.cases)

    def count(self, status: Status) -> int:
        """How many cases came out so."""
        return sum(case.status == status for case in self.cases)

    @property
    def passed(self) -> bool:
        """No case failed or is in error, and every file could be run."""
        return self.count("passed") == len(self.cases) and not any(file.broken for file in self.files)
