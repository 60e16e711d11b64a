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

from rulewright.kinds.slo_gate.judgement import ObjectiveNode
from rulewright.program.closures import build_closure
from rulewright.program.nodes import ConstantNode
from rulewright.testing.leaves import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.program.compiled_policy import CompiledPolicy, Entry
    from rulewright.testing.model import Judged, Tested


@dataclass(frozen=True, slots=True)
class Item:
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
    items: tuple[Item, ...]

    def share(self, kind: str | None = None) -> tuple[int, int]:
        """(shown, wanted) of one kind, or of all."""
        mine = [item for item in self.items if kind is None or item.kind == kind]
        return sum(item.shown for item in mine), sum(item.wanted for item in mine)

    @property
    def percent(self) -> float:
        shown, wanted = self.share()
        return 100.0 * shown / wanted if wanted else 100.0

    @property
    def gaps(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.lacking)


@dataclass(slots=True)
class _Seen:
    statuses: dict[str, set[str]]
    leaves: dict[tuple[str, tuple[int, ...]], set[bool]]
    actions: Counter[tuple[str, str]]


def cover(tested: Tested) -> Coverage:
    """What all cases of a policy show together, whether they pass or not."""
    seen = _Seen({}, {}, Counter())
    for case in tested.cases:
        _look(case, tested.policy, seen)
    items = tuple(item for entry in tested.policy.entries for item in _items(entry, tested.policy, seen))
    return Coverage(tested.policy.name, tested.policy.file, items)


def _look(case: Judged, policy: CompiledPolicy, seen: _Seen) -> None:
    if case.decision is None:
        return
    part = case.decision.policy(policy.name)
    reached = {"matched", "not_matched", "undetermined", "error"}
    statuses = {result.id: result.status for result in (*part.rules, *part.skips)}
    if part.skipped_by is not None:
        # What stands below a skip was not looked at, also where the skip itself is not decided.
        statuses = {result.id: result.status for result in part.skips}
    for entry in policy.entries:
        status = statuses.get(entry.id)
        if status not in reached:
            continue
        seen.statuses.setdefault(entry.id, set()).add(status)
        for leaf in leaves(entry.when):
            truth = build_closure(leaf.node)(case.decision.frame)
            if isinstance(truth, bool):
                seen.leaves.setdefault((entry.id, leaf.path), set()).add(truth)
    if case.plan is not None:
        counts = Counter(
            (rule, effect.action) for effect in case.plan.effects for rule in (effect.rule, *effect.also)
        )
        for key, number in counts.items():
            seen.actions[key] = max(seen.actions[key], number)


def _items(entry: Entry, policy: CompiledPolicy, seen: _Seen) -> Iterator[Item]:
    statuses = seen.statuses.get(entry.id, set())
    positive, negative = "matched" in statuses, "not_matched" in statuses
    lacking = _lack(("never matched", positive), ("never decided otherwise", negative))
    yield Item("rule", entry.id, entry.role, entry.position.line, positive + negative, 2, lacking)
    for leaf in leaves(entry.when):
        if isinstance(leaf.node, ConstantNode | ObjectiveNode):
            continue
        truths = seen.leaves.get((entry.id, leaf.path), set())
        lacking = _lack(("never true", True in truths), ("never false", False in truths))
        yield Item("leaf", entry.id, leaf.text, leaf.line, len(truths), 2, lacking)
    used: Counter[str] = Counter()
    for use in entry.actions:
        name = use.name
        used[name] += 1
        shown = seen.actions[f"{policy.name}/{entry.id}", name] >= used[name]
        yield Item(
            "action", entry.id, name, use.position.line, int(shown), 1, "" if shown else "never planned"
        )


def _lack(*facts: tuple[str, bool]) -> str:
    return ", ".join(word for word, shown in facts if not shown)
