"""Lengths, and comparisons with a fact: what leaves on several kinds of value share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.program.matchers.length import size_test
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import MatchNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.compile.analysis.formula import Leaf, SignedLeaf
    from rulewright.program.truth import Truth


def is_size_possible(lengths: Sequence[SignedLeaf], least: int) -> bool:
    """Whether a text, list or mapping of at least `least` members can meet the `length` leaves."""
    if not lengths:
        return True
    limits: set[int] = {least}
    for signed in lengths:
        for limit in _comparisons(signed.leaf).values():
            limits.update(limit if isinstance(limit, list) else [limit])
    sizes = {size for limit in limits for size in (limit - 1, limit, limit + 1) if size >= least}
    return any(
        all(signed.admits(_truth_of_length(signed.leaf, size)) for signed in lengths) for size in sizes
    )


def _comparisons(leaf: Leaf) -> dict[str, Any]:
    """The comparisons of a `length` leaf: matcher → whole number, or a list of them."""
    return leaf.wanted if isinstance(leaf.wanted, dict) else {"eq": leaf.wanted}


def _truth_of_length(leaf: Leaf, size: int) -> Truth:
    assert isinstance(leaf.node, MatchNode)
    return size_test(leaf.wanted, leaf.node)(size)


# The outcome of a comparison for each way in which two values can stand to each other.
_WAYS: Final[dict[str, dict[str, bool | None]]] = {
    "less": {"eq": False, "ne": True, "gt": False, "gte": False, "lt": True, "lte": True},
    "same number": {"eq": True, "ne": False, "gt": False, "gte": True, "lt": False, "lte": True},
    "more": {"eq": False, "ne": True, "gt": True, "gte": True, "lt": False, "lte": False},
    "same": {"eq": True, "ne": False, "gt": None, "gte": None, "lt": None, "lte": None},
    "other": {"eq": False, "ne": True, "gt": None, "gte": None, "lt": None, "lte": None},
    "incomparable": {"eq": None, "ne": None, "gt": None, "gte": None, "lt": None, "lte": None},
}
_ORDERED: Final = _WAYS["less"].keys()


def are_comparisons_possible(signed_leaves: Iterable[SignedLeaf]) -> bool:
    """Whether the leaves that compare with a fact can have their signs, whatever the two values are."""
    groups: dict[tuple[int | None, bool], list[SignedLeaf]] = {}
    for signed in signed_leaves:
        groups.setdefault((signed.leaf.compared, signed.leaf.is_moment), []).append(signed)
    return all(map(_is_pair_possible, groups.values()))


def _is_pair_possible(group: Sequence[SignedLeaf]) -> bool:
    """Whether one pair of values can meet all leaves that compare it."""
    ordered = [signed for signed in group if signed.leaf.matcher in _ORDERED]
    is_known = any(
        all(signed.admits(way[signed.leaf.matcher]) for signed in ordered) for way in _WAYS.values()
    )
    if not is_known and not all(signed.admits(ERROR) for signed in ordered):
        return False
    others: dict[str, list[SignedLeaf]] = {}
    for signed in group:
        matcher = signed.leaf.matcher
        if matcher not in _ORDERED:
            others.setdefault(MATCHERS[matcher].negates or matcher, []).append(signed)
    return all(map(_is_truth_possible, others.values()))


def _is_truth_possible(group: Sequence[SignedLeaf]) -> bool:
    """Whether one truth fits all leaves of one matcher, or of it and its negation."""
    return any(
        all(
            signed.admits(
                (not truth) if truth is not None and MATCHERS[signed.leaf.matcher].negates else truth
            )
            for signed in group
        )
        for truth in (True, False, None)
    )
