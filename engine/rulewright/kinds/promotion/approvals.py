"""Approvals: how many different people said yes, without those whose word does not count.

Logins and teams compare without case, and a login is never taken for a team of that name. Where somebody's approval
does not count and nobody says who that is, the requirement is unknown: anyone of the approvers might be that person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.program.frame import Frame
    from rulewright.program.program import Node
    from rulewright.program.truth import Truth


def build_approvals(node: Node) -> Callable[[Frame], Truth]:
    """The closure of an `approvals` node (`kinds/promotion/requirement.py`)."""
    return lambda frame: _judged(node, frame)[0]


def approvals_detail(node: Node, frame: Frame) -> Mapping[str, Any]:
    """`{"observed": the logins that count, "reason": what is missing}`."""
    _, logins, reason = _judged(node, frame)
    return {"observed": logins, "reason": reason}


def _judged(node: Node, frame: Frame) -> tuple[Truth, list[str], str]:
    reads = node["reads"]
    approvals = frame[reads["approvals"]]
    if not isinstance(approvals, list):
        return (
            None,
            [],
            "promotion.approvals is missing" if approvals is None else "promotion.approvals is no list",
        )
    excluded = set(node["logins"])
    for role in node["roles"]:
        login = frame[reads[role]]
        if isinstance(login, str) and login:
            excluded.add(login.casefold())
            continue
        name = "promotion.author" if role == "author" else "promotion.requested_by"
        return None, [], f"{name} is missing, whose approval does not count"
    logins = sorted(
        {
            login
            for approval in approvals
            if (login := _counts(approval, node["from"], node["teams"], excluded))
        }
    )
    enough = len(logins) >= node["count"]
    reason = "" if enough else f"{len(logins)} of {node['count']} approvals"
    return enough, logins, reason


def _counts(approval: Any, people: list[str], teams: list[str], excluded: set[str]) -> str | None:
    """The login of an approval that counts, in lower case."""
    login = approval.get("login") if isinstance(approval, dict) else None
    if not isinstance(login, str) or not login.strip() or login.casefold() in excluded:
        return None
    login = login.casefold()
    if not people and not teams:
        return login
    own = approval.get("teams")
    names = {name.casefold() for name in own if isinstance(name, str)} if isinstance(own, list) else set()
    return login if login in people or not names.isdisjoint(teams) else None
