"""Which issue of several that are the same stays: union-find over what people have marked as duplicates.

An issue marked as a duplicate points at another. The group's canonical issue is the oldest open one that points
at none. Pointers that go in circles name no canonical issue among themselves: they are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.duplicates.issue import id_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.duplicates.issue import Id


class Member(NamedTuple):
    """An issue as the choice sees it. `created` counts seconds since 1970."""

    id: Id
    created: float
    open: bool
    duplicate_of: Id | None = None


class Groups(NamedTuple):
    """`root`: issue → the canonical issue of its group, None where there is none (all closed, or a circle).

    `circles`: issues whose pointers lead back to themselves.
    """

    root: Mapping[Id, Id | None]
    circles: frozenset[Id]


def groups(members: Iterable[Member], pairs: Iterable[tuple[Id, Id]] = ()) -> Groups:
    """The groups of `members` by what they point at, and by `pairs` that are the same as well.

    What is pointed at and is no member counts for joining, and is never canonical: nothing is known of it.
    """
    known = {member.id: member for member in members}
    parent: dict[Id, Id] = {}

    def find(one: Id) -> Id:
        parent.setdefault(one, one)
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for one in known.values():
        find(one.id)
        if one.duplicate_of is not None:
            parent[find(one.id)] = find(one.duplicate_of)
    for left, right in pairs:
        parent[find(left)] = find(right)
    circles = frozenset(one for one in known if circular(one, known))
    best: dict[Id, Member] = {}
    for one in sorted(known.values(), key=lambda m: (m.created, id_order(m.id))):
        if one.open and one.duplicate_of is None:
            best.setdefault(find(one.id), one)
    return Groups(
        {one: best[find(one)].id if find(one) in best and one not in circles else None for one in known},
        circles,
    )


def circular(start: Id, known: Mapping[Id, Member]) -> bool:
    """Whether following the pointers from `start` runs into a circle."""
    seen = set()
    one: Id | None = start
    while one is not None and one in known:
        if one in seen:
            return True
        seen.add(one)
        one = known[one].duplicate_of
    return False


def vetoed(reactions: Iterable[Mapping[str, object]], author: str) -> bool:
    """Whether the author said no: a thumbs-down of theirs on the comment that advises.

    `reactions` are GitHub's: `{"content": "-1", "user": {"login": …}}`. Somebody else's thumb is no veto.
    """
    for reaction in reactions:
        user = reaction.get("user")
        login = user.get("login") if isinstance(user, dict) else None
        if (
            reaction.get("content") == "-1"
            and isinstance(login, str)
            and login.casefold() == author.casefold()
        ):
            return True
    return False
