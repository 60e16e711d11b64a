"""Mutants: every smallest wrong policy next to the right one.

Each leaf forced true, then false; each limit and baseline of an objective likewise; each action left out; each
`stop` left out; of facts by `choose` that the policy uses, each leaf and each case. A mutant is a policy whose one
entry or fact is another; the paths stay those of the program.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from rulewright.kinds.slo_gate.judgement import Limit, ObjectiveNode
from rulewright.program.computed_facts import let_cases
from rulewright.program.needs import used_lets
from rulewright.program.nodes import ConstantNode
from rulewright.testing.equivalence import alike
from rulewright.testing.leaves import leaves, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.program.program import CompiledPolicy, Entry, Program

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
    fact: Mapping[str, dict[str, Any]] | None = None
    file: str = ""
    """Where `line` is, if not in the policy's own file."""

    @property
    def name(self) -> str:
        """The id of the entry, or the name of the fact."""
        return self.entry.id if self.entry is not None else next(iter(self.fact or {"": {}}))


def with_entry(policy: CompiledPolicy, mutant: Mutant) -> CompiledPolicy:
    """The policy with the mutant's entry, or fact, in place of its own."""
    if mutant.fact is not None:
        return policy._replace(lets={**policy.lets, **mutant.fact})
    entries = list(policy.entries)
    assert mutant.entry is not None
    entries[mutant.number] = mutant.entry
    return policy._replace(entries=tuple(entries))


def mutants(policy: CompiledPolicy, program: Program) -> Iterator[Mutant]:
    """Every mutant of the policy, in the order of its lines."""
    last = len(policy.entries) - 1
    for number, entry in enumerate(policy.entries):
        if isinstance(entry.when, ObjectiveNode):
            yield from _objective(entry, entry.when, number)
        else:
            yield from _leaves(entry, number, program)
        for place, use in enumerate(entry.then):
            rest = (*entry.then[:place], *entry.then[place + 1 :])
            twice = any(use["action"] == o["action"] and use["arguments"] == o["arguments"] for o in rest)
            line, column = use["at"]
            yield Mutant(
                entry._replace(then=rest),
                number,
                use["action"],
                "left out",
                line,
                column,
                "the same action stands in this rule a second time" if twice else None,
            )
        if entry.stop:
            line, column = entry.at
            reason = "nothing stands below" if number == last else None
            yield Mutant(entry._replace(stop=False), number, "stop", "left out", line, column, reason)
    used = used_lets(policy, program.paths)
    for name, spec in policy.lets.items():
        if name in used and any(let_cases(spec)):
            yield from _choices(name, spec, program)


def _choices(name: str, spec: dict[str, Any], program: Program) -> Iterator[Mutant]:
    """Of each case of a `choose`: its leaves forced, itself left out."""
    line, column = spec["at"]
    for depth, cases in enumerate(_levels(spec)):
        for place, case in enumerate(cases):
            rest = [*cases[:place], *cases[place + 1 :]]
            text, file = f"chooses {case['value']}", spec.get("file", "")
            fact = {name: _with_cases(spec, depth, rest)}
            yield Mutant(None, -1, text, "left out", line, column, None, fact, file)
            for leaf in leaves(case["when"]) if case["when"] is not None else ():
                for truth in (True, False):
                    constant = ConstantNode(truth, leaf.text, leaf.node.position)
                    changed = {**case, "when": replaced(case["when"], leaf.path, constant)}
                    other = [*cases[:place], changed, *cases[place + 1 :]]
                    yield Mutant(
                        None,
                        -1,
                        f"{text}: {leaf.text}",
                        "true" if truth else "false",
                        leaf.line,
                        leaf.column,
                        alike(case["when"], leaf, truth, program.safe_paths),
                        {name: _with_cases(spec, depth, other)},
                        file,
                    )


def _levels(spec: Mapping[str, Any] | None) -> Iterator[list[dict[str, Any]]]:
    """The cases at each depth of a fact's `otherwise:`; none where there is no `choose`."""
    while spec is not None:
        yield spec.get("cases", [])
        spec = spec.get("otherwise")


def _with_cases(spec: dict[str, Any], depth: int, cases: list[dict[str, Any]]) -> dict[str, Any]:
    if depth:
        return {**spec, "otherwise": _with_cases(spec["otherwise"], depth - 1, cases)}
    return {**spec, "cases": cases}


def _leaves(entry: Entry, number: int, program: Program) -> Iterator[Mutant]:
    for leaf in leaves(entry.when):
        for truth in (True, False):
            constant = ConstantNode(truth, leaf.text, leaf.node.position)
            when = replaced(entry.when, leaf.path, constant)
            change = "true" if truth else "false"
            reason = alike(entry.when, leaf, truth, program.safe_paths)
            changed = entry._replace(condition=when)
            yield Mutant(changed, number, leaf.text, change, leaf.line, leaf.column, reason)


def _objective(entry: Entry, node: ObjectiveNode, number: int) -> Iterator[Mutant]:
    """An objective's leaves are its limits, its baseline and its least number of values."""
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
