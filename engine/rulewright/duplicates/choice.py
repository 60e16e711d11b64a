"""The canonical issue of an answer: who stays when the new one is closed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rulewright.duplicates.calibrated import ADVISE, CLOSE
from rulewright.duplicates.canonical import Member, groups
from rulewright.duplicates.index import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Id
    from rulewright.duplicates.search import Answer, Candidate

LONGEST_CHAIN: Final = 50


def canonical(index: Index, answer: Answer, kept: Sequence[Candidate]) -> Id | None:
    """The number of the oldest open issue of the best candidate's group that is itself no duplicate.

    Candidates certain enough to close at are of one group with the best. None where the best is not even worth
    advising, or where nobody of its group is open.
    """
    if not kept or kept[0].score < ADVISE:
        return None
    first = kept[0]
    same = [one for one in kept if one is first or one.score >= CLOSE]
    members = {
        one.id: Member(one.id, one.created, one.extra.get("state") != "closed", one.extra.get("duplicate_of"))
        for one in same
    }
    for one in list(members.values()):
        follow(index, one, members)
    # An issue is never closed in favour of itself.
    members.pop(answer.id, None)
    found = groups(members.values(), [(first.id, one.id) for one in same[1:]])
    root = found.root[first.id]
    numbers = {one.id: one.extra.get("number", one.id) for one in same}
    return None if root is None else numbers.get(root, root)


def follow(index: Index, member: Member, members: dict[Id, Member]) -> None:
    """Add what a member points at, and what that points at, as far as the index knows it."""
    for _ in range(LONGEST_CHAIN):
        target = member.duplicate_of
        if target is None or target in members:
            return
        row = index.execute("SELECT created, extra FROM issues WHERE key = ?", (key_of(target),)).fetchone()
        if row is None:
            return
        extra = json.loads(row[1]) if row[1] else {}
        member = Member(target, row[0], extra.get("state") != "closed", extra.get("duplicate_of"))
        members[target] = member
