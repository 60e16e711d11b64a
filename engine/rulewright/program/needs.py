"""What must be gathered before a route is decided: named facts, and parts of the payload."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, Final

from rulewright.program.closures import build_closure
from rulewright.program.expression import ExpressionFailure
from rulewright.program.fact_dependencies import (
    EntryNeeds,
    entry_needs,
    presence_needs,
    without_presence,
)
from rulewright.program.frame import FactFailure
from rulewright.program.lazy_payload import action_parts, condition_parts, unknown_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from rulewright.program.compiled_policy import CompiledPolicy, Entry
    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.frame import Frame
    from rulewright.program.named_facts import Need
    from rulewright.program.truth import Truth

NOTHING: Final = EntryNeeds()
NOTHING_UNKNOWN: Final[Mapping[int, AbstractSet[int]]] = {}


class RouteNeeds:
    """What the entries of a route still ask for. `decide` gives the truth of every entry that is not false.

    `known` and `absent` are, in all methods, the facts that were gathered, or are known not to be had.
    """

    def __init__(
        self,
        policies: tuple[CompiledPolicy, ...],
        paths: tuple[Ast, ...],
        externals: Sequence[Need],
        decide: Callable[[Frame], dict[int, Truth]],
    ) -> None:
        self._policies = policies
        self._paths = paths
        self._externals = externals
        self._decide = decide
        self._entries: list[Entry] = [entry for policy in policies for entry in policy.entries]
        self._of_entries = entry_needs(policies, paths)
        self._of_presence = presence_needs(policies, paths)

    @cached_property
    def _condition_parts(self) -> dict[int, dict[int, frozenset[str]]]:
        return condition_parts(self._policies, self._paths)

    @cached_property
    def _action_parts(self) -> dict[int, frozenset[str]]:
        return action_parts(self._policies)

    def facts(
        self, pending: Sequence[Need], frame: Frame, known: Mapping[str, object], absent: Mapping[str, object]
    ) -> tuple[Need, ...]:
        """Those of the pending facts that undecided conditions, or the actions of matched rules, ask for."""
        wanted = self._asked(self._truths(frame, known, absent), self._of_entries)
        return tuple(
            need
            for need in pending
            if (need.policy, need.name) in wanted and not self._has_value(need, frame)
        )

    def parts(
        self,
        frame: Frame,
        known: Mapping[str, object],
        absent: Mapping[str, object],
        lacking: frozenset[str],
    ) -> frozenset[str]:
        """Those of the `lacking` parts of the payload that undecided conditions, or the actions of matched rules, ask
        for. A condition on a lacking part is unknown."""
        conditions, actions = self._condition_parts, self._action_parts
        if not conditions and not actions:
            return frozenset()
        unknown = {
            number: {path for path, parts in reads.items() if not parts.isdisjoint(lacking)}
            for number, reads in conditions.items()
        }
        needs = {
            number: EntryNeeds(
                frozenset().union(*conditions.get(number, {}).values()), actions.get(number, frozenset())
            )
            for number in {*conditions, *actions}
        }
        asked = self._asked(self._truths(frame, known, absent, unknown), needs)
        return lacking.intersection(part for _, part in asked)

    def _has_value(self, need: Need, frame: Frame) -> bool:
        """Whether the fact has a value without it: no model is asked for what a label says."""
        policy = next(policy for policy in self._policies if policy.name == need.policy)
        fact = policy.facts.get(need.name.partition(".")[0])
        try:
            return fact is not None and frame[fact.key] is not None
        except (ExpressionFailure, FactFailure):
            return False

    def _truths(
        self,
        frame: Frame,
        known: Mapping[str, object],
        absent: Mapping[str, object],
        unknown: Mapping[int, AbstractSet[int]] = NOTHING_UNKNOWN,
    ) -> dict[int, Truth]:
        """The entries that are not false, or not decided yet. `unknown`: entry → paths that nobody knows yet."""
        truths = self._decide(frame)
        settled = {*known, *absent}
        for need in self._externals:  # an `otherwise:` waits for nothing while the first source has a value
            if need.after in settled and need.after not in absent and known.get(need.after, need) is not None:
                settled.add(need.name)
        for number in {*self._of_presence, *unknown}:
            presence = self._of_presence.get(number, {})
            waiting = {p for p, names in presence.items() if frame[p] is None and not names <= settled}
            hidden = unknown.get(number, frozenset())
            if waiting or hidden:
                node = without_presence(self._entries[number].when, waiting)
                truths[number] = build_closure(unknown_paths(node, hidden))(frame)
        return truths

    def _asked(self, truths: Mapping[int, Truth], needs: Mapping[int, EntryNeeds]) -> set[tuple[str, str]]:
        """(policy, what it asks for) over all policies; `needs`: entry → what it needs."""
        asked: set[tuple[str, str]] = set()
        numbers = sorted(truths)
        start = 0
        for policy in self._policies:
            end = start + len(policy.entries)
            own = numbers[bisect_left(numbers, start) : bisect_left(numbers, end)]
            asked.update((policy.name, name) for name in self._asked_by_policy(own, truths, needs))
            start = end
        return asked

    def _asked_by_policy(
        self, numbers: Sequence[int], truths: Mapping[int, Truth], needs: Mapping[int, EntryNeeds]
    ) -> set[str]:
        """What one policy still asks for: nothing once a skip holds, nothing for its rules before the skips are
        decided, nothing below a rule that matched and stops. `numbers`: its entries that are not false, in order."""
        asked: set[str] = set()
        undecided = False
        for number in numbers:
            truth = truths[number]
            if truth is False:
                continue
            entry = self._entries[number]
            if undecided and entry.role != "skip":
                break
            condition, actions = needs.get(number, NOTHING)
            if truth is not True:
                asked |= condition
                undecided = undecided or entry.role == "skip"
            elif entry.role == "skip":
                return set()
            else:
                asked |= actions
                if entry.stop:
                    break
        return asked
