"""What every check looks at: the policies with their compiled rules, and the questions that logic answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rulewright.compile.analysis.formula import Conjunction, flatten, required_leaves
from rulewright.compile.analysis.logic import Logic
from rulewright.compile.analysis.paths import collect_types
from rulewright.policy.diagnostics import Span
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from rulewright.compile.analysis.formula import Formula, SignedLeaf
    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Severity
    from rulewright.policy.model import ActionUse, Policy
    from rulewright.program.compiled_policy import CompiledPolicy, Entry
    from rulewright.program.program import Program

STOPS: Final = 8
"""How many earlier rules that stop are kept in what is known of a rule that runs."""


@dataclass(frozen=True, slots=True, eq=False)
class AnalysedRule:
    """One rule of a policy: its number there, its entry, the formula that it is true, and its actions."""

    policy: AnalysedPolicy
    number: int
    entry: Entry
    holds: Formula
    actions: tuple[ActionUse, ...]

    @property
    def name(self) -> str:
        return self.entry.id

    @property
    def line(self) -> int:
        return self.entry.position.line

    @property
    def span(self) -> Span:
        return Span(self.policy.written.file, *self.entry.position)


@dataclass(frozen=True, slots=True, eq=False)
class AnalysedPolicy:
    """One policy as written and as compiled. `rules` are in order; `skips` are what may end it before them."""

    written: Policy
    compiled: CompiledPolicy
    context: Context
    rules: list[AnalysedRule]
    skips: tuple[Entry, ...] = ()

    @property
    def own_names(self) -> frozenset[str]:
        """The names of `let:`, `lists:` and `templates:` in the policy's own document, as `section.name`."""
        policy = self.written
        document = as_object(policy.source.data) if policy.source is not None else None
        sections = {"let": policy.let, "lists": policy.lists, "templates": policy.templates}
        return frozenset(
            f"{section}.{name}"
            for section, entries in sections.items()
            for name in (entries if document is None else as_object(document.get(section)) or ())
        )

    def report(
        self, code: str, message: str, span: Span, *, hint: str | None = None, severity: Severity = "error"
    ) -> None:
        """Collect a finding."""
        self.context.report(code, message, span, hint=hint, severity=severity)


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisContext:
    """All policies that were loaded together, and what is known of their leaves."""

    policies: tuple[AnalysedPolicy, ...]
    program: Program
    logic: Logic
    _flat: dict[AnalysedRule, dict[int, frozenset[SignedLeaf]] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, policies: Sequence[Policy], contexts: Sequence[Context], program: Program) -> AnalysisContext:
        """The context of policies, each with its compile context, in the program's order."""
        logic = Logic(program.paths, collect_types(policies, program))
        analysed = []
        for written, compiled, context in zip(policies, program.policies, contexts, strict=True):
            skips = tuple(entry for entry in compiled.entries if entry.role == "skip")
            policy = AnalysedPolicy(written, compiled, context, [], skips)
            actions = {(rule.span.line, rule.span.column): rule.then for rule in written.rules}
            for number, entry in enumerate(entry for entry in compiled.entries if entry.role == "rule"):
                holds = logic.formula(entry.when, "true")
                policy.rules.append(
                    AnalysedRule(policy, number, entry, holds, actions.get(entry.position, ()))
                )
            analysed.append(policy)
        return cls(tuple(analysed), program, logic)

    @property
    def planning_policies(self) -> Iterator[AnalysedPolicy]:
        """The policies that plan effects: all that do not only observe."""
        return (policy for policy in self.policies if policy.written.mode != "observe")

    def runs(self, rule: AnalysedRule) -> Formula:
        """What must be so when a rule runs: it is true, no skip holds, and no rule before it stops.

        Of many rules that stop the first few are kept: knowing less only means proving less.
        """
        stops = [earlier for earlier in rule.policy.rules[: rule.number] if earlier.entry.stop]
        missed = (self.logic.formula(stop.entry.when, "untrue") for stop in stops[:STOPS])
        return Conjunction((rule.holds, *self.skips_passed(rule.policy), *missed))

    def skips_passed(self, policy: AnalysedPolicy) -> list[Formula]:
        """That none of a policy's skips holds, one formula for each."""
        return [self.logic.formula(skip.when, "false") for skip in policy.skips]

    def ways_not_to_run(self, rule: AnalysedRule, after: int = 0) -> Iterator[Formula]:
        """Each of the ways in which a rule does not run; `after`: rules before this number are known not to stop.

        With it, the skips are known not to hold as well.
        """
        formula = self.logic.formula
        yield formula(rule.entry.when, "untrue")
        if not after:
            yield from (formula(skip.when, "unfalse") for skip in rule.policy.skips)
        for earlier in rule.policy.rules[after : rule.number]:
            if earlier.entry.stop:
                yield earlier.holds

    def may_force(self, rule: AnalysedRule, other: AnalysedRule, passed: Collection[int] = ()) -> bool:
        """Quickly, before `forces`: False when a leaf that `other` needs does not follow from `rule`.

        `passed`: interned paths of leaves that are not asked about.
        """
        flat = self._flatten(rule)
        for signed in required_leaves(other.holds):
            if signed.leaf.path in passed:
                continue
            contrary = signed.opposite()
            key = signed.leaf.frame_key
            if flat is None:
                if self.logic.is_possible(rule.holds, contrary):
                    return False
            elif self.logic.is_value_possible(key, flat.get(key, frozenset()) | {contrary}):
                return False
        return True

    def _flatten(self, rule: AnalysedRule) -> dict[int, frozenset[SignedLeaf]] | None:
        """A rule's condition by frame key, where it has no alternatives; remembered."""
        if rule not in self._flat:
            self._flat[rule] = flatten(rule.holds)
        return self._flat[rule]

    def forces(self, rule: AnalysedRule, other: AnalysedRule) -> bool:
        """Whether `other` certainly runs whenever `rule` does, and `rule` can run at all."""
        logic = self.logic
        in_one_policy = rule.policy is other.policy
        if in_one_policy and other.number < rule.number and other.entry.stop:
            return False  # where both hold, the other one stops this one
        if not self.may_force(rule, other):
            return False
        if logic.is_possible(rule.holds, logic.formula(other.entry.when, "untrue")):
            return False
        skips = self.skips_passed(rule.policy)
        # In one policy, what keeps neither rule from running before the first of them is the same for both.
        ways = self.ways_not_to_run(other, rule.number if in_one_policy and rule.number else 0)
        return logic.is_possible(rule.holds, *skips) and not any(
            logic.is_possible(rule.holds, *skips, way) for way in ways
        )


def describe_place(rule: AnalysedRule, policy: AnalysedPolicy) -> str:
    """Where a rule is, for a message in `policy`: its line, with the file where that is another one."""
    file = rule.policy.written.file
    return f"line {rule.line}" if file == policy.written.file else f"{file}, line {rule.line}"
