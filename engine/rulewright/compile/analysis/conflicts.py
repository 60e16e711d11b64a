"""Rules that run together and want different things of one field: certainly, or on most subjects.

Where two rules only may run together, the plan says so when they do.
"""

from __future__ import annotations

from itertools import combinations, count, groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.compile.analysis.analysis_context import place_of
from rulewright.compile.analysis.desired_state import claims
from rulewright.compile.analysis.implication_index import Catalogue
from rulewright.program.matchers import NEGATED
from rulewright.program.nodes import GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rulewright.compile.analysis.analysis_context import Case, Study
    from rulewright.policy.diagnostics import Span
    from rulewright.program.nodes import Node

PAIRS: Final = 20_000
"""How many pairs are asked at most."""
OF_MOST: Final = 2_000
"""How many pairs of rules that hold of most subjects."""


class Wish(NamedTuple):
    """What a rule wants of a field, and where it says so. `order` counts all wishes, as they stand."""

    case: Case
    value: Any
    span: Span
    order: int
    adds: bool


def conflicts(study: Study) -> None:
    """Reports each pair of rules once for each field, at the later of the two."""
    wishes: dict[str, list[Wish]] = {}
    order = count()
    for subject in study.subjects:
        if subject.policy.mode == "observe":
            continue  # plans nothing
        for case in subject.cases:
            for use in case.uses:
                for field, value in claims(use):
                    wishes.setdefault(field, []).append(
                        Wish(case, value, use.span, next(order), use.name == "add_labels")
                    )
    _add_group_members(wishes)
    left, left_of_most = PAIRS, OF_MOST
    seen: set[tuple[frozenset[int], str]] = set()
    for field, asked in wishes.items():
        if all(wish.value == asked[0].value for wish in asked):
            continue
        for one, other in _pairs(asked):
            if left <= 0:
                return
            left -= 1
            pair = (frozenset((id(one.case), id(other.case))), field)
            if pair in seen or not _together(one.case, other.case, study):
                continue
            seen.add(pair)
            _report(field, *sorted((one, other), key=lambda wish: wish.order))
        for one, other in combinations([wish for wish in asked if _holds_of_most(wish.case.entry.when)], 2):
            if left_of_most <= 0:
                break
            left_of_most -= 1
            pair = (frozenset((id(one.case), id(other.case))), field)
            if one.value == other.value or pair in seen or not _meet(one.case, other.case, study):
                continue
            seen.add(pair)
            _report_most(field, one, other)


def _holds_of_most(node: Node) -> bool:
    """Whether a condition holds of a subject that has nothing of what it asks about: `not A or not B` does."""
    if isinstance(node, GroupNode):
        truths = map(_holds_of_most, node.children)
        return all(truths) if node.operator == "all" else any(truths) is (node.operator == "any")
    if not isinstance(node, MatchNode):
        return False
    return node.matcher in NEGATED or (node.matcher, node.operand) in _ABSENT


_ABSENT: Final = (("missing", True), ("exists", False))


def _meet(one: Case, other: Case, study: Study) -> bool:
    """Whether both can run on one event."""
    if one is other or one.entry.stop or other.entry.stop or not _share_events(one, other):
        return False
    owners = {id(case.owner): case.owner for case in (one, other)}.values()
    skips = [study.logic.formula(skip.when, "false") for owner in owners for skip in owner.skips]
    return study.logic.possible(one.holds, other.holds, *skips)


def _add_group_members(wishes: dict[str, list[Wish]]) -> None:
    """`add_labels: [severity/low]` speaks for the group `severity` where a `set_label` does."""
    for field in [name for name in wishes if name.startswith("label:")]:
        group, slash, value = field.removeprefix("label:").partition("/")
        exclusive = wishes.get(f"label_group:{group}") if slash else None
        if exclusive:
            exclusive += [wish._replace(value=value) for wish in wishes[field] if wish.adds]


def _pairs(asked: list[Wish]) -> Iterator[tuple[Wish, Wish]]:
    """Pairs with different values of which the first rule's condition may imply the second's."""
    cases = [wish.case for wish in asked]
    catalogue = Catalogue(cases)
    same = {key: [n for n, _ in group] for key, group in _by_case(cases)}
    for number, wish in enumerate(asked):
        for other in sorted({*catalogue.implying(wish.case.holds), *same[id(wish.case)]}):
            if other == number or asked[other].value == wish.value:
                continue
            yield asked[other], wish


def _by_case(cases: list[Case]) -> Iterator[tuple[int, Iterable[tuple[int, Case]]]]:
    numbered = sorted(enumerate(cases), key=lambda pair: (id(pair[1]), pair[0]))
    return groupby(numbered, key=lambda pair: id(pair[1]))


def _together(one: Case, other: Case, study: Study) -> bool:
    if one is other:
        return study.logic.possible(one.holds)
    return _share_events(one, other) and study.forces(one, other)


def _share_events(one: Case, other: Case) -> bool:
    return one.owner is other.owner or same_events(one.owner.policy.on, other.owner.policy.on)


def same_events(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether one event can belong to both lists of triggers."""
    first, second = set(some), set(others)
    whole = {name.partition(".")[0] for name in first}, {name.partition(".")[0] for name in second}
    return bool(first & second or first & whole[1] or second & whole[0])


def _report_most(field: str, one: Wish, other: Wish) -> None:
    other.case.owner.report(
        "RW506",
        f"`{other.case.name}` wants {_wish(other)} of {_field(field)}, and `{one.case.name}` "
        f"({place_of(one.case, other.case.owner)}) wants {_wish(one)}; both hold of a subject that has nothing of "
        "what they ask about, and neither would happen",
        other.span,
        hint="narrow one of the conditions, or let the first rule `stop`",
        severity="warning",
    )


def _field(field: str) -> str:
    kind, _, name = field.partition(":")
    return f"the {kind.replace('_', ' ')}" + (f" `{name}`" if name else "")


def _report(field: str, one: Wish, other: Wish) -> None:
    what = _field(field)
    if one.case is other.case:
        other.case.owner.report(
            "RW506", f"`{other.case.name}` wants {_wish(one)} and {_wish(other)} of {what}", other.span
        )
        return
    place = place_of(one.case, other.case.owner)
    other.case.owner.report(
        "RW506",
        f"`{other.case.name}` wants {_wish(other)} of {what}, and `{one.case.name}` ({place}) wants {_wish(one)}; "
        "they run together, so neither would happen",
        other.span,
        hint="narrow one of the conditions, or let the first rule `stop`",
    )


def _wish(wish: Wish) -> str:
    value = wish.value
    return {True: "the presence", False: "the absence"}[value] if isinstance(value, bool) else f"`{value}`"
