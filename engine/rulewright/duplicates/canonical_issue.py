"""The canonical issue of a group of duplicates: union-find over what people have marked.

An issue marked as a duplicate points at another. The group's canonical issue is the oldest open one that points
at none. Pointers that go in circles name no canonical issue among themselves: they are refused.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.duplicates.calibration import ADVISE, CLOSE
from rulewright.duplicates.issue import id_order, issue_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Id
    from rulewright.duplicates.search import Candidate, SearchResult

LONGEST_CHAIN: Final = 50


class GroupMember(NamedTuple):
    """An issue as the choice sees it. `created` counts seconds since 1970."""

    id: Id
    created: float
    open: bool
    duplicate_of: Id | None = None


class DuplicateGroups(NamedTuple):
    """`root`: issue → the canonical issue of its group, None where there is none (all closed, or a circle).

    `circles`: issues whose pointers lead back to themselves.
    """

    root: Mapping[Id, Id | None]
    circles: frozenset[Id]


def group_duplicates(members: Iterable[GroupMember], pairs: Iterable[tuple[Id, Id]] = ()) -> DuplicateGroups:
    """The groups of `members` by what they point at, and by `pairs` that are the same as well.

    What is pointed at and is no member counts for joining, and is never canonical: nothing is known of it.
    """
    known = {member.id: member for member in members}
    joined = _DisjointSets(known)
    for member in known.values():
        if member.duplicate_of is not None:
            joined.join(member.id, member.duplicate_of)
    for left, right in pairs:
        joined.join(left, right)
    circles = frozenset(number for number in known if _is_circular(number, known))
    oldest: dict[Id, GroupMember] = {}
    for member in sorted(known.values(), key=lambda m: (m.created, id_order(m.id))):
        if member.open and member.duplicate_of is None:
            oldest.setdefault(joined.find(member.id), member)
    root: dict[Id, Id | None] = {}
    for number in known:
        kept = oldest.get(joined.find(number))
        root[number] = None if kept is None or number in circles else kept.id
    return DuplicateGroups(root, circles)


class _DisjointSets:
    """Union-find with path halving."""

    def __init__(self, members: Iterable[Id]) -> None:
        self.parent = {number: number for number in members}

    def find(self, number: Id) -> Id:
        """The representative of the set that holds `number`."""
        parent = self.parent
        parent.setdefault(number, number)
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    def join(self, left: Id, right: Id) -> None:
        """Make one set of both."""
        self.parent[self.find(left)] = self.find(right)


def _is_circular(start: Id, known: Mapping[Id, GroupMember]) -> bool:
    """Whether following the pointers from `start` runs into a circle."""
    seen = set()
    one: Id | None = start
    while one is not None and one in known:
        if one in seen:
            return True
        seen.add(one)
        one = known[one].duplicate_of
    return False


def find_canonical_issue(index: Index, answer: SearchResult, kept: Sequence[Candidate]) -> Id | None:
    """The number of the oldest open issue of the best candidate's group that is itself no duplicate.

    Candidates certain enough to close at are of one group with the best. None where the best is not even worth
    advising, or where nobody of its group is open.
    """
    if not kept or kept[0].score < ADVISE:
        return None
    first = kept[0]
    same = [one for one in kept if one is first or one.score >= CLOSE]
    members = {
        one.id: GroupMember(
            one.id, one.created, one.extra.get("state") != "closed", one.extra.get("duplicate_of")
        )
        for one in same
    }
    for one in list(members.values()):
        _follow_pointers(index, one, members)
    # An issue is never closed in favour of itself.
    members.pop(answer.id, None)
    found = group_duplicates(members.values(), [(first.id, one.id) for one in same[1:]])
    root = found.root[first.id]
    numbers = {one.id: one.extra.get("number", one.id) for one in same}
    return None if root is None else numbers.get(root, root)


def _follow_pointers(index: Index, member: GroupMember, members: dict[Id, GroupMember]) -> None:
    """Add what a member points at, and what that points at, as far as the index knows it."""
    for _ in range(LONGEST_CHAIN):
        target = member.duplicate_of
        if target is None or target in members:
            return
        row = index.execute(
            "SELECT created, extra FROM issues WHERE key = ?", (issue_key(target),)
        ).fetchone()
        if row is None:
            return
        extra = json.loads(row[1]) if row[1] else {}
        member = GroupMember(target, row[0], extra.get("state") != "closed", extra.get("duplicate_of"))
        members[target] = member
