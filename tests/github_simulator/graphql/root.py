"""Where GraphQL starts: the viewer, repositories, owners, nodes by id, the rate limit."""

from __future__ import annotations

import re
from typing import Any

from github_simulator.clock import stamp
from github_simulator.graphql.boards import item_node, project_node
from github_simulator.graphql.mutations import MUTATIONS
from github_simulator.graphql.node import Context, Maker, connection, failure
from github_simulator.graphql.people import account_node, small, viewer_node
from github_simulator.graphql.subjects import comment_node, label_node, subject_node
from github_simulator.identity import visible
from github_simulator.projects import readable
from github_simulator.render import HTML, node
from github_simulator.world import Account, Repository

__all__ = ["repository_node", "root"]

_ID = re.compile(r"([A-Z]+)_kwDO(\d+)")


def root(context: Context) -> dict[str, Any]:
    """The fields of Query and Mutation."""
    return {
        "viewer": Maker(lambda: viewer_node(context)),
        "rateLimit": Maker(lambda dryRun=False: _rate(context)),
        "repository": Maker(lambda owner, name, followRenames=True: _repository(context, owner, name)),
        "organization": Maker(lambda login: _owner(context, login, "Organization")),
        "user": Maker(lambda login: _owner(context, login, "User")),
        "node": Maker(lambda id: _node(context, id)),  # noqa: A006
        "nodes": Maker(lambda ids: [_node(context, one) for one in ids]),
        **{name: Maker(lambda input, act=act: act(context, input)) for name, act in MUTATIONS.items()},  # noqa: A006
    }


def repository_node(context: Context, repository: Repository) -> dict[str, Any]:
    plain = [one for one in repository.issues.values() if one.pull is None]
    pulls = [one for one in repository.issues.values() if one.pull is not None]

    def one(number: int, kind: str) -> dict[str, Any]:
        found = repository.issues.get(number)
        wrong = kind in ("Issue", "PullRequest") and found and (found.pull is None) != (kind == "Issue")
        if found is None or wrong:
            said = {"Issue": "an Issue", "PullRequest": "a PullRequest"}.get(kind, "an issue or pull request")
            raise failure("NOT_FOUND", f"Could not resolve to {said} with the number of {number}.")
        return subject_node(context, repository, found)

    def labelled(name: str) -> dict[str, Any] | None:
        found = repository.labels.get(name.casefold())
        return None if found is None else label_node(repository, found)

    def listed(states: list[str] | None = None, labels: list[str] | None = None, **page: Any) -> Any:
        found = [
            issue
            for issue in plain
            if (states is None or issue.state.upper() in states)
            and (labels is None or any(issue.has(name) for name in labels))
        ]
        page = {name: value for name, value in page.items() if name in ("first", "last", "after", "before")}
        return connection("issues", found, lambda issue: subject_node(context, repository, issue)).make(
            **page
        )

    labels = sorted(repository.labels.values(), key=lambda label: label.name.casefold())
    return {
        "__typename": "Repository",
        "id": node("R", repository.id),
        "databaseId": small(repository.id),
        "name": repository.name,
        "nameWithOwner": repository.full_name,
        "url": f"{HTML}/{repository.full_name}",
        "isPrivate": repository.private,
        "isArchived": repository.archived,
        "hasIssuesEnabled": repository.has_issues,
        "visibility": "PRIVATE" if repository.private else "PUBLIC",
        "viewerPermission": repository.role(context.who.who.account.login).upper()
        if context.who.kind == "user"
        else "WRITE",
        "owner": Maker(lambda: account_node(context, repository.owner)),
        "issue": Maker(lambda number: one(number, "Issue")),
        "pullRequest": Maker(lambda number: one(number, "PullRequest")),
        "issueOrPullRequest": Maker(lambda number: one(number, "")),
        "issues": Maker(listed),
        "pullRequests": connection(
            "pullRequests", pulls, lambda issue: subject_node(context, repository, issue)
        ),
        "label": Maker(labelled),
        "labels": connection("labels", labels, lambda label: label_node(repository, label)),
        "suggestedActors": Maker(lambda **arguments: _suggested(context, repository, **arguments)),
        "assignableUsers": connection(
            "assignableUsers", _people(context, repository), lambda account: account_node(context, account)
        ),
    }


def _people(context: Context, repository: Repository) -> list[Account]:
    accounts = sorted(context.world.accounts.values(), key=lambda one: one.login.casefold())
    return [one for one in accounts if one.type == "User" and repository.assignable(one.login)]


def _suggested(
    context: Context,
    repository: Repository,
    capabilities: list[str],
    query: str | None = None,
    loginNames: str | None = None,
    **page: Any,
) -> Any:
    """Whom the issue can be assigned to; the coding agent first, and only for a person's token."""
    found = _people(context, repository)
    if repository.copilot and context.who.kind == "user" and "CAN_BE_ASSIGNED" in capabilities:
        found.insert(0, context.world.account("copilot-swe-agent[bot]"))
    if query:
        found = [one for one in found if query.casefold() in one.login.casefold()]
    if loginNames:
        named = {name.strip().casefold() for name in loginNames.split(",")}
        found = [one for one in found if one.login.removesuffix("[bot]").casefold() in named]
    return connection("suggestedActors", found, lambda one: account_node(context, one)).make(**page)


def _repository(context: Context, owner: str, name: str) -> dict[str, Any]:
    found = context.world.repository(f"{owner}/{name}")
    if found is None or not visible(context.who, found):
        raise failure("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    return repository_node(context, found)


def _owner(context: Context, login: str, kind: str) -> dict[str, Any]:
    found = context.world.accounts.get(login.casefold())
    if found is None or found.type != kind:
        article = "an" if kind == "Organization" else "a"
        raise failure("NOT_FOUND", f"Could not resolve to {article} {kind} with the login of '{login}'.")
    return account_node(context, found)


def _rate(context: Context) -> dict[str, Any]:
    one = context.simulator.limits.resource(context.who, "graphql")
    return {
        "cost": 1,
        "limit": one.limit,
        "nodeCount": 0,
        "remaining": one.remaining,
        "used": one.used,
        "resetAt": stamp(one.reset),
    }


def _node(context: Context, text: str) -> dict[str, Any]:
    found = _found(context, text)
    if found is None:
        raise failure("NOT_FOUND", f"Could not resolve to a node with the global id of '{text}'.")
    return found


def _found(context: Context, text: str) -> dict[str, Any] | None:
    match = _ID.fullmatch(text)
    if match is None:
        return None
    kind, number = match[1], int(match[2])
    if kind in ("I", "PR"):
        pair = context.world.issue_by_id(number)
        return subject_node(context, *pair) if pair and visible(context.who, pair[0]) else None
    if kind in ("U", "BOT", "O"):
        for account in context.world.accounts.values():
            if account.id == number:
                return account_node(context, account)
    for repository in context.world.repositories.values():
        if not visible(context.who, repository):
            continue
        if kind == "R" and repository.id == number:
            return repository_node(context, repository)
        if kind == "IC" and number in repository.comments:
            at, comment = repository.comments[number]
            return comment_node(context, repository, repository.issues[at], comment)
        for label in repository.labels.values() if kind == "LA" else ():
            if label.id == number:
                return label_node(repository, label)
    for project in context.world.projects.values():
        if kind in ("PVT", "PVTI") and readable(context.who, project):
            if kind == "PVT" and project.id == number:
                return project_node(context, project)
            if kind == "PVTI" and number in project.items:
                return item_node(context, project, project.items[number])
    return None
