"""Pull requests: what they have beside their issue."""

from __future__ import annotations

from typing import Any

from github_simulator import changes
from github_simulator.call import Answer, Call, field_error, missing, paged
from github_simulator.clock import stamp
from github_simulator.render import API, HTML, association, issue_json, node, user_json
from github_simulator.rest.repositories import repository_json
from github_simulator.rest.route import PULLS, PULLS_WRITE, Route
from github_simulator.world import Issue, Pull, Repository, Review

__all__ = ["ROUTES", "pull_json", "review_json"]

_LINKS = {
    "self": "",
    "html": None,
    "issue": None,
    "comments": None,
    "review_comments": "/comments",
    "review_comment": "/comments{/number}",
    "commits": "/commits",
    "statuses": None,
}


def pull_json(repository: Repository, issue: Issue, *, whole: bool = False) -> dict[str, Any]:
    """As in lists; `whole` adds what only a single one has."""
    pull = issue.pull
    assert pull is not None
    base = f"{API}/repos/{repository.full_name}"
    url, html = f"{base}/pulls/{issue.number}", f"{HTML}/{repository.full_name}/pull/{issue.number}"
    statuses = f"{base}/statuses/{pull.head_sha}"
    links: dict[str, str] = {name: url + suffix for name, suffix in _LINKS.items() if suffix is not None}
    links |= {"html": html, "issue": f"{base}/issues/{issue.number}", "statuses": statuses}
    links["comments"] = f"{base}/issues/{issue.number}/comments"
    shown = {key: value for key, value in issue_json(repository, issue).items() if key in _SHARED}
    shown |= {
        "id": pull.id,
        "url": url,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": links["issue"],
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": f"{base}/pulls/comments{{/number}}",
        "comments_url": links["comments"],
        "statuses_url": statuses,
        "draft": pull.draft,
        "merged_at": None if pull.merged_at is None else stamp(pull.merged_at),
        "merge_commit_sha": None,
        "requested_reviewers": [user_json(one) for one in pull.reviewers],
        "requested_teams": [],
        "auto_merge": None,
        "head": _side(repository, issue, pull.head, pull.head_sha, fork=pull.fork),
        "base": _side(repository, issue, pull.base, pull.base_sha),
        "_links": {name: {"href": href} for name, href in links.items()},
    }
    if whole:
        shown |= {
            "merged": pull.merged_at is not None,
            "merged_by": None if pull.merged_by is None else user_json(pull.merged_by),
            "mergeable": issue.state == "open",
            "mergeable_state": "clean",
            "rebaseable": True,
            "comments": len(issue.comments),
            "review_comments": 0,
            "commits": 1,
            "additions": sum(one["additions"] for one in pull.files),
            "deletions": sum(one["deletions"] for one in pull.files),
            "changed_files": len(pull.files),
            "maintainer_can_modify": False,
        }
    return shown


_SHARED = (
    "node_id",
    "number",
    "title",
    "user",
    "labels",
    "state",
    "locked",
    "assignee",
    "assignees",
    "milestone",
    "created_at",
    "updated_at",
    "closed_at",
    "author_association",
    "active_lock_reason",
    "body",
)


def _side(repository: Repository, issue: Issue, ref: str, sha: str, *, fork: bool = False) -> dict[str, Any]:
    owner = issue.author.account if fork else repository.owner
    shown = repository_json(repository)
    if fork:
        shown |= {"full_name": f"{owner.login}/{repository.name}", "fork": True, "owner": user_json(owner)}
        shown["id"] += 1
    return {"label": f"{owner.login}:{ref}", "ref": ref, "sha": sha, "user": user_json(owner), "repo": shown}


def review_json(repository: Repository, number: int, review: Review) -> dict[str, Any]:
    pull = f"{API}/repos/{repository.full_name}/pulls/{number}"
    html = f"{HTML}/{repository.full_name}/pull/{number}#pullrequestreview-{review.id}"
    return {
        "id": review.id,
        "node_id": node("PRR", review.id),
        "user": user_json(review.author.account),
        "body": review.body,
        "state": review.state,
        "html_url": html,
        "pull_request_url": pull,
        "author_association": association(repository, review.author),
        "_links": {"html": {"href": html}, "pull_request": {"href": pull}},
        "submitted_at": stamp(review.submitted_at),
        "commit_id": review.commit,
    }


def list_pulls(call: Call) -> Answer:
    state = call.query.get("state", "open")
    found = [one for one in call.repository.issues.values() if one.pull and state in ("all", one.state)]
    if "base" in call.query:
        found = [one for one in found if one.pull and one.pull.base == call.query["base"]]
    updated = call.query.get("sort") == "updated"
    # Without `sort` the newest come first; with it, `direction` starts out ascending.
    direction = call.query.get("direction", "asc" if "sort" in call.query else "desc")
    found.sort(
        key=lambda one: (one.updated_at if updated else one.created_at, one.number),
        reverse=direction == "desc",
    )
    return paged(call, found, lambda one: pull_json(call.repository, one))


def get_pull(call: Call) -> Answer:
    issue, _ = _pull(call)
    return Answer(200, pull_json(call.repository, issue, whole=True))


def files(call: Call) -> Answer:
    return paged(call, _pull(call)[1].files, dict)


def reviews(call: Call) -> Answer:
    issue, pull = _pull(call)
    return paged(call, pull.reviews, lambda one: review_json(call.repository, issue.number, one))


def create_review(call: Call) -> Answer:
    issue, pull = _pull(call)
    state = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}.get(
        call.fields.get("event", ""), "PENDING"
    )
    body = call.fields.get("body") or ""
    if state in ("CHANGES_REQUESTED", "COMMENTED") and not body:
        raise field_error("PullRequestReview", "body", "missing_field")
    review = Review(call.world.id("review"), call.who, state, body, call.world.clock.now(), pull.head_sha)
    pull.reviews.append(review)
    changes.note(call.world, issue, "reviewed", call.who, review=review)
    return Answer(200, review_json(call.repository, issue.number, review))


def request_reviewers(call: Call) -> Answer:
    issue, pull = _pull(call)
    for login in call.fields.get("reviewers", ()):
        account = call.world.accounts.get(login.casefold())
        if account is None or not call.repository.assignable(login) or account is issue.author.account:
            raise field_error("PullRequestReview", "reviewers", "invalid", login)
        if account not in pull.reviewers:
            pull.reviewers.append(account)
            changes.note(call.world, issue, "review_requested", call.who, reviewer=account)
    return Answer(201, pull_json(call.repository, issue))


def requested_reviewers(call: Call) -> Answer:
    return Answer(200, {"users": [user_json(one) for one in _pull(call)[1].reviewers], "teams": []})


def _pull(call: Call) -> tuple[Issue, Pull]:
    issue = call.issue("pull_number")
    if issue.pull is None:
        raise missing()
    return issue, issue.pull


_PULLS = "/repos/{owner}/{repo}/pulls"
_PULL = f"{_PULLS}/{{pull_number}}"

ROUTES = (
    Route("GET", _PULLS, list_pulls, PULLS),
    Route("GET", _PULL, get_pull, PULLS),
    Route("GET", f"{_PULL}/files", files, PULLS),
    Route("GET", f"{_PULL}/reviews", reviews, PULLS),
    Route("POST", f"{_PULL}/reviews", create_review, PULLS_WRITE, creates=True),
    Route("GET", f"{_PULL}/requested_reviewers", requested_reviewers, PULLS),
    Route("POST", f"{_PULL}/requested_reviewers", request_reviewers, PULLS_WRITE, "triage"),
)
