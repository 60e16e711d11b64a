"""Issues: list, get, open, change, lock."""

from __future__ import annotations

from typing import Any

from github_simulator import changes
from github_simulator.call import Answer, Call, field_error, forbidden, gone, invalid, paged
from github_simulator.clock import seconds
from github_simulator.render import issue_json, milestone_json
from github_simulator.rest.assignees import assignable
from github_simulator.rest.route import ISSUES, ISSUES_WRITE, Route
from github_simulator.world import Issue, Milestone, Repository

__all__ = ["ROUTES"]

MAX_BODY = 65_536
MAX_TITLE = 256


def list_issues(call: Call) -> Answer:
    """Issues and pull requests; newest first unless `sort` and `direction` say otherwise."""
    repository, query = call.repository, call.query
    found: list[Issue] = [one for one in repository.issues.values() if _wanted(repository, one, query)]
    order = query.get("sort", "created")
    key = {
        "created": lambda one: (one.created_at, one.number),
        "updated": lambda one: (int(one.updated_at), one.number),
        "comments": lambda one: (len(one.comments), one.number),
    }.get(order)
    if key is None:
        raise invalid("Validation Failed", errors=[{"resource": "Issue", "code": "invalid", "field": "sort"}])
    found.sort(key=key, reverse=query.get("direction", "desc") != "asc")
    return paged(call, found, lambda one: issue_json(repository, one))


def _wanted(repository: Repository, issue: Issue, query: dict[str, str]) -> bool:
    state = query.get("state", "open")
    if state != "all" and issue.state != state:
        return False
    # GitHub compares whole seconds, and includes the second that is named.
    if "since" in query and int(issue.updated_at) < seconds(query["since"]):
        return False
    if "labels" in query and not all(issue.has(name) for name in query["labels"].split(",") if name):
        return False
    if "creator" in query and issue.author.account.login.casefold() != query["creator"].casefold():
        return False
    assignee = query.get("assignee", "")
    logins = {one.login.casefold() for one in issue.assignees}
    if (assignee == "none" and logins) or (assignee == "*" and not logins):
        return False
    if assignee not in ("", "none", "*") and assignee.casefold() not in logins:
        return False
    wanted = query.get("milestone", "")
    if wanted in ("none", "*"):
        return (issue.milestone is None) == (wanted == "none")
    return not wanted or (issue.milestone is not None and str(issue.milestone.number) == wanted)


def get_issue(call: Call) -> Answer:
    return Answer(200, issue_json(call.repository, call.issue()))


def open_issue(call: Call) -> Answer:
    """Labels, assignees and a milestone need push access, and are dropped silently without."""
    fields, repository = call.fields, call.repository
    if not repository.has_issues:
        raise gone("Issues are disabled for this repo")
    title = _title(fields.get("title"))
    body = _body(fields.get("body"))
    issue = changes.open_issue(call.world, repository, call.who, title, body)
    if call.identity.kind != "user" or repository.may(call.who.account.login, "write"):
        changes.add_labels(call.world, repository, issue, _names(fields.get("labels")), call.who)
        changes.add_assignees(
            call.world, issue, assignable(call, _names(fields.get("assignees"), "login")), call.who
        )
        if "milestone" in fields:
            changes.set_milestone(call.world, issue, _milestone(repository, fields["milestone"]), call.who)
    return Answer(201, issue_json(repository, issue))


def change_issue(call: Call) -> Answer:
    """PATCH: `labels` and `assignees` replace the whole set, as on GitHub, which is why nobody should send them."""
    fields, repository, issue, world, who = call.fields, call.repository, call.issue(), call.world, call.who
    login = who.account.login
    if (
        call.identity.kind == "user"
        and not repository.may(login, "triage")
        and issue.author.account.login != login
    ):
        raise forbidden()
    # Everything is checked before anything changes: GitHub applies such a request as a whole.
    title = None if fields.get("title") is None else _title(fields["title"])
    body = fields.get("body", ...)
    _body(None if body is ... else body)
    milestone = _milestone(repository, fields["milestone"]) if "milestone" in fields else None
    state = fields.get("state", issue.state)
    if state not in ("open", "closed"):
        raise field_error("Issue", "state", "invalid", state)
    canonical = (
        _canonical(call, issue) if state == "closed" and fields.get("state_reason") == "duplicate" else None
    )

    changes.edit_issue(world, repository, issue, who, title=title, body=None if body is ... else (body or ""))
    if "labels" in fields:
        names = _names(fields["labels"])
        folded = {name.casefold() for name in names}
        present = [one.name for one in issue.labels if one.name.casefold() not in folded]
        changes.remove_labels(world, repository, issue, present, who)
        changes.add_labels(world, repository, issue, names, who)
    if "assignees" in fields:
        wanted = assignable(call, _names(fields["assignees"], "login"))
        changes.remove_assignees(world, issue, [one for one in issue.assignees if one not in wanted], who)
        changes.add_assignees(world, issue, wanted, who)
    if "milestone" in fields:
        changes.set_milestone(world, issue, milestone, who)
    changes.set_state(world, issue, state, fields.get("state_reason"), who, duplicate_of=canonical)
    return Answer(200, issue_json(repository, issue))


def lock_issue(call: Call) -> Answer:
    changes.lock(call.world, call.issue(), True, call.who, call.fields.get("lock_reason"))
    return Answer(204)


def unlock_issue(call: Call) -> Answer:
    changes.lock(call.world, call.issue(), False, call.who)
    return Answer(204)


def list_milestones(call: Call) -> Answer:
    state = call.query.get("state", "open")
    found = [one for one in call.repository.milestones.values() if state in ("all", one.state)]
    return paged(call, found, lambda one: milestone_json(call.repository, one))


def create_milestone(call: Call) -> Answer:
    repository, now = call.repository, call.world.clock.now()
    title = call.fields["title"]
    if any(one.title == title for one in repository.milestones.values()):
        raise field_error("Milestone", "title", "already_exists")
    number = len(repository.milestones) + 1
    made = Milestone(call.world.id("milestone"), number, title, call.who.account, now, now)
    repository.milestones[number] = made
    return Answer(201, milestone_json(repository, made))


def _title(value: Any) -> str:
    title = str(value if value is not None else "").strip()
    if not title:
        raise field_error("Issue", "title", "missing_field")
    if len(title) > MAX_TITLE:
        raise field_error(
            "Issue", "title", "custom", message=f"title is too long (maximum is {MAX_TITLE} characters)"
        )
    return title


def _body(value: Any) -> str | None:
    if isinstance(value, str) and len(value) > MAX_BODY:
        raise field_error(
            "Issue", "body", "custom", message=f"body is too long (maximum is {MAX_BODY} characters)"
        )
    return value or None


def _names(values: Any, key: str = "name") -> list[str]:
    """Names out of names and objects. Suggestions are a feature that few repositories have: refused here."""
    if any(isinstance(one, dict) and one.get("suggest") for one in values or ()):
        raise invalid("Suggestions are not enabled for this repository.")
    return [one[key] if isinstance(one, dict) else one for one in values or ()]


def _milestone(repository: Repository, value: Any) -> Milestone | None:
    if value is None:
        return None
    number = int(value) if str(value).isdecimal() else 0
    if number not in repository.milestones:
        raise field_error("Issue", "milestone", "invalid", value)
    return repository.milestones[number]


def _canonical(call: Call, issue: Issue) -> Issue | None:
    """The issue with that database id, which the token must see. Without one the issue closes all the same."""
    number = call.fields.get("duplicate_issue_id")
    if number is None:
        return None
    found = call.world.issue_by_id(number)
    if found is None or found[1] is issue:
        raise field_error("Issue", "duplicate_issue_id", "invalid", number)
    return found[1]


_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}"

ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/issues", list_issues, ISSUES),
    Route("POST", "/repos/{owner}/{repo}/issues", open_issue, (("issues", "write"),), creates=True),
    Route("GET", _ISSUE, get_issue, ISSUES),
    Route("PATCH", _ISSUE, change_issue, ISSUES_WRITE),
    Route("PUT", f"{_ISSUE}/lock", lock_issue, ISSUES_WRITE, "triage"),
    Route("DELETE", f"{_ISSUE}/lock", unlock_issue, ISSUES_WRITE, "triage"),
    Route("GET", "/repos/{owner}/{repo}/milestones", list_milestones, ISSUES),
    Route("POST", "/repos/{owner}/{repo}/milestones", create_milestone, ISSUES_WRITE, "triage"),
)
