"""Assignees: added and removed one by one; who cannot be assigned is dropped without a word."""

from __future__ import annotations

from github_simulator import changes
from github_simulator.call import Answer, Call, missing, paged
from github_simulator.render import issue_json, user_json
from github_simulator.rest.route import ISSUES, ISSUES_WRITE, Route
from github_simulator.world import Account

__all__ = ["COPILOT", "ROUTES", "assignable"]

COPILOT = "copilot-swe-agent[bot]"


def assignable(call: Call, logins: list[str]) -> list[Account]:
    """The accounts among `logins` that the repository can assign."""
    found = []
    for login in logins:
        account = call.world.accounts.get(login.casefold())
        if account is None:
            continue
        agent = account.login == COPILOT and call.repository.copilot and call.identity.kind == "user"
        if agent or call.repository.assignable(account.login):
            found.append(account)
    return found


def list_assignees(call: Call) -> Answer:
    accounts = sorted(call.world.accounts.values(), key=lambda one: one.login.casefold())
    found = [one for one in accounts if call.repository.assignable(one.login)]
    return paged(call, found, user_json)


def check_assignee(call: Call) -> Answer:
    if not assignable(call, [call.parts["assignee"]]):
        raise missing()
    return Answer(204)


def add(call: Call) -> Answer:
    issue = call.issue()
    logins = [one["login"] if isinstance(one, dict) else one for one in call.fields.get("assignees", ())]
    changes.add_assignees(call.world, issue, assignable(call, logins), call.who)
    return Answer(201, issue_json(call.repository, issue))


def remove(call: Call) -> Answer:
    issue = call.issue()
    named = {login.casefold() for login in call.fields.get("assignees", ())}
    gone = [one for one in issue.assignees if one.login.casefold() in named]
    changes.remove_assignees(call.world, issue, gone, call.who)
    return Answer(200, issue_json(call.repository, issue))


_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}"

ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/assignees", list_assignees, ISSUES),
    Route("GET", "/repos/{owner}/{repo}/assignees/{assignee}", check_assignee, ISSUES),
    Route("GET", f"{_ISSUE}/assignees/{{assignee}}", check_assignee, ISSUES),
    Route("POST", f"{_ISSUE}/assignees", add, ISSUES_WRITE, "triage"),
    Route("DELETE", f"{_ISSUE}/assignees", remove, ISSUES_WRITE, "triage"),
)
