"""Labels: the repository's, and those on an issue."""

from __future__ import annotations

from github_simulator import changes
from github_simulator.call import Answer, Call, Refusal, field_error, missing, paged
from github_simulator.render import label_json
from github_simulator.rest.route import ISSUES, ISSUES_WRITE, Route
from github_simulator.world import Issue, Label

__all__ = ["ROUTES"]

MAX_NAME = 50


def list_labels(call: Call) -> Answer:
    ordered = sorted(call.repository.labels.values(), key=lambda one: one.name.casefold())
    return paged(call, ordered, lambda one: label_json(call.repository, one))


def get_label(call: Call) -> Answer:
    return Answer(200, label_json(call.repository, _label(call)))


def create_label(call: Call) -> Answer:
    repository, name = call.repository, call.fields["name"]
    _named(name)
    if name.casefold() in repository.labels:
        raise field_error("Label", "name", "already_exists")
    colour = call.fields.get("color", "ededed")
    label = Label(call.world.id("label"), name, colour, call.fields.get("description"))
    repository.labels[name.casefold()] = label
    return Answer(201, label_json(repository, label))


def change_label(call: Call) -> Answer:
    repository, label = call.repository, _label(call)
    name = call.fields.get("new_name", label.name)
    _named(name)
    if name.casefold() != label.name.casefold() and name.casefold() in repository.labels:
        raise field_error("Label", "name", "already_exists")
    del repository.labels[label.name.casefold()]
    label.name = name
    label.color = call.fields.get("color", label.color)
    label.description = call.fields.get("description", label.description)
    repository.labels[name.casefold()] = label
    return Answer(200, label_json(repository, label))


def delete_label(call: Call) -> Answer:
    """The label leaves every issue too."""
    label = _label(call)
    del call.repository.labels[label.name.casefold()]
    for issue in call.repository.issues.values():
        changes.remove_labels(call.world, call.repository, issue, [label.name], call.who)
    return Answer(204)


def on_issue(call: Call) -> Answer:
    return paged(call, call.issue().labels, lambda one: label_json(call.repository, one))


def add(call: Call) -> Answer:
    issue, names = call.issue(), _wanted(call)
    changes.add_labels(call.world, call.repository, issue, names, call.who)
    return _all(call, issue)


def replace(call: Call) -> Answer:
    issue, names = call.issue(), _wanted(call)
    folded = {name.casefold() for name in names}
    others = [one.name for one in issue.labels if one.name.casefold() not in folded]
    changes.remove_labels(call.world, call.repository, issue, others, call.who)
    changes.add_labels(call.world, call.repository, issue, names, call.who)
    return _all(call, issue)


def remove(call: Call) -> Answer:
    issue, name = call.issue(), call.parts["name"]
    if not issue.has(name):
        raise Refusal(404, "Label does not exist")
    changes.remove_labels(call.world, call.repository, issue, [name], call.who)
    return _all(call, issue)


def clear(call: Call) -> Answer:
    issue = call.issue()
    changes.remove_labels(call.world, call.repository, issue, [one.name for one in issue.labels], call.who)
    return Answer(204)


def _all(call: Call, issue: Issue) -> Answer:
    return Answer(200, [label_json(call.repository, one) for one in issue.labels])


def _label(call: Call) -> Label:
    found = call.repository.labels.get(call.parts["name"].casefold())
    if found is None:
        raise missing()
    return found


def _wanted(call: Call) -> list[str]:
    # A bare array is what the API took at first, and still takes.
    values = call.body if isinstance(call.body, list) else call.fields.get("labels", ())
    names = [one["name"] if isinstance(one, dict) else one for one in values]
    for name in names:
        _named(name)
    return names


def _named(name: str) -> None:
    if not name.strip():
        raise field_error("Label", "name", "missing_field")
    if len(name) > MAX_NAME:
        raise field_error(
            "Label", "name", "custom", message=f"name is too long (maximum is {MAX_NAME} characters)"
        )


_REPOSITORY = "/repos/{owner}/{repo}"
_ISSUE = f"{_REPOSITORY}/issues/{{issue_number}}"

ROUTES = (
    Route("GET", f"{_REPOSITORY}/labels", list_labels, ISSUES),
    Route("POST", f"{_REPOSITORY}/labels", create_label, ISSUES_WRITE, "write", creates=True),
    Route("GET", f"{_REPOSITORY}/labels/{{name}}", get_label, ISSUES),
    Route("PATCH", f"{_REPOSITORY}/labels/{{name}}", change_label, ISSUES_WRITE, "write"),
    Route("DELETE", f"{_REPOSITORY}/labels/{{name}}", delete_label, ISSUES_WRITE, "write"),
    Route("GET", f"{_ISSUE}/labels", on_issue, ISSUES),
    Route("POST", f"{_ISSUE}/labels", add, ISSUES_WRITE, "triage"),
    Route("PUT", f"{_ISSUE}/labels", replace, ISSUES_WRITE, "triage"),
    Route("DELETE", f"{_ISSUE}/labels", clear, ISSUES_WRITE, "triage"),
    Route("DELETE", f"{_ISSUE}/labels/{{name}}", remove, ISSUES_WRITE, "triage"),
)
