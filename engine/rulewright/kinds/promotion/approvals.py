"""Approvals: how many different people said yes, without those whose word does not count.

Logins and teams compare without case, and a login is never taken for a team of that name. Where somebody's approval
does not count and nobody says who that is, the requirement is unknown: anyone of the approvers might be that person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from rulewright.kinds.promotion.record_times import judge_time
from rulewright.policy.json_types import as_object, as_text, as_texts
from rulewright.program.nodes import KindNode, Position

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rulewright.policy.json_types import Json
    from rulewright.program.frame import Frame
    from rulewright.program.truth import Truth


@dataclass(frozen=True, slots=True)
class ApprovalsNode(KindNode):
    """So many approvals by different people.

    `paths` holds the interned paths of `approvals`, `author` and `requester`. The approvals of `excluded_roles` and
    `excluded_logins` do not count; where `logins` or `teams` are given, only theirs do.
    """

    operator: ClassVar[str] = "approvals"
    text: str
    position: Position = field(repr=False)
    paths: Mapping[str, int]
    count: int
    excluded_roles: tuple[str, ...]
    excluded_logins: tuple[str, ...]
    logins: tuple[str, ...]
    teams: tuple[str, ...]

    @property
    def expected(self) -> str:  # type: ignore[override]
        return f"at least {self.count}"

    def decide(self, frame: Frame) -> Truth:
        return _judge_approvals(self, frame)[0]

    def detail(self, frame: Frame) -> Mapping[str, Json]:
        """`{"observed": the logins that count, "reason": what is missing}`."""
        _, logins, reason = _judge_approvals(self, frame)
        return {"observed": [*logins], "reason": reason}


def approvals_from_json(
    text: str, position: Json, paths: dict[str, int], count: int, *names: list[str]
) -> ApprovalsNode:
    """The node that `to_json` wrote."""
    roles, excluded, logins, teams = map(tuple, names)
    return ApprovalsNode(text, Position.from_json(position), paths, count, roles, excluded, logins, teams)


def _judge_approvals(node: ApprovalsNode, frame: Frame) -> tuple[Truth, list[str], str]:
    approvals = frame[node.paths["approvals"]]
    if not isinstance(approvals, list):
        return (
            None,
            [],
            "promotion.approvals is missing" if approvals is None else "promotion.approvals is not a list",
        )
    excluded = set(node.excluded_logins)
    for role in node.excluded_roles:
        login = frame[node.paths[role]]
        if isinstance(login, str) and login:
            excluded.add(login.casefold())
            continue
        name = "promotion.author" if role == "author" else "promotion.requested_by"
        return None, [], f"{name} is missing, and the approval of that person does not count"
    problems = [_find_time_problem(approval, frame) for approval in approvals]
    logins = sorted(
        {
            login
            for approval, problem in zip(approvals, problems, strict=True)
            if not problem and (login := _counting_login(approval, node.logins, node.teams, excluded))
        }
    )
    if len(logins) >= node.count:
        return True, logins, ""
    first = next(filter(None, problems), "")
    reason = f"{len(logins)} of {node.count} approvals"
    return False, logins, f"{reason}; not counted: {first}" if first else reason


def _find_time_problem(approval: Json, frame: Frame) -> str:
    """Why the time of an approval keeps it from counting: it is in the future, or no time; "" where it counts."""
    time = (as_object(approval) or {}).get("at")
    return "" if time is None else judge_time(time, frame)[1]


def _counting_login(
    approval: Json, people: Collection[str], teams: Collection[str], excluded: set[str]
) -> str | None:
    """The login of an approval that counts, in lower case."""
    given = as_object(approval) or {}
    login = (as_text(given.get("login")) or "").casefold()
    if not login.strip() or login in excluded:
        return None
    if not people and not teams:
        return login
    own = {team.casefold() for team in as_texts(given.get("teams"))}
    return login if login in people or not own.isdisjoint(teams) else None
