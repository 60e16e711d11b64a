"""Webhook payloads of the simulated repository, shaped as GitHub sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from github_simulator.changes import find_label
from github_simulator.render import API, comment_json, issue_json, label_json, milestone_json, node, user_json
from github_simulator.rest.pulls import pull_json, review_json
from github_simulator.rest.repositories import repository_json
from github_simulator.world import Account, Comment, Event, Issue, Repository, World

__all__ = ["payload"]

# What a payload holds beside its subject, by its action: the member, and the kind of event in the timeline.
_BESIDE: Mapping[str, tuple[str, str]] = {
    "labeled": ("label", "labeled"),
    "unlabeled": ("label", "unlabeled"),
    "assigned": ("assignee", "assigned"),
    "unassigned": ("assignee", "unassigned"),
    "milestoned": ("milestone", "milestoned"),
    "demilestoned": ("milestone", "demilestoned"),
    "review_requested": ("reviewer", "review_requested"),
}

_DONE = {"opened": "", "closed": "closed", "reopened": "reopened", "locked": "locked", "unlocked": "unlocked"}


def payload(
    world: World,
    repository: Repository,
    event: str,
    action: str,
    number: int,
    *,
    sender: str | None = None,
    comment: int | None = None,
    label: str | None = None,
    assignee: str | None = None,
    changes: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The payload of `issues`, `issue_comment`, `pull_request(_target)` or `pull_request_review`.

    What an action is about (the label, the assignee, the comment, the old title) comes from the last such entry in the
    timeline unless it is given; so does the sender, else the author. Raises ValueError for other events, and where the
    timeline has no such entry.
    """
    issue = repository.issues[number]
    key = "issue" if event in ("issues", "issue_comment") else "pull_request"
    made: dict[str, Any] = {"action": action}
    who: Account | None = None
    if event == "issues" or event in ("pull_request", "pull_request_target"):
        member, kind = _BESIDE.get(action, ("", _DONE.get(action, "renamed" if action == "edited" else "")))
        last = _last(issue, kind)
        who = last.who.account if last else None
        if member:
            made |= _beside(world, repository, issue, action, member, last, label, assignee)
        if action == "edited":
            made["changes"] = dict(changes) if changes is not None else _edited(issue)
    elif event == "issue_comment":
        found = _comment(repository, issue, comment)
        who = found.author.account
        made["comment"] = comment_json(repository, number, found)
        if action == "edited":
            before = found.history[-1].before if found.history else found.body
            made["changes"] = dict(changes) if changes is not None else {"body": {"from": before}}
    elif event == "pull_request_review":
        if issue.pull is None or not issue.pull.reviews:
            raise ValueError(f"#{number} has no review")
        review = issue.pull.reviews[-1]
        who = review.author.account
        # Webhooks write the state in lower case, REST in upper case.
        made["review"] = {**review_json(repository, number, review), "state": review.state.lower()}
    else:
        raise ValueError(f"no payloads of {event} are made here")
    if key == "issue":
        made[key] = issue_json(repository, issue)
    else:
        if issue.pull is None:
            raise ValueError(f"#{number} is no pull request")
        made["number"] = number
        made[key] = pull_json(repository, issue, whole=event != "pull_request_review")
    made["repository"] = repository_json(repository)
    if repository.owner.type == "Organization":
        made["organization"] = _organization(repository.owner)
    chosen = world.account(sender) if sender is not None else (who or issue.author.account)
    made["sender"] = user_json(chosen)
    return made


def _beside(
    world: World,
    repository: Repository,
    issue: Issue,
    action: str,
    member: str,
    last: Event | None,
    label: str | None,
    assignee: str | None,
) -> dict[str, Any]:
    if member == "label":
        found = (
            find_label(world, repository, label)
            if label is not None
            else _detail(issue, action, last)["label"]
        )
        return {"label": label_json(repository, found)}
    if member == "assignee":
        account = (
            world.account(assignee) if assignee is not None else _detail(issue, action, last)["assignee"]
        )
        return {"assignee": user_json(account)}
    if member == "milestone":
        return {"milestone": milestone_json(repository, _detail(issue, action, last)["milestone"])}
    return {"requested_reviewer": user_json(_detail(issue, action, last)["reviewer"])}


def _detail(issue: Issue, action: str, last: Event | None) -> dict[str, Any]:
    if last is None:
        raise ValueError(f"#{issue.number} was never {action}")
    return last.detail


def _last(issue: Issue, kind: str) -> Event | None:
    return next((one for one in reversed(issue.events) if one.kind == kind), None)


def _edited(issue: Issue) -> dict[str, Any]:
    """What changed last: the body, or the title."""
    renamed, edit = _last(issue, "renamed"), issue.history[-1] if issue.history else None
    if edit is not None and (renamed is None or edit.at >= renamed.at):
        return {"body": {"from": edit.before or ""}}
    return {"title": {"from": renamed.detail["rename"]["from"]}} if renamed is not None else {}


def _comment(repository: Repository, issue: Issue, number: int | None) -> Comment:
    if number is not None:
        return repository.comments[number][1]
    if not issue.comments:
        raise ValueError(f"#{issue.number} has no comment")
    return issue.comments[-1]


def _organization(account: Account) -> dict[str, Any]:
    url = f"{API}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node("O", account.id),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
        "description": None,
    }
