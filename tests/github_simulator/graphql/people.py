"""Accounts in GraphQL, where a bot's login has no `[bot]`, and ids fit into 32 bits or are left out."""

from __future__ import annotations

from typing import Any

from github_simulator.graphql.node import Context, Maker, connection, failure
from github_simulator.projects import readable
from github_simulator.render import HTML, node
from github_simulator.world import Account

__all__ = ["account_node", "small", "viewer_node"]

_PREFIX = {"Bot": "BOT", "Organization": "O"}


def small(number: int) -> int | None:
    """`databaseId` is an Int of 32 bits: what does not fit is null; `fullDatabaseId` tells all."""
    return number if number < 2**31 else None


def account_node(context: Context, account: Account) -> dict[str, Any]:
    """A User, Bot or Organization."""
    login = account.login.removesuffix("[bot]") if account.type == "Bot" else account.login
    path = f"/apps/{login}" if account.type == "Bot" else f"/{login}"
    shown: dict[str, Any] = {
        "__typename": account.type,
        "id": node(_PREFIX.get(account.type, "U"), account.id),
        "databaseId": small(account.id),
        "login": login,
        "name": None,
        "url": HTML + path,
        "resourcePath": path,
        "avatarUrl": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
        "createdAt": "2011-01-25T18:44:36Z",
        "updatedAt": "2026-01-01T00:00:00Z",
    }
    if account.type != "Bot":
        shown["projectV2"] = Maker(lambda number: _project(context, account, number))
        shown["projectsV2"] = connection(
            "projectsV2",
            [
                one
                for key, one in sorted(context.world.projects.items())
                if key[0] == account.login.casefold() and readable(context.who, one)
            ],
            lambda one: _project(context, account, one.number),
        )
    return shown


def viewer_node(context: Context) -> dict[str, Any]:
    """Whose token it is. An installation's bot passes as a User here, `[bot]` and all."""
    account = context.who.who.account
    return {**account_node(context, account), "__typename": "User", "login": account.login, "isViewer": True}


def _project(context: Context, owner: Account, number: int) -> dict[str, Any]:
    from github_simulator.graphql.boards import project_node

    project = context.world.projects.get((owner.login.casefold(), number))
    if context.who.kind == "user" and not context.who.allows("organization_projects", "read"):
        scopes = ", ".join(f"'{one}'" for one in context.who.scopes or ())
        raise failure(
            "INSUFFICIENT_SCOPES",
            "Your token has not been granted the required scopes to execute this query. The 'projectV2' field "
            "requires one of the following scopes: ['read:project'], but your token has only been granted the: "
            f"[{scopes}] scopes.",
        )
    if project is None or not readable(context.who, project):
        raise failure("NOT_FOUND", f"Could not resolve to a ProjectV2 with the number {number}.")
    return project_node(context, project)
