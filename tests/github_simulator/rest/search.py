"""Search over issues: the qualifiers that tools use, and the limit of 1,000 results that hides the rest."""

from __future__ import annotations

import re
import shlex
from typing import Any

from github_simulator.call import Answer, Call, invalid, link, page_of
from github_simulator.clock import seconds
from github_simulator.identity import visible
from github_simulator.render import issue_json
from github_simulator.rest.route import Route
from github_simulator.world import Issue, Repository

__all__ = ["ROUTES"]

MOST = 1000
_DATE = re.compile(r"(>=|<=|>|<)?(\d{4}-\d\d-\d\d(?:T[\d:]+(?:Z|[+-]\d\d:\d\d)?)?)")


def issues(call: Call) -> Answer:
    text = call.query.get("q", "")
    if not text.strip():
        raise invalid("Validation Failed", errors=[{"resource": "Search", "field": "q", "code": "missing"}])
    try:
        terms = shlex.split(text)
    except ValueError:
        terms = text.split()
    found: list[tuple[Repository, Issue]] = []
    for repository in call.world.repositories.values():
        if visible(call.identity, repository):
            found += [
                (repository, one)
                for one in repository.issues.values()
                if all(_holds(term, repository, one) for term in terms)
            ]
    updated = call.query.get("sort") == "updated"
    found.sort(
        key=lambda pair: (pair[1].updated_at if updated else pair[1].created_at, pair[1].id),
        reverse=call.query.get("order", "desc") == "desc",
    )
    size, page = page_of(call)
    if (page - 1) * size >= MOST:
        raise invalid("Only the first 1000 search results are available")
    reachable = found[:MOST]
    shown = reachable[(page - 1) * size : page * size]
    data = {
        "total_count": len(found),
        "incomplete_results": False,
        "search_type": "lexical",
        "items": [{**issue_json(*pair), "score": 1.0} for pair in shown],
    }
    return Answer(200, data, link(call, page, max(1, -(-len(reachable) // size))))


def _holds(term: str, repository: Repository, issue: Issue) -> bool:
    if term.startswith("-") and ":" in term:
        return not _holds(term[1:], repository, issue)
    name, colon, value = term.partition(":")
    if not colon or name not in _QUALIFIERS:
        return term.casefold() in f"{issue.title}\n{issue.body or ''}".casefold()
    return bool(_QUALIFIERS[name](value, repository, issue))


def _is(value: str, repository: Repository, issue: Issue) -> bool:
    return {
        "issue": issue.pull is None,
        "pr": issue.pull is not None,
        "open": issue.state == "open",
        "closed": issue.state == "closed",
        "locked": issue.locked,
        "public": not repository.private,
        "private": repository.private,
    }.get(value, False)


def _no(value: str, repository: Repository, issue: Issue) -> bool:
    return not {"label": issue.labels, "assignee": issue.assignees, "milestone": issue.milestone}.get(value)


def _when(value: str, moment: float) -> bool:
    """`>=2026-01-05`, `2026-01-01..2026-01-31`, `2026-01-05`: days where no time is given."""
    first, dots, last = value.partition("..")
    if dots:
        return (first == "*" or _when(f">={first}", moment)) and (last == "*" or _when(f"<={last}", moment))
    match = _DATE.fullmatch(value)
    if match is None:
        raise invalid("Validation Failed", errors=[{"resource": "Search", "field": "q", "code": "invalid"}])
    sign, text = match[1] or "=", match[2]
    start = seconds(text if "T" in text else f"{text}T00:00:00Z")
    end = start + (1 if "T" in text else 86_400)
    return {
        ">": moment >= end,
        ">=": moment >= start,
        "<": moment < start,
        "<=": moment < end,
        "=": start <= moment < end,
    }[sign]


_QUALIFIERS: dict[str, Any] = {
    "repo": lambda value, repo, _: repo.full_name.casefold() == value.casefold(),
    "org": lambda value, repo, _: repo.owner.login.casefold() == value.casefold(),
    "user": lambda value, repo, _: repo.owner.login.casefold() == value.casefold(),
    "is": _is,
    "type": _is,
    "state": _is,
    "no": _no,
    "label": lambda value, _, one: any(one.has(name) for name in value.split(",")),
    "author": lambda value, _, one: one.author.account.login.casefold() == value.casefold(),
    "assignee": lambda value, _, one: value.casefold() in {who.login.casefold() for who in one.assignees},
    "milestone": lambda value, _, one: one.milestone is not None and one.milestone.title == value,
    "created": lambda value, _, one: _when(value, one.created_at),
    "updated": lambda value, _, one: _when(value, one.updated_at),
    "closed": lambda value, _, one: one.closed_at is not None and _when(value, one.closed_at),
    "in": lambda *_: True,
    "sort": lambda *_: True,
}

ROUTES = (Route("GET", "/search/issues", issues),)
