"""What a token can and cannot do of what policies need, found out by reading only.

Source: the headers `x-oauth-scopes` and `x-accepted-github-permissions`, `permissions` and `has_issues` of a
repository, `viewerCanUpdate` of a board. What known only after a write is `unknown`: nothing is tried. Beside the
permissions stand the channels: whether the environment has the variables that they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rulewright.events.history import ACTIONS_BOT, is_named
from rulewright.github.boards import find_board
from rulewright.github.delivery import MAIL, WEB, read_address
from rulewright.github.errors import GitHubError
from rulewright.github.graphql import nodes_at
from rulewright.github.response_errors import describe_refusal
from rulewright.github.urls import path
from rulewright.policy.config import Identity
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from rulewright.github.client import Client
    from rulewright.github.required_permissions import RequiredPermission
    from rulewright.github.secret import TokenKind
    from rulewright.policy.json_types import Json

Verdict = Literal["allowed", "missing", "unknown"]

ROLES: Final = (
    ("admin", "admin"),
    ("maintain", "maintain"),
    ("push", "write"),
    ("triage", "triage"),
    ("pull", "read"),
)
"""`permissions` of a repository, the strongest first → role."""

RANK: Final = ("none", "read", "triage", "write", "maintain", "admin")
PERSONS: Final = frozenset(("classic", "oauth", "fine-grained", "app-user"))
UNTRIED: Final = "known only after a write"
LISTS: Final = {"issues": "/repos/{owner}/{repo}/issues", "pull_requests": "/repos/{owner}/{repo}/pulls"}
CHANNEL_VARIABLES: Final = ("url_env", "smtp_env")
"""Keys of a channel that name an environment variable."""
JOB: Final = {"issues": "issues", "pull_requests": "pull-requests", "contents": "contents"}
"""Permission → its key under `permissions:` of a job. Others cannot be granted to the token of Actions."""


class TokenIdentity(NamedTuple):
    """Whose token, of which kind. `scopes` None: GitHub names none for it."""

    kind: TokenKind
    login: str | None
    scopes: tuple[str, ...] | None

    def lacks_scopes(self, scopes: Collection[str]) -> bool:
        """Whether GitHub names the token's scopes, and none of these is among them."""
        return self.scopes is not None and set(scopes).isdisjoint(self.scopes)

    @property
    def of_actions(self) -> bool:
        return self.login == ACTIONS_BOT


class TokenFinding(NamedTuple):
    """One demand, what came of it, and how that is known."""

    demand: RequiredPermission
    verdict: Verdict
    reason: str


class ChannelFinding(NamedTuple):
    """One channel, the rules that send to it, and whether it can be used."""

    name: str
    kind: str
    why: tuple[str, ...]
    verdict: Verdict
    reason: str


class Preflight(NamedTuple):
    """All of it. `unneeded`: scopes that none of the policies has a use for. `unnamed`: the token's account, where runs
    with another token do not know it as the tool's."""

    repository: str
    api_url: str
    token: TokenIdentity
    findings: tuple[TokenFinding, ...]
    unneeded: tuple[str, ...] = ()
    channels: tuple[ChannelFinding, ...] = ()
    unnamed: str | None = None

    @property
    def missing(self) -> bool:
        verdicts = {one.verdict for one in self.findings} | {one.verdict for one in self.channels}
        return "missing" in verdicts


class RepositoryAccess(NamedTuple):
    """A repository as the token sees it; `refused` says why it does not."""

    data: Mapping[str, Json] | None
    refused: str = ""

    @property
    def role(self) -> str | None:
        """The role of the token's owner; None where the answer does not tell."""
        granted = (self.data or {}).get("permissions")
        if not isinstance(granted, dict):
            return None
        return next((role for name, role in ROLES if granted.get(name)), "none")


def examine(
    client: Client,
    repository: str,
    demands: Iterable[RequiredPermission],
    channels: Mapping[str, tuple[str, ...]] | None = None,
    settings: Mapping[str, Mapping[str, Json]] | None = None,
    environ: Mapping[str, str] | None = None,
    identity: Identity | None = None,
) -> Preflight:
    """Ask GitHub. `channels`: name → the rules that send to it; `settings`: name → its entry in rulewright.yaml;
    `environ`: where the variables that channels name are looked up; `identity`: rulewright.yaml's. Raises GitHubError
    when GitHub cannot be reached, fails or limits.
    """
    wanted = tuple(demands)
    names = dict.fromkeys((repository, *(demand.repository for demand in wanted)))
    places = {name: _read_repository(client, name) for name in names}
    token = TokenIdentity(client.token_kind, _read_login(client), client.scopes)
    findings = tuple(TokenFinding(demand, *_judge_demand(client, token, places, demand)) for demand in wanted)
    reached = tuple(
        _find_channel(name, why, (settings or {}).get(name), repository, places, environ or {})
        for name, why in (channels or {}).items()
    )
    unnamed = None if token.login is None or is_named(token.login, identity or Identity()) else token.login
    unneeded = _find_unneeded_scopes(token, wanted, places)
    return Preflight(repository, client.api_url, token, findings, unneeded, reached, unnamed)


def _find_channel(
    name: str,
    why: tuple[str, ...],
    entry: Mapping[str, Json] | None,
    repository: str,
    places: Mapping[str, RepositoryAccess],
    environ: Mapping[str, str],
) -> ChannelFinding:
    if entry is None:
        return ChannelFinding(name, "unknown", why, "missing", "not declared in rulewright.yaml")
    return ChannelFinding(name, str(entry["kind"]), why, *_judge_channel(entry, repository, places, environ))


def _judge_channel(
    entry: Mapping[str, Json],
    repository: str,
    places: Mapping[str, RepositoryAccess],
    environ: Mapping[str, str],
) -> tuple[Verdict, str]:
    """Whether a channel can be used. The variable of a channel that is not private may be set elsewhere, such as in
    the workflow: that is unknown. A private channel that is not configured is missing, as its rules depend on it."""
    private = bool(entry.get("private"))
    variable = next((str(entry[name]) for name in CHANNEL_VARIABLES if entry.get(name)), None)
    if variable is not None:
        schemes = MAIL if entry.get("smtp_env") else WEB
        return _check_variable(variable, environ.get(variable, ""), schemes, is_private=private)
    if private and entry["kind"] == "log":
        return "missing", "a log is public, but the channel is private"
    if private and entry["kind"] == "issue":
        name = str(entry.get("repository") or repository)
        place = places.get(name)
        if place is not None and place.data is not None and not place.data.get("private"):
            return "missing", f"{name} is public, but the channel is private"
    return "allowed", "no secret needed"


def _check_variable(
    name: str, value: str, schemes: tuple[str, ...], *, is_private: bool
) -> tuple[Verdict, str]:
    if not value:
        reason = f"the environment variable {name} is not set here; in Actions, set it from a secret"
        return ("missing" if is_private else "unknown"), reason
    try:
        read_address(value, schemes)
    except UsageError as error:
        return "missing", f"the environment variable {name} is not a URL: {error.hint}"
    return "allowed", f"the environment variable {name} is set; the receiver was not contacted"


def _read_repository(client: Client, name: str) -> RepositoryAccess:
    answer = client.probe(path("/repos/{owner}/{repo}", name))
    if answer.status == 200:
        return RepositoryAccess(client.get(path("/repos/{owner}/{repo}", name)))
    return RepositoryAccess(None, describe_refusal(answer))


def _read_login(client: Client) -> str | None:
    """Who the token acts as; None where it does not tell."""
    try:
        found = client.graphql("viewer").get("viewer") or {}
    except GitHubError as error:
        if error.kind in ("unreachable", "server", "rate_limited"):
            raise
        return None
    return found.get("login")


def _judge_demand(
    client: Client, token: TokenIdentity, places: Mapping[str, RepositoryAccess], demand: RequiredPermission
) -> tuple[Verdict, str]:
    place = places[demand.repository]
    if place.data is None:
        return "missing", place.refused
    if demand.permission == "metadata":
        return "allowed", "the repository was read"
    if demand.permission == "projects":
        return _judge_project(client, token, demand)
    writes = demand.access == "write"
    if writes and place.data.get("archived"):
        return "missing", "the repository is archived"
    if demand.permission == "issues" and place.data.get("has_issues") is False:
        return "missing", "issues are disabled in the repository"
    if demand.permission in ("agents", "repository_advisories") and token.of_actions:
        return (
            "missing",
            "the token of Actions cannot have this permission; use the token of a person or an app",
        )
    if demand.permission == "agents":
        return _judge_agent(client, token, demand)
    return _judge_in_repository(client, token, place, demand)


def _judge_in_repository(
    client: Client, token: TokenIdentity, place: RepositoryAccess, demand: RequiredPermission
) -> tuple[Verdict, str]:
    """Issues, pull requests, contents, advisories: by scope and role, else by reading."""
    writes, role = demand.access == "write", place.role
    private = bool((place.data or {}).get("private"))
    scopes = ("repo",) if private else ("repo", "public_repo")
    if (writes or private) and token.lacks_scopes(scopes):
        return "missing", f"the token lacks the scope {' or '.join(scopes)}"
    personal = token.kind in PERSONS or token.scopes is not None
    if personal and role is not None and RANK.index(role) < RANK.index(demand.role):
        return "missing", f"the token's owner has the role {role}, but {demand.role} is needed"
    if token.scopes is not None:
        return "allowed", f"by the token's scopes and its owner's role {role or '(unknown)'}"
    return _try_reading(client, demand)


def _try_reading(client: Client, demand: RequiredPermission) -> tuple[Verdict, str]:
    if demand.permission in LISTS:
        answer = client.probe(path(LISTS[demand.permission], demand.repository), {"per_page": 1})
        if answer.status != 200:
            return "missing", describe_refusal(answer)
        if demand.access != "write":
            return "allowed", "read succeeded"
    return "unknown", UNTRIED


def _judge_agent(client: Client, token: TokenIdentity, demand: RequiredPermission) -> tuple[Verdict, str]:
    """Assigning Copilot takes a person's token, and the agent among those whom GitHub suggests."""
    if token.kind == "installation":
        return "missing", "assigning a coding agent needs the token of a person"
    owner, _, name = demand.repository.partition("/")
    asked = {"owner": owner, "repo": name, "query": "copilot-swe-agent"}
    try:
        actors = nodes_at(client.graphql("assignable", asked), "repository", "suggestedActors")
    except GitHubError as error:
        return _judge_refusal(error)
    if any(actor.get("login") == "copilot-swe-agent" for actor in actors):
        return "allowed", "GitHub suggests copilot-swe-agent for this repository"
    return "missing", "GitHub does not suggest copilot-swe-agent: check that the coding agent is enabled"


def _judge_project(client: Client, token: TokenIdentity, demand: RequiredPermission) -> tuple[Verdict, str]:
    """Boards belong to the repository's owner."""
    if token.of_actions:
        return (
            "missing",
            "the token of Actions has no access to projects; use the token of a person or an app",
        )
    writes = demand.access == "write"
    scopes = ("project",) if writes else ("project", "read:project")
    if token.lacks_scopes(scopes):
        return "missing", f"the token lacks the scope {' or '.join(scopes)}"
    if demand.project is None or not demand.project.isdigit():
        is_scoped = token.scopes is not None
        return ("allowed", "by the token's scopes") if is_scoped else ("unknown", "no board is configured")
    return _check_board(client, demand, int(demand.project))


def _check_board(client: Client, demand: RequiredPermission, number: int) -> tuple[Verdict, str]:
    owner = demand.repository.partition("/")[0]
    try:
        board = find_board(client, owner, number)
    except GitHubError as error:
        return _judge_refusal(error)
    if not board:
        return "missing", f"board {demand.project} of {owner} not found, or the token has no access"
    if board.get("closed"):
        return "missing", f"the board {demand.project} is closed"
    if demand.access != "write":
        return "allowed", "the board was read"
    can = board.get("viewerCanUpdate")
    if can is None:
        return "unknown", UNTRIED
    return (
        ("allowed", "reported by GitHub for the board")
        if can
        else ("missing", "the token has only read access to the board")
    )


def _judge_refusal(error: GitHubError) -> tuple[Verdict, str]:
    """A refusal as a verdict; what is no refusal goes on as the error that it is."""
    if error.kind in ("unreachable", "server", "rate_limited"):
        raise error
    if error.kind == "graphql":
        return "unknown", "not supported by this server"
    return "missing", error.message.partition(": ")[2] or error.message


def _find_unneeded_scopes(
    token: TokenIdentity, demands: tuple[RequiredPermission, ...], places: Mapping[str, RepositoryAccess]
) -> tuple[str, ...]:
    """Scopes of a classic token beyond what is asked for."""
    if token.scopes is None:
        return ()
    needed: set[str] = set()
    for demand in demands:
        private = bool((places[demand.repository].data or {}).get("private"))
        if demand.permission == "projects":
            needed |= {"project"} if demand.access == "write" else {"project", "read:project"}
        elif demand.permission != "metadata" or private:
            needed |= {"repo"} if private else {"repo", "public_repo"}
    return tuple(sorted(set(token.scopes) - needed))


def job_permissions(demands: Iterable[RequiredPermission], repository: str) -> dict[str, str]:
    """The `permissions:` of a workflow's job that needs no more; `contents: read` is for the checkout."""
    granted = {"contents": "read"}
    for demand in demands:
        key = JOB.get(demand.permission)
        if key is not None and demand.repository.casefold() == repository.casefold():
            granted[key] = "write" if "write" in (granted.get(key), demand.access) else "read"
    return dict(sorted(granted.items()))
