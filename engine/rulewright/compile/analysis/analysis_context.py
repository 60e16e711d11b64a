"""What every check looks at: the policies with their compiled entries, and the questions that logic answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rulewright.compile.analysis.logic import OPPOSITE, Formula, Logic, atom, needs
from rulewright.compile.analysis.path_types import kinds_of
from rulewright.policy.diagnostics import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from rulewright.compile.analysis.logic import Leaf, Sign
    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Severity
    from rulewright.policy.model import ActionUse, Policy
    from rulewright.program.program import CompiledPolicy, Entry, Program

STOPS: Final = 8
"""How many earlier rules that stop are kept in what is known of a rule that runs."""


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
    flats: dict[tuple[str, str, int], dict[int, frozenset[tuple[Sign, Leaf]]] | None] = field(
        default_factory=dict
    )

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
        """What must be so when a rule runs: it is true, no skip holds, and no rule before it stops.

        Of many rules that stop the first few are kept: knowing less only means proving less.
        """
        parts = [case.holds, *(self.logic.formula(skip.when, "false") for skip in case.owner.skips)]
        stops = [one for one in case.owner.cases[: case.number] if one.entry.stop]
        parts += [self.logic.formula(stop.entry.when, "untrue") for stop in stops[:STOPS]]
        return ("and", tuple(parts))

    def kept(self, case: Case, after: int = 0) -> Iterator[Formula]:
        """Each of the ways in which a rule does not run; `after`: rules before this number are known not to stop.

        With it, the skips are known not to hold as well.
        """
        formula = self.logic.formula
        yield formula(case.entry.when, "untrue")
        if not after:
            yield from (formula(skip.when, "unfalse") for skip in case.owner.skips)
        for one in case.owner.cases[after : case.number]:
            if one.entry.stop:
                yield one.holds

    def may_force(self, case: Case, other: Case, passed: Collection[int] = ()) -> bool:
        """Quickly, before `forces`: False when a leaf that `other` needs does not follow from `case`.

        `passed`: interned paths of leaves that are not asked about.
        """
        flat = self.flat(case)
        for sign, leaf in needs(other.holds):
            if leaf.node.path in passed:
                continue
            if flat is None:
                if self.logic.possible(case.holds, atom(OPPOSITE[sign], leaf)):
                    return False
            elif self.logic.place(leaf.place, flat.get(leaf.place, frozenset()) | {(OPPOSITE[sign], leaf)}):
                return False
        return True

    def flat(self, case: Case) -> dict[int, frozenset[tuple[Sign, Leaf]]] | None:
        """A rule's condition by place, where it has no alternatives; remembered."""
        key = (case.owner.policy.name, case.owner.policy.file, case.number)
        if key not in self.flats:
            self.flats[key] = self.logic.flat(case.holds)
        return self.flats[key]

    def forces(self, case: Case, other: Case) -> bool:
        """Whether `other` certainly runs whenever `case` does, and `case` can run at all."""
        logic = self.logic
        if case.owner is other.owner and other.number < case.number and other.entry.stop:
            return False  # where both hold, the other one stops this one
        if not self.may_force(case, other):
            return False
        if logic.possible(case.holds, logic.formula(other.entry.when, "untrue")):
            return False
        skips = [logic.formula(skip.when, "false") for skip in case.owner.skips]
        same = case.owner is other.owner
        # In one policy, what keeps neither rule from running before the first of them is the same for both.
        ways = self.kept(other, case.number if same and case.number else 0)
        return logic.possible(case.holds, *skips) and not any(
            logic.possible(case.holds, *skips, way) for way in ways
        )


def place_of(case: Case, subject: Subject) -> str:
    """Where a rule stands, for a message in `subject`: its line, with the file where that is another one."""
    line = f"line {case.entry.at[0]}"
    return line if case.owner.policy.file == subject.policy.file else f"{case.owner.policy.file}, {line}"
