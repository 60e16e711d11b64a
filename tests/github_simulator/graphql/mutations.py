"""What GraphQL can change: assignees of any kind, cards on boards, labels, comments, states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from github_simulator import changes
from github_simulator.call import Refusal
from github_simulator.graphql.boards import field_id, item_node
from github_simulator.graphql.node import Context, failure
from github_simulator.graphql.subjects import comment_node, label_node, subject_node
from github_simulator.identity import admit, visible
from github_simulator.projects import Field, Item, Project, add_item, readable, set_value
from github_simulator.render import node
from github_simulator.rest.route import ISSUES_WRITE
from github_simulator.world import Account, Issue, Label, Repository

__all__ = ["MUTATIONS"]

_AGENT = "copilot-swe-agent[bot]"


def replace_actors(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """Sets the whole list of assignees. All of them can be assigned, or nothing happens."""
    repository, issue = _subject(context, given["assignableId"])
    wanted = [_actor(context, one) for one in given.get("actorIds") or ()]
    for login in given.get("actorLogins") or ():
        account = context.world.accounts.get(login.casefold()) or context.world.accounts.get(
            f"{login.casefold()}[bot]"
        )
        if account is None:
            raise failure("NOT_FOUND", f"Could not resolve to an actor with the login of '{login}'.")
        wanted.append(account)
    for account in wanted:
        if account.login == _AGENT:
            if not (repository.copilot and context.who.kind == "user"):
                raise failure(
                    "FORBIDDEN", "Assigning agents is not supported with GitHub App installation tokens."
                )
        elif not repository.assignable(account.login):
            raise failure("UNPROCESSABLE", f"{account.login} cannot be assigned to this issue")
    who = context.who.who
    changes.remove_assignees(context.world, issue, [one for one in issue.assignees if one not in wanted], who)
    changes.add_assignees(context.world, issue, wanted, who)
    return _answer(given, assignable=subject_node(context, repository, issue))


def add_card(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    project = _project(context, given["projectId"])
    pair = _by_id(context, given["contentId"])
    item = add_item(context.world, project, *pair, context.who.who)
    return _answer(given, item=item_node(context, project, item))


def set_field(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    project, item, one = _cell(context, given)
    members = {
        "single_select": "singleSelectOptionId",
        "text": "text",
        "number": "number",
        "date": "date",
        "iteration": "iterationId",
    }
    name, value = members.get(one.data_type), given["value"]
    if name is None:
        raise failure("UNPROCESSABLE", f"The field of type {one.data_type} is currently not supported.")
    if name not in value or len(value) != 1:
        raise failure(
            "VALIDATION", f"Did not receive a {one.data_type} value to update a field of that type."
        )
    if name == "singleSelectOptionId" and value[name] not in {option.id for option in one.options}:
        raise failure("VALIDATION", "The single select option Id does not belong to the field")
    set_value(context.world, project, item, one, value[name], context.who.who)
    return _answer(given, projectV2Item=item_node(context, project, item))


def clear_field(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    project, item, one = _cell(context, given)
    set_value(context.world, project, item, one, None, context.who.who)
    return _answer(given, projectV2Item=item_node(context, project, item))


def add_labels(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    repository, issue = _subject(context, given["labelableId"])
    names = [_label(repository, one).name for one in given["labelIds"]]
    changes.add_labels(context.world, repository, issue, names, context.who.who)
    return _answer(given, labelable=subject_node(context, repository, issue))


def remove_labels(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    repository, issue = _subject(context, given["labelableId"])
    names = [_label(repository, one).name for one in given["labelIds"]]
    changes.remove_labels(context.world, repository, issue, names, context.who.who)
    return _answer(given, labelable=subject_node(context, repository, issue))


def add_comment(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    repository, issue = _subject(context, given["subjectId"], "read")
    comment = changes.add_comment(context.world, repository, issue, given["body"], context.who.who)
    shown = comment_node(context, repository, issue, comment)
    return _answer(
        given, subject=subject_node(context, repository, issue), commentEdge={"node": shown, "cursor": "1"}
    )


def close_issue(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    repository, issue = _subject(context, given["issueId"])
    reason = given.get("stateReason", "COMPLETED").lower()
    canonical = _by_id(context, given["duplicateIssueId"])[1] if given.get("duplicateIssueId") else None
    changes.set_state(context.world, issue, "closed", reason, context.who.who, duplicate_of=canonical)
    return _answer(given, issue=subject_node(context, repository, issue))


def reopen_issue(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    repository, issue = _subject(context, given["issueId"])
    changes.set_state(context.world, issue, "open", None, context.who.who)
    return _answer(given, issue=subject_node(context, repository, issue))


def create_label(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    repository = next(
        (one for one in context.world.repositories.values() if node("R", one.id) == given["repositoryId"]),
        None,
    )
    if repository is None or not visible(context.who, repository):
        raise _no_node(given["repositoryId"])
    _admitted(context, repository, "write")
    if given["name"].casefold() in repository.labels:
        raise failure("UNPROCESSABLE", "Name has already been taken")
    label = Label(context.world.id("label"), given["name"], given["color"], given.get("description"))
    repository.labels[label.name.casefold()] = label
    return _answer(given, label=label_node(repository, label))


MUTATIONS: Mapping[str, Callable[[Context, Mapping[str, Any]], dict[str, Any]]] = {
    "addComment": add_comment,
    "addLabelsToLabelable": add_labels,
    "addProjectV2ItemById": add_card,
    "clearProjectV2ItemFieldValue": clear_field,
    "closeIssue": close_issue,
    "createLabel": create_label,
    "removeLabelsFromLabelable": remove_labels,
    "reopenIssue": reopen_issue,
    "replaceActorsForAssignable": replace_actors,
    "updateProjectV2ItemFieldValue": set_field,
}


def _answer(given: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    return {**fields, "clientMutationId": given.get("clientMutationId")}


def _subject(context: Context, text: str, role: str = "triage") -> tuple[Repository, Issue]:
    repository, issue = _by_id(context, text)
    _admitted(context, repository, role, issue)
    return repository, issue


def _admitted(context: Context, repository: Repository, role: str, issue: Issue | None = None) -> None:
    needs = ISSUES_WRITE if issue is None or issue.pull is not None else ISSUES_WRITE[:1]
    try:
        admit(context.who, repository, needs, role)
    except Refusal as refusal:
        raise failure("FORBIDDEN", str(refusal)) from None


def _by_id(context: Context, text: str) -> tuple[Repository, Issue]:
    prefix, _, number = text.partition("_kwDO")
    pair = context.world.issue_by_id(int(number)) if number.isdecimal() else None
    right = pair is not None and prefix == ("PR" if pair[1].pull else "I")
    if pair is None or not right or not visible(context.who, pair[0]):
        raise _no_node(text)
    return pair


def _project(context: Context, text: str) -> Project:
    for project in context.world.projects.values():
        if node("PVT", project.id) == text:
            if not readable(context.who, project, "write"):
                raise failure("FORBIDDEN", "Resource not accessible by integration")
            return project
    raise _no_node(text)


def _cell(context: Context, given: Mapping[str, Any]) -> tuple[Project, Item, Field]:
    project = _project(context, given["projectId"])
    for item in project.items.values():
        if node("PVTI", item.id) == given["itemId"]:
            for one in project.fields.values():
                if field_id(one) == given["fieldId"]:
                    return project, item, one
            raise _no_node(given["fieldId"])
    raise _no_node(given["itemId"])


def _actor(context: Context, text: str) -> Account:
    for account in context.world.accounts.values():
        if node({"Bot": "BOT", "Organization": "O"}.get(account.type, "U"), account.id) == text:
            return account
    raise _no_node(text)


def _label(repository: Repository, text: str) -> Label:
    for label in repository.labels.values():
        if node("LA", label.id) == text:
            return label
    raise _no_node(text)


def _no_node(text: str) -> Exception:
    return failure("NOT_FOUND", f"Could not resolve to a node with the global id of '{text}'.")
