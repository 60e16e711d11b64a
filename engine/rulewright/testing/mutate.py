"""Mutation: which wrong policies the cases would let pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rulewright.kinds.slo_gate.terms import ObjectiveNode, list_objectives
from rulewright.program.closures import build_closure
from rulewright.testing.assertions import case_passes
from rulewright.testing.mutants import apply_mutant, generate_mutants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.frame import Frame
    from rulewright.program.program import Program
    from rulewright.testing.model import CaseResult, TestedPolicy
    from rulewright.testing.mutants import Mutant


@dataclass(frozen=True, slots=True)
class MutantResult:
    """What became of a mutant. `by` is the case that killed it, or why it is equivalent."""

    mutant: Mutant
    outcome: Literal["killed", "survived", "equivalent"]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Mutation:
    """All mutants of one policy."""

    policy: str
    file: str
    fates: tuple[MutantResult, ...]

    def count(self, outcome: str) -> int:
        return sum(fate.outcome == outcome for fate in self.fates)

    @property
    def survivors(self) -> tuple[MutantResult, ...]:
        return tuple(fate for fate in self.fates if fate.outcome == "survived")

    @property
    def score(self) -> float:
        """Killed of those that could be, in per cent; 100 where there is nothing to kill."""
        possible = self.count("killed") + self.count("survived")
        return 100.0 * self.count("killed") / possible if possible else 100.0


def mutate_policy(
    tested: TestedPolicy, watch: Callable[[Sequence[Mutant]], Iterable[Mutant]] = iter
) -> Mutation:
    """Judge the cases of a policy against each of its mutants, until one fails. Cases that fail already are left out.

    `watch` hands on the mutants one by one as they are judged, so that a caller can count them.

    Nothing is read or compiled again: a mutant shares all but one entry with its program.
    """
    cases = [case for case in tested.cases if case.status == "passed"]
    killers: dict[int, list[CaseResult]] = {}
    fates = []
    for mutant in watch(list(generate_mutants(tested.policy, tested.program))):
        if mutant.equivalent is not None:
            fates.append(MutantResult(mutant, "equivalent", mutant.equivalent))
            continue
        # What killed one mutant of an entry most likely kills the next.
        first = killers.setdefault(mutant.number, [])
        killer = _find_killer(mutant, tested, [*first, *(case for case in cases if case not in first)])
        if killer is not None and killer not in first:
            first.insert(0, killer)
        fates.append(
            MutantResult(mutant, "survived" if killer is None else "killed", killer.case.id if killer else "")
        )
    return Mutation(tested.policy.name, tested.policy.file, tuple(fates))


def _find_killer(mutant: Mutant, tested: TestedPolicy, cases: Sequence[CaseResult]) -> CaseResult | None:
    variants: dict[int, Program] = {}
    for case in cases:
        if case.ready is None or _is_unaffected(mutant, tested, case):
            continue
        program = case.ready.program
        if id(program) not in variants:
            changed = apply_mutant(tested.policy, mutant)
            variants[id(program)] = program.with_policies(
                tuple(
                    changed if one.name == tested.policy.name else _apply_to_sharing(one, mutant)
                    for one in program.policies
                )
            )
        if not case_passes(case.ready, variants[id(program)]):
            return case
    return None


def _apply_to_sharing(policy: CompiledPolicy, mutant: Mutant) -> CompiledPolicy:
    """Another policy with the mutant's fact, where both have it out of one library: it is computed once for both."""
    for name, fact in (mutant.fact or {}).items():
        if name in policy.facts and policy.facts[name].key == fact.key:
            return apply_mutant(policy, mutant)
    return policy


def _is_unaffected(mutant: Mutant, tested: TestedPolicy, case: CaseResult) -> bool:
    """Whether the mutant certainly decides this case as the policy does, seen from the mutated entry alone, or
    from all objectives of a gate.

    Only where planning ended at once: later rounds are decided on states that are not at hand here.
    """
    if case.decision is None or case.plan is None or case.plan.effects or case.plan.observed:
        return False
    if mutant.entry is None:
        return False
    own, other = tested.policy.entries[mutant.number], mutant.entry
    if own.when is other.when:
        return not any(entry.id == own.id for entry in case.decision.policy(tested.policy.name).matched)
    frame = case.decision.frame
    if isinstance(own.when, ObjectiveNode) and isinstance(other.when, ObjectiveNode):
        return _list_verdicts(tested.policy, frame) == _list_verdicts(
            apply_mutant(tested.policy, mutant), frame
        )
    return build_closure(own.when)(frame) is build_closure(other.when)(frame)


def _list_verdicts(policy: CompiledPolicy, frame: Frame) -> list[object]:
    """The verdicts of a gate's objectives, judged together: the number of comparisons can change each of them."""
    nodes = [*list_objectives(policy).values()]
    judgements = ObjectiveNode.decide_together(nodes, frame)
    return [judgements[node.text]["verdict"] for node in nodes]
