"""What the cases of a policy have seen: rules from both sides, leaves both true and false, actions planned.

| what | covered when a case |
|---|---|
| rule | has it `matched`; and another has it decided otherwise |
| leaf | has it true; and another has it false, in a rule that was reached |
| action | has its effect in the plan |
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rulewright.kinds.slo_gate.terms import ObjectiveNode
from rulewright.program.closures import build_closure
from rulewright.program.nodes import ConstantNode
from rulewright.testing.leaves import find_leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.evaluate.decision import PolicyDecision
    from rulewright.program.compiled_policy import CompiledPolicy, Entry
    from rulewright.testing.model import CaseResult, TestedPolicy


@dataclass(frozen=True, slots=True)
class CoverageItem:
    """One thing that a case should show. `lacking` says what no case has shown, empty where all was."""

    kind: Literal["rule", "leaf", "action"]
    entry: str
    what: str
    line: int
    shown: int
    wanted: int
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """All items of one policy."""

    policy: str
    file: str
    items: tuple[CoverageItem, ...]

    def share(self, kind: str | None = None) -> tuple[int, int]:
        """(shown, wanted) of one kind, or of all."""
        mine = [item for item in self.items if kind is None or item.kind == kind]
        return sum(item.shown for item in mine), sum(item.wanted for item in mine)

    @property
    def percent(self) -> float:
        shown, wanted = self.share()
        return 100.0 * shown / wanted if wanted else 100.0

    @property
    def gaps(self) -> tuple[CoverageItem, ...]:
        return tuple(item for item in self.items if item.lacking)


@dataclass(slots=True)
class _Seen:
    statuses: dict[str, set[str]]
    leaves: dict[tuple[str, tuple[int, ...]], set[bool]]
    actions: Counter[tuple[str, str]]


def measure_coverage(tested: TestedPolicy) -> Coverage:
    """What all cases of a policy show together, whether they pass or not."""
    seen = _Seen({}, {}, Counter())
    for case in tested.cases:
        _record_case(case, tested.policy, seen)
    items = tuple(item for entry in tested.policy.entries for item in _items(entry, tested.policy, seen))
    return Coverage(tested.policy.name, tested.policy.file, items)


def _record_case(case: CaseResult, policy: CompiledPolicy, seen: _Seen) -> None:
    if case.decision is None:
        return
    statuses = _evaluated_statuses(case.decision.policy(policy.name))
    for entry in policy.entries:
        status = statuses.get(entry.id)
        if status is None:
            continue
        seen.statuses.setdefault(entry.id, set()).add(status)
        for leaf in find_leaves(entry.when):
            truth = build_closure(leaf.node)(case.decision.frame)
            if isinstance(truth, bool):
                seen.leaves.setdefault((entry.id, leaf.path), set()).add(truth)
    if case.plan is not None:
        counts = Counter(
            (rule, effect.action) for effect in case.plan.effects for rule in (effect.rule, *effect.also)
        )
        for key, number in counts.items():
            seen.actions[key] = max(seen.actions[key], number)


def _evaluated_statuses(part: PolicyDecision) -> dict[str, str]:
    """The status of each entry that was evaluated. What is below a skip was not, even where the skip is undecided."""
    results = part.skips if part.skipped_by is not None else (*part.rules, *part.skips)
    evaluated = {"matched", "not_matched", "undetermined", "error"}
    return {result.id: result.status for result in results if result.status in evaluated}


def _items(entry: Entry, policy: CompiledPolicy, seen: _Seen) -> Iterator[CoverageItem]:
    statuses = seen.statuses.get(entry.id, set())
    positive, negative = "matched" in statuses, "not_matched" in statuses
    lacking = _join_missing(("never matched", positive), ("never not matched", negative))
    yield CoverageItem("rule", entry.id, entry.role, entry.position.line, positive + negative, 2, lacking)
    for leaf in find_leaves(entry.when):
        if isinstance(leaf.node, ConstantNode | ObjectiveNode):
            continue
        truths = seen.leaves.get((entry.id, leaf.path), set())
        lacking = _join_missing(("never true", True in truths), ("never false", False in truths))
        yield CoverageItem("leaf", entry.id, leaf.text, leaf.line, len(truths), 2, lacking)
    used: Counter[str] = Counter()
    for use in entry.actions:
        name = use.name
        used[name] += 1
        shown = seen.actions[f"{policy.name}/{entry.id}", name] >= used[name]
        yield CoverageItem(
            "action", entry.id, name, use.position.line, int(shown), 1, "" if shown else "never planned"
        )


def _join_missing(*facts: tuple[str, bool]) -> str:
    return ", ".join(word for word, shown in facts if not shown)
