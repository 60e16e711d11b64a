"""Lists: what must be a member, what may not be one, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.compile.analysis.comparisons import is_size_possible
from rulewright.compile.analysis.text_satisfiability import demanded_pieces, is_banned
from rulewright.program.matchers.values import type_class

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.compile.analysis.formula import Leaf, SignedLeaf

Member = tuple[object, object]
"""(what it may be compared with, the value): `1` and `true` are two things."""


def is_list_possible(signed_leaves: Sequence[SignedLeaf]) -> bool:
    """Whether some list gives all leaves their signs."""
    members: list[SignedLeaf] = []
    shapes: list[SignedLeaf] = []
    lengths: list[SignedLeaf] = []
    for signed in signed_leaves:
        leaf = signed.leaf
        if leaf.family == "membership" and _members_of(leaf) is not None:
            members.append(signed)
        elif leaf.family == "text":
            shapes.append(signed)
        elif leaf.family == "length":
            lengths.append(signed)
        elif leaf.family != "membership" and not _has_lists(leaf) and not signed.is_met_by([]):
            return False
    wanted, choices = _wanted_members(members)
    if not _are_members_possible(members, shapes, wanted, choices) or is_banned(*demanded_pieces(shapes)):
        return False
    is_filled = bool(choices) or any(signed.affirms and signed.leaf.texts for signed in shapes)
    return is_size_possible(lengths, max(len(set(wanted)), int(is_filled)))


def _are_members_possible(
    members: Sequence[SignedLeaf],
    shapes: Sequence[SignedLeaf],
    wanted: list[Member],
    choices: list[list[Member]],
) -> bool:
    """Whether what must be there may be there."""
    banned = [member for signed in members for member in _banned_members(signed)]
    banned_shapes = [signed.leaf for signed in shapes if not signed.affirms]

    def is_excluded(member: Member) -> bool:
        value = member[1]
        return member in banned or (
            isinstance(value, str) and any(leaf.test(value) is True for leaf in banned_shapes)
        )

    if any(map(is_excluded, wanted)) or any(all(map(is_excluded, choice)) for choice in choices):
        return False
    return not any(_forbids_all(signed, wanted) for signed in members)


def _forbids_all(signed: SignedLeaf, wanted: list[Member]) -> bool:
    """Whether a leaf forbids that all of its members are there, and all of them must be."""
    if signed.affirms or signed.leaf.matcher != "contains_all":
        return False
    return all(member in wanted for member in _members_of(signed.leaf) or ())


def _has_lists(leaf: Leaf) -> bool:
    """Equality with a list: left open."""
    if leaf.matcher in ("eq", "ne"):
        return isinstance(leaf.wanted, list)
    return leaf.matcher in ("in", "not_in") and any(isinstance(option, list) for option in leaf.options)


def _members_of(leaf: Leaf) -> list[Member] | None:
    """The members that a leaf speaks of; None when there are some that cannot be told apart, or none."""
    if not leaf.options or (leaf.matcher == "contains" and isinstance(leaf.wanted, list)):
        return None
    if any(type_class(option) not in (str, int, bool) for option in leaf.options):
        return None
    return [(type_class(option), option) for option in leaf.options]


def _wanted_members(members: Sequence[SignedLeaf]) -> tuple[list[Member], list[list[Member]]]:
    """What must be there, and lists of which one must be."""
    wanted: list[Member] = []
    choices: list[list[Member]] = []
    for signed in members:
        named = _members_of(signed.leaf) or []
        matcher = signed.leaf.matcher
        if signed.affirms and matcher in ("contains", "contains_all"):
            wanted += named
        elif signed.affirms is (matcher == "contains_any") and matcher in ("contains_any", "contains_none"):
            if len(named) == 1:
                wanted += named
            else:
                choices.append(named)
    return wanted, choices


def _banned_members(signed: SignedLeaf) -> list[Member]:
    """What may not be there."""
    named = _members_of(signed.leaf) or []
    if signed.leaf.matcher == "contains_all":
        return named if not signed.affirms and len(named) == 1 else []
    return named if signed.affirms is (signed.leaf.matcher == "contains_none") else []
