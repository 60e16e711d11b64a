"""The timeline in GraphQL: each kind of event has a type of its own."""

from __future__ import annotations

import re
from typing import Any

from github_simulator.clock import seconds, stamp
from github_simulator.graphql.node import Context, Maker, connection
from github_simulator.graphql.people import account_node
from github_simulator.render import node
from github_simulator.world import Event, Issue, Repository

__all__ = ["timeline_items"]

_TYPES = {
    "assigned": "AssignedEvent",
    "closed": "ClosedEvent",
    "comment_deleted": "CommentDeletedEvent",
    "commented": "IssueComment",
    "cross-referenced": "CrossReferencedEvent",
    "demilestoned": "DemilestonedEvent",
    "labeled": "LabeledEvent",
    "locked": "LockedEvent",
    "marked_as_duplicate": "MarkedAsDuplicateEvent",
    "mentioned": "MentionedEvent",
    "milestoned": "MilestonedEvent",
    "renamed": "RenamedTitleEvent",
    "reopened": "ReopenedEvent",
    "subscribed": "SubscribedEvent",
    "unassigned": "UnassignedEvent",
    "unlabeled": "UnlabeledEvent",
    "unlocked": "UnlockedEvent",
    "unmarked_as_duplicate": "UnmarkedAsDuplicateEvent",
}


def timeline_items(context: Context, repository: Repository, issue: Issue) -> Maker:
    """`timelineItems`, by kind and from a moment on; kinds that GraphQL lacks are left out."""

    def seen(itemTypes: list[str] | None = None, since: str | None = None, **page: Any) -> Any:
        start = 0.0 if since is None else seconds(since)
        found = [
            one
            for one in sorted(issue.events, key=lambda one: (one.at, one.id))
            if one.kind in _TYPES
            and one.at >= start
            and (itemTypes is None or _constant(_TYPES[one.kind]) in itemTypes)
        ]
        return connection("timelineItems", found, lambda one: _item(context, repository, issue, one)).make(
            **page
        )

    return Maker(seen)


def _constant(name: str) -> str:
    """`LabeledEvent` → `LABELED_EVENT`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()


def _item(context: Context, repository: Repository, issue: Issue, event: Event) -> dict[str, Any]:
    from github_simulator.graphql.subjects import comment_node, label_node, subject_node

    detail = event.detail
    if event.kind == "commented":
        return comment_node(context, repository, issue, detail["comment"])
    shown: dict[str, Any] = {
        "__typename": _TYPES[event.kind],
        "id": node("E", event.id),
        "createdAt": stamp(event.at),
        "actor": Maker(lambda: account_node(context, event.who.account)),
    }
    if "label" in detail:
        shown["label"] = label_node(repository, detail["label"])
    if "assignee" in detail:
        shown["assignee"] = shown["user"] = Maker(lambda: account_node(context, detail["assignee"]))
    if "milestone" in detail:
        shown["milestoneTitle"] = detail["milestone"].title
    if "rename" in detail:
        shown |= {"previousTitle": detail["rename"]["from"], "currentTitle": detail["rename"]["to"]}
    if "state_reason" in detail:
        reason = detail["state_reason"]
        shown["stateReason"] = None if reason is None else reason.upper()
    if "canonical" in detail:
        shown["canonical"] = Maker(lambda: subject_node(context, repository, detail["canonical"]))
        shown["duplicate"] = Maker(lambda: subject_node(context, repository, issue))
        shown["isCrossRepository"] = False
    if "author" in detail:
        shown["deletedCommentAuthor"] = Maker(lambda: account_node(context, detail["author"].account))
    if "source" in detail:
        shown["source"] = Maker(lambda: subject_node(context, repository, detail["source"]))
        shown["isCrossRepository"] = False
    return shown
