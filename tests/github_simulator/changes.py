"""Every change that anybody can make to an issue, with the timeline it leaves.

People (`humans`), REST and GraphQL all change the world through these. Nothing here checks rights. A change
that changes nothing leaves no trace, as on GitHub.
"""

from __future__ import annotations

import re
from typing import Any

from github_simulator.world import (
    Account,
    Comment,
    Edit,
    Event,
    Issue,
    Label,
    Milestone,
    Repository,
    Who,
    World,
)

__all__ = [
    "add_assignees",
    "add_comment",
    "add_labels",
    "delete_comment",
    "edit_comment",
    "edit_issue",
    "find_label",
    "lock",
    "mark_duplicate",
    "note",
    "open_issue",
    "remove_assignees",
    "remove_labels",
    "set_milestone",
    "set_state",
    "unmark_duplicate",
]

_MENTION = re.compile(r"(?<![\w`/])@([A-Za-z0-9][A-Za-z0-9-]*)")
_REFERENCE = re.compile(r"(?<![\w&`/])#(\d+)\b")


def note(world: World, issue: Issue, kind: str, who: Who, **detail: Any) -> Event:
    """Writes an event, and moves `updated_at`."""
    now = world.clock.now()
    event = Event(world.id("event"), kind, who, now, detail)
    issue.events.append(event)
    issue.updated_at = max(issue.updated_at, now)
    return event


def open_issue(
    world: World,
    repository: Repository,
    who: Who,
    title: str,
    body: str | None = None,
    *,
    created_at: float | None = None,
) -> Issue:
    """A new issue, numbered after the last. `created_at` may lie in the past (seconds since 1970)."""
    now = world.clock.now() if created_at is None else created_at
    number = max((*repository.issues, *repository.deleted), default=0) + 1
    issue = Issue(world.id("issue"), number, title, body, who, now, now)
    repository.issues[number] = issue
    world.issues[issue.id] = (repository, issue)
    _references(world, repository, issue, who, body)
    return issue


def find_label(world: World, repository: Repository, name: str) -> Label:
    """The repository's label; a name that it lacks becomes a grey label, as on GitHub."""
    label = repository.labels.get(name.casefold())
    if label is None:
        label = repository.labels[name.casefold()] = Label(world.id("label"), name)
    return label


def add_labels(world: World, repository: Repository, issue: Issue, names: list[str], who: Who) -> None:
    for name in names:
        if not issue.has(name):
            label = find_label(world, repository, name)
            issue.labels.append(label)
            note(world, issue, "labeled", who, label=label)


def remove_labels(world: World, repository: Repository, issue: Issue, names: list[str], who: Who) -> None:
    gone = {name.casefold() for name in names}
    for label in [one for one in issue.labels if one.name.casefold() in gone]:
        issue.labels.remove(label)
        note(world, issue, "unlabeled", who, label=label)


def add_assignees(world: World, issue: Issue, accounts: list[Account], who: Who) -> None:
    """GitHub keeps at most ten; more are dropped without a word."""
    for account in accounts:
        if account not in issue.assignees and len(issue.assignees) < 10:
            issue.assignees.append(account)
            note(world, issue, "assigned", who, assignee=account)


def remove_assignees(world: World, issue: Issue, accounts: list[Account], who: Who) -> None:
    for account in accounts:
        if account in issue.assignees:
            issue.assignees.remove(account)
            note(world, issue, "unassigned", who, assignee=account)


def edit_issue(
    world: World,
    repository: Repository,
    issue: Issue,
    who: Who,
    *,
    title: str | None = None,
    body: str | None = None,
) -> None:
    """None leaves as it is; an empty body empties it. The old body stays in the edit history."""
    if title is not None and title != issue.title:
        old, issue.title = issue.title, title
        note(world, issue, "renamed", who, rename={"from": old, "to": title})
    if body is not None and body != (issue.body or ""):
        issue.history.append(Edit(who, world.clock.now(), issue.body))
        issue.body = body or None
        issue.updated_at = max(issue.updated_at, world.clock.now())
        _references(world, repository, issue, who, body)


def set_state(
    world: World, issue: Issue, state: str, reason: str | None, who: Who, *, duplicate_of: Issue | None = None
) -> None:
    """Closes or reopens. `reason` counts only when the state changes."""
    if state == issue.state:
        return
    issue.state = state
    if state == "closed":
        issue.state_reason = reason or (None if issue.pull else "completed")
        issue.closed_at, issue.closed_by = world.clock.now(), who.account
        if issue.state_reason == "duplicate" and duplicate_of is not None:
            mark_duplicate(world, issue, duplicate_of, who)
        note(world, issue, "closed", who, state_reason=issue.state_reason)
    else:
        issue.state_reason = None if issue.pull else "reopened"
        issue.closed_at = issue.closed_by = issue.duplicate_of = None
        note(world, issue, "reopened", who, state_reason=None)


def mark_duplicate(world: World, issue: Issue, canonical: Issue, who: Who) -> None:
    issue.duplicate_of = canonical.id
    note(world, issue, "marked_as_duplicate", who, canonical=canonical)


def unmark_duplicate(world: World, issue: Issue, canonical: Issue, who: Who) -> None:
    issue.duplicate_of = None
    note(world, issue, "unmarked_as_duplicate", who, canonical=canonical)


def set_milestone(world: World, issue: Issue, milestone: Milestone | None, who: Who) -> None:
    if milestone is issue.milestone:
        return
    if issue.milestone is not None:
        note(world, issue, "demilestoned", who, milestone=issue.milestone)
    issue.milestone = milestone
    if milestone is not None:
        note(world, issue, "milestoned", who, milestone=milestone)


def lock(world: World, issue: Issue, locked: bool, who: Who, reason: str | None = None) -> None:
    if issue.locked != locked:
        issue.locked, issue.lock_reason = locked, reason if locked else None
        note(world, issue, "locked" if locked else "unlocked", who, lock_reason=reason)


def add_comment(world: World, repository: Repository, issue: Issue, body: str, who: Who) -> Comment:
    now = world.clock.now()
    comment = Comment(world.id("comment"), body, who, now, now)
    issue.comments.append(comment)
    repository.comments[comment.id] = (issue.number, comment)
    note(world, issue, "commented", who, comment=comment)
    _references(world, repository, issue, who, body)
    return comment


def edit_comment(world: World, repository: Repository, comment: Comment, body: str, who: Who) -> None:
    if body != comment.body:
        comment.history.append(Edit(who, world.clock.now(), comment.body))
        comment.body, comment.updated_at = body, world.clock.now()
        issue = repository.issues[repository.comments[comment.id][0]]
        issue.updated_at = max(issue.updated_at, comment.updated_at)
        _references(world, repository, issue, who, body)


def delete_comment(world: World, repository: Repository, comment: Comment, who: Who) -> None:
    """The comment leaves the timeline too; `comment_deleted` stays."""
    number, _ = repository.comments.pop(comment.id)
    issue = repository.issues[number]
    issue.comments.remove(comment)
    issue.events = [one for one in issue.events if one.detail.get("comment") is not comment]
    note(world, issue, "comment_deleted", who, author=comment.author)


def _references(world: World, repository: Repository, issue: Issue, who: Who, text: str | None) -> None:
    """What GitHub reads in a text: people mentioned (who are told), and other issues of the repository."""
    if not text:
        return
    for login in dict.fromkeys(_MENTION.findall(text)):
        account = world.accounts.get(login.casefold())
        if account is not None and account.type == "User":
            note(world, issue, "mentioned", Who(account))
            note(world, issue, "subscribed", Who(account))
    for number in dict.fromkeys(map(int, _REFERENCE.findall(text))):
        other = repository.issues.get(number)
        known = other is not None and any(
            one.kind == "cross-referenced" and one.detail["source"] is issue for one in other.events
        )
        if other is not None and other is not issue and not known:
            note(world, other, "cross-referenced", who, source=issue)
