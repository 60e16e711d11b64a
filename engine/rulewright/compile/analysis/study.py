"""What every check looks at: the policies with their compiled entries, and the questions that logic answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rulewright.compile.analysis.logic import Formula, Logic
from rulewright.compile.analysis.shapes import kinds_of
from rulewright.policy.diagnostics import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.compile.context import Context
    from rulewright.compile.program import CompiledPolicy, Entry, Program
    from rulewright.policy.diagnostics import Severity
    from rulewright.policy.model import ActionUse, Policy

__all__ = ["Case", "Study", "Subject", "place_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One rule of a policy of rules: its entry, what must be so for it to be true, and its actions."""

    owner: Subject
    number: int
    entry: Entry
    holds: Formula
    uses: tuple[ActionUse, ...]

    @property
    def name(self) -> str:
        return self.entry.id

    @property
    def span(self) -> Span:
        return Span(self.owner.policy.file, *self.entry.at)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One policy under study. `cases` are its rules in order; `skips` what may end it before them."""

    policy: Policy
    compiled: CompiledPolicy
    context: Context
    cases: list[Case]
    skips: tuple[Entry, ...] = ()

    @property
    def own(self) -> frozenset[str]:
        """The names of `let:`, `lists:` and `templates:` in the policy's own document, as `section.name`."""
        data = getattr(self.policy.source, "data", None)
        if not isinstance(data, dict):
            policy = self.policy
            names = (("let", policy.let), ("lists", policy.lists), ("templates", policy.templates))
            return frozenset(f"{section}.{name}" for section, entries in names for name in entries)
        return frozenset(
            f"{section}.{name}"
            for section in ("let", "lists", "templates")
            if isinstance(data.get(section), dict)
            for name in data[section]
        )

    def report(
        self, code: str, message: str, span: Span, *, hint: str | None = None, severity: Severity = "error"
    ) -> None:
        """Collect a finding."""
        self.context.report(code, message, span, hint=hint, severity=severity)


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """All policies that were loaded together, and what is known of their leaves."""

    subjects: tuple[Subject, ...]
    program: Program
    logic: Logic

    @classmethod
    def of(cls, policies: Sequence[Policy], contexts: Sequence[Context], program: Program) -> Study:
        logic = Logic(program.paths, kinds_of(policies, program))
        subjects = []
        for policy, compiled, context in zip(policies, program.policies, contexts, strict=True):
            entries = [entry for entry in compiled.entries if entry.role == "rule"]
            skips = tuple(entry for entry in compiled.entries if entry.role == "skip")
            subject = Subject(policy, compiled, context, [], skips)
            uses = {(rule.span.line, rule.span.column): rule.then for rule in policy.rules}
            for number, entry in enumerate(entries):
                holds = logic.formula(entry.when, "true")
                subject.cases.append(Case(subject, number, entry, holds, uses.get(entry.at, ())))
            subjects.append(subject)
        return cls(tuple(subjects), program, logic)

    def runs(self, case: Case) -> Formula:
        """What must be so for a rule to be true and to run: no skip, and no rule before it that stops."""
        parts = [case.holds]
        parts += [self.logic.formula(skip.when, "false") for skip in case.owner.skips]
        parts += [
            self.logic.formula(earlier.entry.when, "untrue")
            for earlier in case.owner.cases[: case.number]
            if earlier.entry.stop
        ]
        return ("and", tuple(parts))

    def kept(self, case: Case) -> Formula:
        """What must be so for a rule not to run: the opposite of `runs`."""
        parts = [self.logic.formula(case.entry.when, "untrue")]
        parts += [self.logic.formula(skip.when, "unfalse") for skip in case.owner.skips]
        parts += [
            self.logic.formula(earlier.entry.when, "true")
            for earlier in case.owner.cases[: case.number]
            if earlier.entry.stop
        ]
        return ("or", tuple(parts))

    def forces(self, case: Case, other: Case) -> bool:
        """Whether `other` certainly runs whenever `case` does, and `case` can run at all."""
        logic = self.logic
        if logic.possible(case.holds, logic.formula(other.entry.when, "untrue")):
            return False
        runs = self.runs(case)
        return not logic.possible(runs, self.kept(other)) and logic.possible(runs)


def place_of(case: Case, subject: Subject) -> str:
    """Where a rule stands, for a message in `subject`: its line, with the file where that is another one."""
    line = f"line {case.entry.at[0]}"
    return line if case.owner.policy.file == subject.policy.file else f"{case.owner.policy.file}, {line}"
