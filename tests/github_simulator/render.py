"""Accounts, issues, labels, comments and milestones as GitHub's REST answers show them.

URLs in bodies name api.github.com always, whatever port the simulator listens on: data stays the same from
run to run, and a client that follows URLs out of data instead of links out of headers is found out.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from github_simulator.clock import stamp
from github_simulator.world import (
    Account,
    App,
    Comment,
    Issue,
    Label,
    Milestone,
    Repository,
    Who,
)

__all__ = [
    "API",
    "HTML",
    "REACTIONS",
    "app_json",
    "association",
    "comment_json",
    "issue_json",
    "label_json",
    "milestone_json",
    "node",
    "reactions_json",
    "user_json",
]

API = "https://api.github.com"
HTML = "https://github.com"
REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")

_COPILOT = "copilot-swe-agent[bot]"


def node(kind: str, number: int) -> str:
    """An opaque global id: `I_kwDO…` for an issue."""
    return f"{kind}_kwDO{number:011d}"


def user_json(account: Account) -> dict[str, Any]:
    # REST shows the coding agent under the name that people see.
    login = "Copilot" if account.login == _COPILOT else account.login
    url = f"{API}/users/{login.replace('[', '%5B').replace(']', '%5D')}"
    prefix = {"Bot": "BOT", "Organization": "O"}.get(account.type, "U")
    html = f"{HTML}/apps/{login.removesuffix('[bot]')}" if account.type == "Bot" else f"{HTML}/{login}"
    return {
        "login": login,
        "id": account.id,
        "node_id": node(prefix, account.id),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": html,
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": account.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def app_json(app: App | None) -> dict[str, Any] | None:
    if app is None:
        return None
    owner = Account("github", 9919, "Organization")
    return {
        "id": app.id,
        "client_id": f"Iv1.{app.id:016x}",
        "slug": app.slug,
        "node_id": node("A", app.id),
        "owner": user_json(owner),
        "name": app.name,
        "description": None,
        "external_url": "https://help.github.com/en/actions",
        "html_url": f"{HTML}/apps/{app.slug}",
        "created_at": "2018-07-30T09:30:17Z",
        "updated_at": "2024-04-10T20:33:16Z",
        "permissions": {"issues": "write", "metadata": "read", "pull_requests": "write"},
        "events": ["issues", "issue_comment", "pull_request"],
    }


def label_json(repository: Repository, label: Label) -> dict[str, Any]:
    from urllib.parse import quote

    return {
        "id": label.id,
        "node_id": node("LA", label.id),
        "url": f"{API}/repos/{repository.full_name}/labels/{quote(label.name)}",
        "name": label.name,
        "color": label.color,
        "default": label.default,
        "description": label.description,
    }


def milestone_json(repository: Repository, milestone: Milestone) -> dict[str, Any]:
    url = f"{API}/repos/{repository.full_name}/milestones/{milestone.number}"
    states = Counter(one.state for one in repository.issues.values() if one.milestone is milestone)
    return {
        "url": url,
        "html_url": f"{HTML}/{repository.full_name}/milestone/{milestone.number}",
        "labels_url": f"{url}/labels",
        "id": milestone.id,
        "node_id": node("MI", milestone.id),
        "number": milestone.number,
        "title": milestone.title,
        "description": milestone.description,
        "creator": user_json(milestone.creator),
        "open_issues": states["open"],
        "closed_issues": states["closed"],
        "state": milestone.state,
        "created_at": stamp(milestone.created_at),
        "updated_at": stamp(milestone.updated_at),
        "due_on": milestone.due_on,
        "closed_at": None if milestone.state == "open" else stamp(milestone.updated_at),
    }


def reactions_json(reactions: list[tuple[str, str]], url: str) -> dict[str, Any]:
    counts = Counter(content for content, _ in reactions)
    return {
        "url": f"{url}/reactions",
        "total_count": len(reactions),
        **{content: counts[content] for content in REACTIONS},
    }


def association(repository: Repository, who: Who) -> str:
    """How the author stands to the repository."""
    login = who.account.login
    if login.casefold() == repository.owner.login.casefold():
        return "OWNER"
    if repository.roles.get(login.casefold(), "none") == "none":
        return "NONE"
    return "MEMBER" if repository.owner.type == "Organization" else "COLLABORATOR"


def comment_json(repository: Repository, number: int, comment: Comment) -> dict[str, Any]:
    url = f"{API}/repos/{repository.full_name}/issues/comments/{comment.id}"
    kind = "pull" if repository.issues[number].pull else "issues"
    return {
        "url": url,
        "html_url": f"{HTML}/{repository.full_name}/{kind}/{number}#issuecomment-{comment.id}",
        "issue_url": f"{API}/repos/{repository.full_name}/issues/{number}",
        "id": comment.id,
        "node_id": node("IC", comment.id),
        "user": user_json(comment.author.account),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "author_association": association(repository, comment.author),
        "body": comment.body,
        "reactions": reactions_json(comment.reactions, url),
        "performed_via_github_app": app_json(comment.author.app),
    }


def issue_json(repository: Repository, issue: Issue) -> dict[str, Any]:
    base = f"{API}/repos/{repository.full_name}"
    url = f"{base}/issues/{issue.number}"
    html = f"{HTML}/{repository.full_name}/{'pull' if issue.pull else 'issues'}/{issue.number}"
    shown: dict[str, Any] = {
        "url": url,
        "repository_url": base,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": html,
        "id": issue.id,
        "node_id": node("PR" if issue.pull else "I", issue.id),
        "number": issue.number,
        "title": issue.title,
        "user": user_json(issue.author.account),
        "labels": [label_json(repository, label) for label in issue.labels],
        "state": issue.state,
        "locked": issue.locked,
        "assignee": user_json(issue.assignees[0]) if issue.assignees else None,
        "assignees": [user_json(account) for account in issue.assignees],
        "milestone": None if issue.milestone is None else milestone_json(repository, issue.milestone),
        "comments": len(issue.comments),
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": None if issue.closed_at is None else stamp(issue.closed_at),
        "author_association": association(repository, issue.author),
        "active_lock_reason": issue.lock_reason,
        "body": issue.body,
        "closed_by": None if issue.closed_by is None else user_json(issue.closed_by),
        "reactions": reactions_json(issue.reactions, url),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": app_json(issue.author.app),
        "state_reason": issue.state_reason,
    }
    if issue.pull is not None:
        pull = f"{base}/pulls/{issue.number}"
        shown["draft"] = issue.pull.draft
        shown["pull_request"] = {
            "url": pull,
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "merged_at": None if issue.pull.merged_at is None else stamp(issue.pull.merged_at),
        }
    else:
        shown["sub_issues_summary"] = {"total": 0, "completed": 0, "percent_completed": 0}
        shown["type"] = None
    return shown
