"""Comments and reactions."""

from __future__ import annotations

from github_simulator import changes
from github_simulator.call import Answer, Call, field_error, forbidden, missing, paged
from github_simulator.clock import seconds, stamp
from github_simulator.render import REACTIONS, comment_json, node, user_json
from github_simulator.rest.issues import MAX_BODY
from github_simulator.rest.route import ISSUES, ISSUES_WRITE, Route
from github_simulator.world import Comment

__all__ = ["ROUTES"]


def of_issue(call: Call) -> Answer:
    """Oldest first, always."""
    issue = call.issue()
    since = seconds(call.query["since"]) if "since" in call.query else 0
    found = [one for one in issue.comments if int(one.updated_at) >= since]
    return paged(call, found, lambda one: comment_json(call.repository, issue.number, one))


def of_repository(call: Call) -> Answer:
    since = seconds(call.query["since"]) if "since" in call.query else 0
    found = [pair for pair in call.repository.comments.values() if int(pair[1].updated_at) >= since]
    updated = call.query.get("sort") == "updated"
    found.sort(
        key=lambda pair: (pair[1].updated_at if updated else pair[1].created_at, pair[1].id),
        # Without `sort` the direction counts for nothing: oldest first.
        reverse="sort" in call.query and call.query.get("direction", "desc") == "desc",
    )
    return paged(call, found, lambda pair: comment_json(call.repository, pair[0], pair[1]))


def get(call: Call) -> Answer:
    number, comment = _comment(call)
    return Answer(200, comment_json(call.repository, number, comment))


def create(call: Call) -> Answer:
    issue, body = call.issue(), _body(call)
    writer = call.identity.kind != "user" or call.repository.may(call.who.account.login, "write")
    if issue.locked and not writer:
        raise forbidden("Unable to create comment because issue is locked.")
    comment = changes.add_comment(call.world, call.repository, issue, body, call.who)
    return Answer(201, comment_json(call.repository, issue.number, comment))


def edit(call: Call) -> Answer:
    number, comment = _own(call)
    changes.edit_comment(call.world, call.repository, comment, _body(call), call.who)
    return Answer(200, comment_json(call.repository, number, comment))


def delete(call: Call) -> Answer:
    changes.delete_comment(call.world, call.repository, _own(call)[1], call.who)
    return Answer(204)


def reactions_of_comment(call: Call) -> Answer:
    return _reactions(call, _comment(call)[1].reactions)


def reactions_of_issue(call: Call) -> Answer:
    return _reactions(call, call.issue().reactions)


def react_to_comment(call: Call) -> Answer:
    return _react(call, _comment(call)[1].reactions)


def react_to_issue(call: Call) -> Answer:
    return _react(call, call.issue().reactions)


def _reactions(call: Call, reactions: list[tuple[str, str]]) -> Answer:
    wanted = call.query.get("content")
    numbered = [(i, *one) for i, one in enumerate(reactions, 1) if wanted in (None, one[0])]
    return paged(call, numbered, lambda one: _reaction(call, *one))


def _react(call: Call, reactions: list[tuple[str, str]]) -> Answer:
    content = call.fields["content"]
    if content not in REACTIONS:
        raise field_error("Reaction", "content", "invalid", content)
    entry = (content, call.who.account.login)
    fresh = entry not in reactions
    if fresh:
        reactions.append(entry)
    return Answer(201 if fresh else 200, _reaction(call, reactions.index(entry) + 1, *entry))


def _reaction(call: Call, number: int, content: str, login: str) -> dict[str, object]:
    return {
        "id": number,
        "node_id": node("REA", number),
        "user": user_json(call.world.account(login)),
        "content": content,
        "created_at": stamp(call.world.clock.now()),
    }


def _comment(call: Call) -> tuple[int, Comment]:
    text = call.parts["comment_id"]
    found = call.repository.comments.get(int(text)) if text.isdecimal() else None
    if found is None:
        raise missing()
    return found


def _own(call: Call) -> tuple[int, Comment]:
    """A comment that the caller may change: the author's own, or with push access."""
    number, comment = _comment(call)
    own = comment.author.account is call.who.account
    if not own and call.identity.kind == "user" and not call.repository.may(call.who.account.login, "write"):
        raise forbidden()
    return number, comment


def _body(call: Call) -> str:
    body = call.fields["body"]
    if not body.strip():
        raise field_error("IssueComment", "body", "missing_field")
    if len(body) > MAX_BODY:
        raise field_error(
            "IssueComment", "body", "custom", message=f"body is too long (maximum is {MAX_BODY} characters)"
        )
    return str(body)


_ISSUES = "/repos/{owner}/{repo}/issues"
_OF_ISSUE = f"{_ISSUES}/{{issue_number}}/comments"
_ONE = f"{_ISSUES}/comments/{{comment_id}}"

ROUTES = (
    Route("GET", f"{_ISSUES}/comments", of_repository, ISSUES),
    Route("GET", _ONE, get, ISSUES),
    Route("PATCH", _ONE, edit, ISSUES_WRITE),
    Route("DELETE", _ONE, delete, ISSUES_WRITE),
    Route("GET", f"{_ONE}/reactions", reactions_of_comment, ISSUES),
    Route("POST", f"{_ONE}/reactions", react_to_comment, ISSUES_WRITE),
    Route("GET", f"{_ISSUES}/{{issue_number}}/reactions", reactions_of_issue, ISSUES),
    Route("POST", f"{_ISSUES}/{{issue_number}}/reactions", react_to_issue, ISSUES_WRITE),
    Route("GET", _OF_ISSUE, of_issue, ISSUES),
    Route("POST", _OF_ISSUE, create, ISSUES_WRITE, creates=True),
)
