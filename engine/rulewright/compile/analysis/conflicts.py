"""Rules that run together and want different values of one field: certainly, or on most subjects.

Where two rules only may run together, the plan says so when they do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, count
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.compile.analysis.analysis_context import describe_place
from rulewright.compile.analysis.claims import claims_of
from rulewright.compile.analysis.implication_index import ImplicationIndex
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rulewright.compile.analysis.analysis_context import AnalysedRule, AnalysisContext
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.json_types import Json
    from rulewright.program.nodes import Node

PAIRS: Final = 20_000
"""How many pairs are asked at most."""
PAIRS_OF_MOST: Final = 2_000
"""How many pairs of rules that hold of most subjects."""


class FieldDemand(NamedTuple):
    """A value that a rule wants of a field, and where it says so. `order` counts all demands, as they are written."""

    rule: AnalysedRule
    value: Json
    span: Span
    order: int
    adds: bool


def check_conflicts(analysis: AnalysisContext) -> None:
    """Reports each pair of rules once for each field, at the later of the two."""
    search = _ConflictSearch(analysis)
    for name, demands in _collect_demands(analysis).items():
        if all(demand.value == demands[0].value for demand in demands):
            continue
        if not search.check_certain(name, demands):
            return
        search.check_most(name, demands)


@dataclass(slots=True)
class _ConflictSearch:
    """What was asked so far, and how many pairs may still be asked."""

    analysis: AnalysisContext
    left: int = PAIRS
    left_of_most: int = PAIRS_OF_MOST
    seen: set[tuple[frozenset[int], str]] = field(default_factory=set)

    def check_certain(self, name: str, demands: list[FieldDemand]) -> bool:
        """Reports pairs that certainly run together; False where no more pairs may be asked."""
        for first, second in _pair_up(demands):
            if self.left <= 0:
                return False
            self.left -= 1
            if self._is_new(name, first, second) and _run_together(first.rule, second.rule, self.analysis):
                self._add(name, first, second)
                _report_conflict(name, *sorted((first, second), key=lambda demand: demand.order))
        return True

    def check_most(self, name: str, demands: list[FieldDemand]) -> None:
        """Reports pairs that run together on subjects that have nothing of what the rules ask about."""
        broad = [demand for demand in demands if _holds_of_most(demand.rule.entry.when)]
        for first, second in combinations(broad, 2):
            if self.left_of_most <= 0:
                return
            self.left_of_most -= 1
            if (
                first.value != second.value
                and self._is_new(name, first, second)
                and _may_meet(first.rule, second.rule, self.analysis)
            ):
                self._add(name, first, second)
                _report_conflict_of_most(name, first, second)

    def _is_new(self, name: str, first: FieldDemand, second: FieldDemand) -> bool:
        return (frozenset((id(first.rule), id(second.rule))), name) not in self.seen

    def _add(self, name: str, first: FieldDemand, second: FieldDemand) -> None:
        self.seen.add((frozenset((id(first.rule), id(second.rule))), name))


def _collect_demands(analysis: AnalysisContext) -> dict[str, list[FieldDemand]]:
    """Field → what the rules want of it, in order."""
    demands: dict[str, list[FieldDemand]] = {}
    order = count()
    for policy in analysis.planning_policies:
        for rule in policy.rules:
            for use in rule.actions:
                for name, value in claims_of(use):
                    demand = FieldDemand(rule, value, use.span, next(order), use.name == "add_labels")
                    demands.setdefault(name, []).append(demand)
    # `add_labels: [severity/low]` speaks for the group `severity` where a `set_label` does.
    for name in [name for name in demands if name.startswith("label:")]:
        group, slash, value = name.removeprefix("label:").partition("/")
        exclusive = demands.get(f"label_group:{group}") if slash else None
        if exclusive:
            exclusive += [demand._replace(value=value) for demand in demands[name] if demand.adds]
    return demands


def _holds_of_most(node: Node) -> bool:
    """Whether a condition holds of a subject that has nothing of what it asks about: `not A or not B` does."""
    if isinstance(node, GroupNode):
        truths = map(_holds_of_most, node.children)
        return all(truths) if node.operator == "all" else any(truths) is (node.operator == "any")
    if not isinstance(node, MatchNode):
        return False
    matcher = MATCHERS[node.matcher]
    return matcher.negates is not None or (
        matcher.missing_truth is not None and matcher.missing_truth(node.operand)
    )


def _may_meet(rule: AnalysedRule, other: AnalysedRule, analysis: AnalysisContext) -> bool:
    """Whether both can run on one event."""
    if rule is other or rule.entry.stop or other.entry.stop or not share_events(rule, other):
        return False
    policies = dict.fromkeys((rule.policy, other.policy))
    skips = [formula for policy in policies for formula in analysis.skips_passed(policy)]
    return analysis.logic.is_possible(rule.holds, other.holds, *skips)


def _pair_up(demands: list[FieldDemand]) -> Iterator[tuple[FieldDemand, FieldDemand]]:
    """Pairs with different values of which the first rule's condition may imply the second's."""
    index = ImplicationIndex(demand.rule for demand in demands)
    of_rule: dict[AnalysedRule, list[int]] = {}
    for number, demand in enumerate(demands):
        of_rule.setdefault(demand.rule, []).append(number)
    for number, demand in enumerate(demands):
        for other in sorted({*index.implying(demand.rule.holds), *of_rule[demand.rule]}):
            if other != number and demands[other].value != demand.value:
                yield demands[other], demand


def _run_together(rule: AnalysedRule, other: AnalysedRule, analysis: AnalysisContext) -> bool:
    if rule is other:
        return analysis.logic.is_possible(rule.holds)
    return share_events(rule, other) and analysis.forces(rule, other)


def share_events(rule: AnalysedRule, other: AnalysedRule) -> bool:
    """Whether one event may be for the policies of both rules."""
    return rule.policy is other.policy or have_common_event(rule.policy.written.on, other.policy.written.on)


def have_common_event(triggers: Iterable[str], others: Iterable[str]) -> bool:
    """Whether one event can belong to both lists of triggers."""
    first, second = set(triggers), set(others)
    events, other_events = ({name.partition(".")[0] for name in names} for names in (first, second))
    return bool(first & second or first & other_events or second & events)


def _report_conflict_of_most(name: str, first: FieldDemand, second: FieldDemand) -> None:
    second.rule.policy.report(
        "RW506",
        f"{_describe_change(second, _describe_field(name))}, and {_describe_change(first, 'it', second)}; both match "
        "where none of the values that they check is present, and then neither change would be applied",
        second.span,
        hint="narrow one of the conditions, or add `stop: true` to the first rule",
        severity="warning",
    )


def _report_conflict(name: str, first: FieldDemand, second: FieldDemand) -> None:
    what = _describe_field(name)
    if first.rule is second.rule:
        message = f"{_describe_change(first, what)}, and the same rule {_change_of(second, 'it')}"
        second.rule.policy.report("RW506", message, second.span)
        return
    second.rule.policy.report(
        "RW506",
        f"{_describe_change(second, what)}, and {_describe_change(first, 'it', second)}; "
        "they run together, so neither change would be applied",
        second.span,
        hint="narrow one of the conditions, or add `stop: true` to the first rule",
    )


def _describe_field(field_name: str) -> str:
    kind, _, name = field_name.partition(":")
    return f"the {kind.replace('_', ' ')}" + (f" `{name}`" if name else "")


def _describe_change(demand: FieldDemand, what: str, other: FieldDemand | None = None) -> str:
    """The rule, where another demand's policy finds it, and what it does to the field."""
    place = f" ({describe_place(demand.rule, other.rule.policy)})" if other is not None else ""
    return f"`{demand.rule.name}`{place} {_change_of(demand, what)}"


def _change_of(demand: FieldDemand, what: str) -> str:
    if isinstance(demand.value, bool):
        return f"{'adds' if demand.value else 'removes'} {what}"
    return f"sets {what} to `{demand.value}`"
