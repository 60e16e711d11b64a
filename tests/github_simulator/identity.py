"""Tokens: whose they are, and what they may do.

- `actions`: the workflow's GITHUB_TOKEN. It acts as github-actions[bot] in one repository, with the permissions
  that the workflow grants; no projects, no `/user`, no coding agent, no security advisories.
- `app`: an installation token of a GitHub App.
- `user`: a personal access token, of a person or of a machine user, who is a User like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from github_simulator.call import Refusal
from github_simulator.world import App, Repository, Who, World

__all__ = ["ANONYMOUS", "DEFAULT_PERMISSIONS", "Identity", "Kind", "admit", "identity", "visible"]

Kind = Literal["actions", "app", "user", "anonymous"]

DEFAULT_PERMISSIONS: Mapping[str, Mapping[str, str]] = {
    "actions": {"contents": "write", "issues": "write", "metadata": "read", "pull_requests": "write"},
    "app": {
        "contents": "write",
        "issues": "write",
        "metadata": "read",
        "organization_projects": "write",
        "pull_requests": "write",
        "repository_advisories": "write",
    },
}
"""What a token of that kind may do when nobody says otherwise. A user's token may do what the user may."""

_LEVELS = ("none", "read", "write", "admin")


class Identity(NamedTuple):
    """One token. `permissions` None: bounded by the person's role alone. `repositories` None: all."""

    token: str
    kind: Kind
    who: Who
    permissions: Mapping[str, str] | None
    repositories: frozenset[str] | None
    scopes: tuple[str, ...] | None

    def __repr__(self) -> str:
        return f"Identity({self.kind}, {self.who.account.login})"

    def allows(self, permission: str, level: str) -> bool:
        """Whether the token itself allows it; a person's role comes on top."""
        if self.permissions is None:
            if permission.endswith("projects"):
                wanted = ("project",) if level == "write" else ("project", "read:project")
                return self.scopes is None or any(scope in self.scopes for scope in wanted)
            return self.scopes is None or "repo" in self.scopes or level == "read"
        return _LEVELS.index(self.permissions.get(permission, "none")) >= _LEVELS.index(level)


def identity(
    world: World,
    kind: Kind,
    number: int,
    *,
    login: str | None = None,
    permissions: Mapping[str, str] | None = None,
    repositories: frozenset[str] | None = None,
    scopes: tuple[str, ...] | None = ("project", "repo"),
) -> Identity:
    """A new token. Its text has GitHub's form, and says plainly that it is none of GitHub's."""
    if kind == "user":
        who = Who(world.account(login or "hubot", "User"))
        return Identity(f"ghp_{'simulated':x<32}{number:04d}", kind, who, permissions, repositories, scopes)
    if kind == "actions":
        who = Who(world.account("github-actions[bot]"), world.actions)
    else:
        slug = (login or "triage-app").removesuffix("[bot]")
        bot = world.account(f"{slug}[bot]")
        who = Who(bot, App(bot.id - 8_000_000, slug, slug))
    granted = DEFAULT_PERMISSIONS[kind] if permissions is None else {"metadata": "read", **permissions}
    return Identity(f"ghs_{'simulated':x<32}{number:04d}", kind, who, granted, repositories, None)


def anonymous(world: World) -> Identity:
    return Identity("", "anonymous", Who(world.account("anonymous")), {"metadata": "read"}, frozenset(), None)


ANONYMOUS: Kind = "anonymous"


def visible(who: Identity, repository: Repository) -> bool:
    """Whether the token sees the repository at all; where not, GitHub says 404, never 403."""
    if who.kind == "user":
        inside = who.repositories is None or repository.full_name.casefold() in who.repositories
        return not repository.private or (inside and repository.may(who.who.account.login, "read"))
    if who.kind == ANONYMOUS:
        return not repository.private
    if who.repositories is None:
        return True
    return not repository.private or repository.full_name.casefold() in who.repositories


def admit(
    who: Identity, repository: Repository | None, accepted: tuple[tuple[str, str], ...], role: str
) -> None:
    """Raises the refusal that GitHub answers with; passes in silence.

    `accepted` are permissions, any one of which will do; `role` is what a person needs in the repository.
    """
    writes = any(level != "read" for _, level in accepted)
    if who.kind == ANONYMOUS:
        if writes:
            raise Refusal(401, "Requires authentication")
        return
    inside = (
        repository is None or who.repositories is None or repository.full_name.casefold() in who.repositories
    )
    # Whatever is public can be read with any token.
    public = repository is not None and not repository.private and not writes
    granted = not accepted or (inside and any(who.allows(name, level) for name, level in accepted))
    if not granted and not public:
        short = "personal access token" if who.kind == "user" else "integration"
        raise Refusal(403, f"Resource not accessible by {short}")
    if who.kind == "user" and repository is not None and not repository.may(who.who.account.login, role):
        raise Refusal(403, "Must have admin rights to Repository.")
