"""Mutants: every smallest wrong policy next to the right one.

Each leaf forced true, then false; each limit and baseline of an objective likewise, and each other key of it that
changes how it is decided (`decide`, `budget`, `independent`, …) turned or left out; each action left out; each
`stop` left out; of facts by `choose` that the policy uses, each leaf and each case. A mutant is a policy whose one
entry or fact is another; the paths stay those of the program.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rulewright.kinds.slo_gate.terms import Limit, ObjectiveNode
from rulewright.program.fact_dependencies import used_facts
from rulewright.program.nodes import ConstantNode
from rulewright.testing.equivalence import explain_equivalence
from rulewright.testing.leaves import find_leaves, replace_node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.program.compiled_policy import CompiledPolicy, Entry
    from rulewright.program.named_facts import ChoiceCase, CompiledFact
    from rulewright.program.nodes import Node
    from rulewright.program.program import Program
    from rulewright.testing.leaves import ConditionLeaf

INFINITY: Final = float("inf")
HOLDS: Final = Limit("between", -INFINITY, INFINITY, "anything")
FAILS: Final = Limit("between", INFINITY, -INFINITY, "nothing")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed entry. `what` is the leaf, action or limit as the policy says it; `change` what became of it.

    `equivalent`: why no event can tell it from the policy, None where one may. `fact`: name → the changed fact, where
    it is a fact that changed; `entry` is None then, and `number` -1.
    """

    entry: Entry | None
    number: int
    what: str
    change: str
    line: int
    column: int
    equivalent: str | None = None
    fact: Mapping[str, CompiledFact] | None = None
    file: str = ""
    """Where `line` is, if not in the policy's own file."""

    @property
    def name(self) -> str:
        """The id of the entry, or the name of the fact."""
        return self.entry.id if self.entry is not None else next(iter(self.fact or ()), "")


def apply_mutant(policy: CompiledPolicy, mutant: Mutant) -> CompiledPolicy:
    """The policy with the mutant's entry, or fact, in place of its own."""
    if mutant.fact is not None:
        return policy._replace(facts={**policy.facts, **mutant.fact})
    entries = list(policy.entries)
    assert mutant.entry is not None
    entries[mutant.number] = mutant.entry
    return policy._replace(entries=tuple(entries))


def generate_mutants(policy: CompiledPolicy, program: Program) -> Iterator[Mutant]:
    """Every mutant of the policy, in the order of its lines."""
    last = len(policy.entries) - 1
    for number, entry in enumerate(policy.entries):
        if isinstance(entry.when, ObjectiveNode):
            yield from _mutate_objective(entry, entry.when, number)
        else:
            yield from _mutate_leaves(entry, number, program)
        for place, use in enumerate(entry.actions):
            rest = (*entry.actions[:place], *entry.actions[place + 1 :])
            twice = any((use.name, use.arguments) == (other.name, other.arguments) for other in rest)
            line, column = use.position
            yield Mutant(
                entry._replace(actions=rest),
                number,
                use.name,
                "left out",
                line,
                column,
                "the rule contains the same action twice" if twice else None,
            )
        if entry.stop:
            line, column = entry.position
            reason = "it is the last entry" if number == last else None
            yield Mutant(entry._replace(stop=False), number, "stop", "left out", line, column, reason)
    used = used_facts(policy, program.paths)
    for name, fact in policy.facts.items():
        if name in used:
            yield from _mutate_choices(name, fact, program)


def _mutate_choices(name: str, fact: CompiledFact, program: Program) -> Iterator[Mutant]:
    """Of each case of a `choose`: its leaves forced, itself left out."""
    line, column = fact.position
    for depth, step in enumerate(fact.steps):
        for place, case in enumerate(step.cases):
            before, after = step.cases[:place], step.cases[place + 1 :]
            text = f"chooses {case.value}"
            shorter = {name: _with_cases(fact, depth, (*before, *after))}
            yield Mutant(None, -1, text, "left out", line, column, None, shorter, fact.file)
            if case.when is None:
                continue
            for leaf, truth, when in _force_leaves(case.when):
                changed = (*before, case._replace(when=when), *after)
                yield Mutant(
                    None,
                    -1,
                    f"{text}: {leaf.text}",
                    "true" if truth else "false",
                    leaf.line,
                    leaf.column,
                    explain_equivalence(case.when, leaf, truth, program.evaluator.safe_paths),
                    {name: _with_cases(fact, depth, changed)},
                    fact.file,
                )


def _with_cases(fact: CompiledFact, depth: int, cases: tuple[ChoiceCase, ...]) -> CompiledFact:
    step = fact.steps[depth]._replace(cases=cases)
    return fact._replace(steps=(*fact.steps[:depth], step, *fact.steps[depth + 1 :]))


def _force_leaves(when: Node) -> Iterator[tuple[ConditionLeaf, bool, Node]]:
    """The condition with one leaf forced, for each leaf and both truths."""
    for leaf in find_leaves(when):
        for truth in (True, False):
            yield (
                leaf,
                truth,
                replace_node(when, leaf.path, ConstantNode(truth, leaf.text, leaf.node.position)),
            )


def _mutate_leaves(entry: Entry, number: int, program: Program) -> Iterator[Mutant]:
    for leaf, truth, when in _force_leaves(entry.when):
        change = "true" if truth else "false"
        reason = explain_equivalence(entry.when, leaf, truth, program.evaluator.safe_paths)
        yield Mutant(
            entry._replace(condition=when), number, leaf.text, change, leaf.line, leaf.column, reason
        )


def _mutate_objective(entry: Entry, node: ObjectiveNode, number: int) -> Iterator[Mutant]:
    """An objective's leaves are its limits, its baseline, its least number of values, and the keys that say how
    it is decided."""
    line, column = node.position

    def mutant(what: str, change: str, changed: ObjectiveNode) -> Mutant:
        return Mutant(entry._replace(condition=changed), number, f"{entry.id} {what}", change, line, column)

    for section, limits in (("pass", node.pass_limits), ("warn", node.warn_limits)):
        for place, limit in enumerate(limits):
            for change, new in (("true", HOLDS), ("false", FAILS)):
                other = (*limits[:place], new, *limits[place + 1 :])
                changed = (
                    replace(node, pass_limits=other)
                    if section == "pass"
                    else replace(node, warn_limits=other)
                )
                yield mutant(f"{section}: {limit.matcher} {limit.text}", change, changed)
    if node.baseline is not None:
        for change, most in (("true", INFINITY), ("false", -INFINITY)):
            loose = node.baseline._replace(max_regression=most, min_effect=most)
            yield mutant(f"baseline: {node.baseline.origin}", change, replace(node, baseline=loose))
    if node.min_samples > 1:
        yield mutant(f"min_samples: {node.min_samples}", "true", replace(node, min_samples=1))
    for what, change, changed in _change_terms(node):
        yield mutant(what, change, changed)


def _change_terms(node: ObjectiveNode) -> Iterator[tuple[str, str, ObjectiveNode]]:
    """(what, change, objective) for `failures`, `budget`, `max_drop`, `min_complete`, `decide`, `on_inconclusive` and
    `independent`, where the objective has them."""
    for place, limit in enumerate(node.failure_limits):
        for change, new in (("true", HOLDS), ("false", FAILS)):
            other = (*node.failure_limits[:place], new, *node.failure_limits[place + 1 :])
            yield f"failures: {limit.matcher} {limit.text}", change, replace(node, failure_limits=other)
    if node.budget is not None:
        yield "budget", "left out", replace(node, budget=None)
    if node.pairing is not None and node.pairing.max_drop is not None:
        for change, most in (("true", 1.0), ("false", -1.0)):
            terms = node.pairing._replace(max_drop=most)
            yield f"max_drop: {node.pairing.max_drop}", change, replace(node, pairing=terms)
    if node.pairing is not None and node.pairing.by:
        terms = node.pairing._replace(min_complete=0.0)
        yield f"min_complete: {node.pairing.min_complete}", "true", replace(node, pairing=terms)
    if node.decide_by:
        other_rule = "interval" if node.decide_by == "point" else "point"
        yield f"decide: {node.decide_by}", other_rule, replace(node, decide_by=other_rule)
    if node.on_inconclusive != "hold":
        yield f"on_inconclusive: {node.on_inconclusive}", "hold", replace(node, on_inconclusive="hold")
    if node.is_independent:
        yield "independent: true", "false", replace(node, is_independent=False)
