"""Issues, pull requests, comments and labels in GraphQL."""

from __future__ import annotations

from collections import Counter
from typing import Any

from github_simulator.clock import stamp
from github_simulator.graphql.boards import cards
from github_simulator.graphql.node import Context, Maker, connection
from github_simulator.graphql.people import account_node, small
from github_simulator.graphql.timeline import timeline_items
from github_simulator.render import HTML, REACTIONS, association, node
from github_simulator.world import Comment, Edit, Issue, Label, Repository, Who

__all__ = ["comment_node", "label_node", "subject_node"]

_CONTENT = dict(
    zip(
        REACTIONS,
        ("THUMBS_UP", "THUMBS_DOWN", "LAUGH", "HOORAY", "CONFUSED", "HEART", "ROCKET", "EYES"),
        strict=True,
    )
)


def subject_node(context: Context, repository: Repository, issue: Issue) -> dict[str, Any]:
    """An Issue or a PullRequest."""
    path = f"/{repository.full_name}/{'pull' if issue.pull else 'issues'}/{issue.number}"
    people = [one for one in issue.assignees if one.type == "User"]
    reason = issue.state_reason

    def state_reason(enableDuplicate: bool = False) -> str | None:
        # Duplicates look like "not planned" to who does not ask for them.
        if reason == "duplicate" and not enableDuplicate:
            return "NOT_PLANNED"
        return None if reason is None else reason.upper()

    shown: dict[str, Any] = {
        "__typename": "PullRequest" if issue.pull else "Issue",
        "id": node("PR" if issue.pull else "I", issue.id),
        "databaseId": small(issue.id),
        "fullDatabaseId": str(issue.id),
        "number": issue.number,
        "title": issue.title,
        "titleHTML": issue.title,
        "state": issue.state.upper(),
        "stateReason": Maker(state_reason),
        "closed": issue.state == "closed",
        "closedAt": None if issue.closed_at is None else stamp(issue.closed_at),
        "locked": issue.locked,
        "activeLockReason": None,
        "url": HTML + path,
        "resourcePath": path,
        "milestone": None
        if issue.milestone is None
        else {"__typename": "Milestone", "number": issue.milestone.number, "title": issue.milestone.title},
        "labels": connection("labels", issue.labels, lambda one: label_node(repository, one)),
        "assignees": connection("assignees", people, lambda one: account_node(context, one)),
        "assignedActors": connection(
            "assignedActors", issue.assignees, lambda one: account_node(context, one)
        ),
        "comments": connection(
            "comments", issue.comments, lambda one: comment_node(context, repository, issue, one)
        ),
        "timelineItems": timeline_items(context, repository, issue),
        "projectItems": cards(context, issue),
        "repository": Maker(lambda: _repository(context, repository)),
        **_text(
            context, repository, issue.author, issue.body, issue.created_at, issue.history, issue.reactions
        ),
        "updatedAt": stamp(issue.updated_at),
    }
    if issue.pull is not None:
        pull = issue.pull
        shown |= {
            "state": "MERGED" if pull.merged_at else issue.state.upper(),
            "merged": pull.merged_at is not None,
            "isDraft": pull.draft,
            "isCrossRepository": pull.fork,
            "headRefName": pull.head,
            "headRefOid": pull.head_sha,
            "baseRefName": pull.base,
            "baseRefOid": pull.base_sha,
            "changedFiles": len(pull.files),
        }
    return shown


def comment_node(context: Context, repository: Repository, issue: Issue, comment: Comment) -> dict[str, Any]:
    return {
        "__typename": "IssueComment",
        "id": node("IC", comment.id),
        "databaseId": small(comment.id),
        "fullDatabaseId": str(comment.id),
        "isMinimized": False,
        "minimizedReason": None,
        "url": f"{HTML}/{repository.full_name}/issues/{issue.number}#issuecomment-{comment.id}",
        "issue": Maker(lambda: subject_node(context, repository, issue)),
        "repository": Maker(lambda: _repository(context, repository)),
        **_text(
            context,
            repository,
            comment.author,
            comment.body,
            comment.created_at,
            comment.history,
            comment.reactions,
        ),
        "updatedAt": stamp(comment.updated_at),
    }


def label_node(repository: Repository, label: Label) -> dict[str, Any]:
    return {
        "__typename": "Label",
        "id": node("LA", label.id),
        "name": label.name,
        "color": label.color,
        "description": label.description,
        "isDefault": label.default,
        "url": f"{HTML}/{repository.full_name}/labels/{label.name}",
    }


def _text(
    context: Context,
    repository: Repository,
    author: Who,
    body: str | None,
    created_at: float,
    history: list[Edit],
    reactions: list[tuple[str, str]],
) -> dict[str, Any]:
    """What everything that somebody wrote has in common."""
    edits: list[tuple[Who, float]] = [(one.who, one.at) for one in reversed(history)]
    if history:
        # Once a text was edited, its first version stands in the history too.
        edits.append((author, created_at))
    counts = Counter(content for content, _ in reactions)
    return {
        "author": Maker(lambda: account_node(context, author.account)),
        "authorAssociation": association(repository, author),
        "body": body or "",
        "bodyText": body or "",
        "createdAt": stamp(created_at),
        "publishedAt": stamp(created_at),
        "createdViaEmail": False,
        "includesCreatedEdit": bool(history),
        "lastEditedAt": stamp(history[-1].at) if history else None,
        "editor": Maker(lambda: account_node(context, history[-1].who.account) if history else None),
        "userContentEdits": connection("userContentEdits", edits, lambda one: _edit(context, *one)),
        "viewerDidAuthor": author.account is context.who.who.account,
        "reactionGroups": [
            {"content": said, "reactors": connection("reactors", range(counts[plain]), lambda one: None)}
            for plain, said in _CONTENT.items()
        ],
    }


def _edit(context: Context, who: Who, at: float) -> dict[str, Any]:
    return {
        "__typename": "UserContentEdit",
        "editedAt": stamp(at),
        "createdAt": stamp(at),
        "updatedAt": stamp(at),
        "deletedAt": None,
        "deletedBy": None,
        "editor": Maker(lambda: account_node(context, who.account)),
    }


def _repository(context: Context, repository: Repository) -> dict[str, Any]:
    from github_simulator.graphql.root import repository_node

    return repository_node(context, repository)
