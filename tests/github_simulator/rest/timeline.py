"""Events of an issue, and its timeline: events, comments, reviews and references in the order they happened."""

from __future__ import annotations

from typing import Any

from github_simulator.call import Answer, Call, missing, paged
from github_simulator.clock import stamp
from github_simulator.render import (
    API,
    HTML,
    app_json,
    association,
    comment_json,
    issue_json,
    node,
    user_json,
)
from github_simulator.rest.route import ISSUES, Route
from github_simulator.world import Event, Issue, Repository

__all__ = ["ROUTES", "event_json", "timeline_entry"]

_ONLY_TIMELINE = ("commented", "cross-referenced", "reviewed", "committed")


def event_json(repository: Repository, event: Event) -> dict[str, Any]:
    """An event as both lists show it; `timeline_entry` knows the kinds that only the timeline has."""
    shown: dict[str, Any] = {
        "id": event.id,
        "node_id": node("E", event.id),
        "url": f"{API}/repos/{repository.full_name}/issues/events/{event.id}",
        "actor": user_json(event.who.account),
        "event": event.kind,
        "commit_id": None,
        "commit_url": None,
        "created_at": stamp(event.at),
        "performed_via_github_app": app_json(event.who.app),
    }
    detail = event.detail
    if "label" in detail:
        shown["label"] = {"name": detail["label"].name, "color": detail["label"].color}
    if "assignee" in detail:
        shown["assignee"] = user_json(detail["assignee"])
    if "milestone" in detail:
        shown["milestone"] = {"title": detail["milestone"].title}
    if "reviewer" in detail:
        shown["requested_reviewer"] = user_json(detail["reviewer"])
        shown["review_requester"] = shown["actor"]
    shown.update({key: detail[key] for key in ("rename", "state_reason", "lock_reason") if key in detail})
    return shown


def timeline_entry(repository: Repository, issue: Issue, event: Event) -> dict[str, Any]:
    """One entry of `/timeline`."""
    if event.kind == "commented":
        comment = comment_json(repository, issue.number, event.detail["comment"])
        return {**comment, "event": "commented", "actor": comment["user"]}
    if event.kind == "cross-referenced":
        source = event.detail["source"]
        return {
            "actor": user_json(event.who.account),
            "created_at": stamp(event.at),
            "updated_at": stamp(event.at),
            "event": event.kind,
            "source": {"type": "issue", "issue": issue_json(repository, source)},
        }
    if event.kind == "reviewed":
        review = event.detail["review"]
        pull = f"{API}/repos/{repository.full_name}/pulls/{issue.number}"
        html = f"{HTML}/{repository.full_name}/pull/{issue.number}#pullrequestreview-{review.id}"
        return {
            "id": review.id,
            "node_id": node("PRR", review.id),
            "user": user_json(review.author.account),
            "actor": user_json(review.author.account),
            "body": review.body,
            "state": review.state.lower(),
            "html_url": html,
            "pull_request_url": pull,
            "author_association": association(repository, review.author),
            "_links": {"html": {"href": html}, "pull_request": {"href": pull}},
            "submitted_at": stamp(review.submitted_at),
            "commit_id": review.commit,
            "event": "reviewed",
        }
    return event_json(repository, event)


def timeline(call: Call) -> Answer:
    issue = call.issue()
    return paged(call, _ordered(issue), lambda event: timeline_entry(call.repository, issue, event))


def events(call: Call) -> Answer:
    issue = call.issue()
    found = [one for one in _ordered(issue) if one.kind not in _ONLY_TIMELINE]
    return paged(call, found, lambda event: event_json(call.repository, event))


def of_repository(call: Call) -> Answer:
    """Newest first, each with its issue."""
    pairs = [
        (event, issue)
        for issue in call.repository.issues.values()
        for event in issue.events
        if event.kind not in _ONLY_TIMELINE
    ]
    pairs.sort(key=lambda pair: pair[0].id, reverse=True)
    return paged(call, pairs, lambda pair: _with_issue(call, *pair))


def one_event(call: Call) -> Answer:
    for issue in call.repository.issues.values():
        for event in issue.events:
            if str(event.id) == call.parts["event_id"] and event.kind not in _ONLY_TIMELINE:
                return Answer(200, _with_issue(call, event, issue))
    raise missing()


def _with_issue(call: Call, event: Event, issue: Issue) -> dict[str, Any]:
    return {**event_json(call.repository, event), "issue": issue_json(call.repository, issue)}


def _ordered(issue: Issue) -> list[Event]:
    return sorted(issue.events, key=lambda one: (one.at, one.id))


_ISSUES = "/repos/{owner}/{repo}/issues"

ROUTES = (
    Route("GET", f"{_ISSUES}/events", of_repository, ISSUES),
    Route("GET", f"{_ISSUES}/events/{{event_id}}", one_event, ISSUES),
    Route("GET", f"{_ISSUES}/{{issue_number}}/events", events, ISSUES),
    Route("GET", f"{_ISSUES}/{{issue_number}}/timeline", timeline, ISSUES),
)
