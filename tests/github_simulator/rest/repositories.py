"""Repositories, people, organizations, rate limits: what a client looks at first."""

from __future__ import annotations

from typing import Any

from github_simulator.call import Answer, Call, Refusal, invalid, missing, paged
from github_simulator.clock import stamp
from github_simulator.identity import ANONYMOUS
from github_simulator.render import API, HTML, node, user_json
from github_simulator.rest.route import CONTENTS_WRITE, METADATA, Route
from github_simulator.world import ROLES, Account, Repository

__all__ = ["ROUTES", "repository_json"]

_SUFFIXES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def repository_json(repository: Repository, permissions: dict[str, bool] | None = None) -> dict[str, Any]:
    name = repository.full_name
    url, html = f"{API}/repos/{name}", f"{HTML}/{name}"
    opened = sum(one.state == "open" for one in repository.issues.values())
    shown: dict[str, Any] = {
        "id": repository.id,
        "node_id": node("R", repository.id),
        "name": repository.name,
        "full_name": name,
        "private": repository.private,
        "owner": user_json(repository.owner),
        "html_url": html,
        "description": None,
        "fork": False,
        "url": url,
        **{key: url + suffix for key, suffix in _SUFFIXES.items()},
        "created_at": stamp(repository.created_at),
        "updated_at": stamp(repository.created_at),
        "pushed_at": stamp(repository.created_at),
        "git_url": f"git://github.com/{name}.git",
        "ssh_url": f"git@github.com:{name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "homepage": None,
        "size": 1,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": repository.has_issues,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 0,
        "mirror_url": None,
        "archived": repository.archived,
        "disabled": False,
        "open_issues_count": opened,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repository.private else "public",
        "forks": 0,
        "open_issues": opened,
        "watchers": 0,
        "default_branch": repository.default_branch,
    }
    if permissions is not None:
        shown["permissions"] = permissions
        shown["network_count"] = shown["subscribers_count"] = 0
    return shown


def get(call: Call) -> Answer:
    shown = repository_json(call.repository, _permissions(call))
    if call.identity.kind == ANONYMOUS:
        del shown["permissions"]
    elif call.repository.owner.type == "Organization":
        shown["organization"] = user_json(call.repository.owner)
    return Answer(200, shown)


def _permissions(call: Call) -> dict[str, bool]:
    """A person's come of the role; of an installation token GitHub tells nothing useful but `pull`."""
    if call.identity.kind != "user":
        return dict.fromkeys(("admin", "maintain", "push", "triage"), False) | {
            "pull": call.identity.kind != ANONYMOUS
        }
    login = call.who.account.login
    wanted = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read"}
    return {name: call.repository.may(login, role) for name, role in wanted.items()}


def collaborator_permission(call: Call) -> Answer:
    """`permission` knows four words; `role_name` says triage and maintain."""
    account = call.world.accounts.get(call.parts["username"].casefold())
    if account is None:
        raise missing()
    role = call.repository.role(account.login)
    legacy = {"triage": "read", "maintain": "write"}.get(role, role)
    index = ROLES.index(role)
    shown = {
        **user_json(account),
        "role_name": role,
        "permissions": {
            "pull": index >= 1,
            "triage": index >= 2,
            "push": index >= 3,
            "maintain": index >= 4,
            "admin": index >= 5,
        },
    }
    return Answer(200, {"permission": legacy, "role_name": role, "user": shown})


def collaborator(call: Call) -> Answer:
    if call.repository.roles.get(call.parts["username"].casefold(), "none") == "none":
        raise missing()
    return Answer(204)


def installation(call: Call) -> Answer:
    """The repositories that an installation's token reaches; people have no such list."""
    if call.identity.kind not in ("actions", "app"):
        raise Refusal(
            403, "You must authenticate with an installation access token in order to list repositories."
        )
    names = call.identity.repositories
    found = [one for name, one in call.world.repositories.items() if names is None or name in names]
    shown = paged(call, found, repository_json)
    return Answer(200, {"total_count": len(found), "repositories": shown.data}, shown.headers)


def dispatch(call: Call) -> Answer:
    payload = call.fields.get("client_payload", {})
    if len(payload) > 10:
        raise invalid("Invalid request.\n\nNo more than 10 properties are allowed; 11 were supplied.")
    call.repository.dispatches.append(
        {"event_type": call.fields["event_type"], "client_payload": payload, "sender": call.who.account.login}
    )
    return Answer(204)


def me(call: Call) -> Answer:
    """Only a person has a user; an installation is refused."""
    if call.identity.kind == ANONYMOUS:
        raise Refusal(401, "Requires authentication")
    if call.identity.kind != "user":
        raise Refusal(403, "Resource not accessible by integration")
    return Answer(200, _profile(call, call.who.account))


def user(call: Call) -> Answer:
    account = call.world.accounts.get(call.parts["username"].casefold())
    if account is None:
        raise missing()
    return Answer(200, _profile(call, account))


def organization(call: Call) -> Answer:
    account = call.world.accounts.get(call.parts["org"].casefold())
    if account is None or account.type != "Organization":
        raise missing()
    url = f"{API}/orgs/{account.login}"
    return Answer(
        200,
        {
            "login": account.login,
            "id": account.id,
            "node_id": node("O", account.id),
            "url": url,
            "repos_url": f"{url}/repos",
            "description": None,
            "type": "Organization",
        },
    )


def _profile(call: Call, account: Account) -> dict[str, Any]:
    return {
        **user_json(account),
        "name": account.login,
        **dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location")),
        **dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0),
        "created_at": "2011-01-25T18:44:36Z",
        "updated_at": "2011-01-25T18:44:36Z",
    }


def rate_limit(call: Call) -> Answer:
    resources = call.simulator.limits.overview(call.identity)
    return Answer(200, {"resources": resources, "rate": resources["core"]})


_REPOSITORY = "/repos/{owner}/{repo}"

ROUTES = (
    Route("GET", _REPOSITORY, get, METADATA),
    Route(
        "GET",
        f"{_REPOSITORY}/collaborators/{{username}}/permission",
        collaborator_permission,
        METADATA,
        "read",
    ),
    Route("GET", f"{_REPOSITORY}/collaborators/{{username}}", collaborator, METADATA, "read"),
    Route("GET", "/installation/repositories", installation, METADATA),
    Route("POST", f"{_REPOSITORY}/dispatches", dispatch, CONTENTS_WRITE, "write"),
    Route("GET", "/user", me),
    Route("GET", "/users/{username}", user),
    Route("GET", "/orgs/{org}", organization),
    Route("GET", "/rate_limit", rate_limit),
)
