"""Boards through REST, paged by cursors. Classic boards are gone: 410."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from github_simulator.call import Answer, Call, Refusal, gone, invalid, missing
from github_simulator.clock import stamp
from github_simulator.projects import Field, Item, Project, add_item, readable, set_value
from github_simulator.render import API, issue_json, label_json, milestone_json, node, user_json
from github_simulator.rest.pulls import pull_json
from github_simulator.rest.repositories import repository_json
from github_simulator.rest.route import Route

__all__ = ["ROUTES"]


def projects(call: Call) -> Answer:
    owner = _owner(call)
    found = [one for key, one in sorted(call.world.projects.items()) if key[0] == owner.casefold()]
    return _paged(call, [one for one in found if readable(call.identity, one)], project_json)


def project(call: Call) -> Answer:
    return Answer(200, project_json(_project(call)))


def fields(call: Call) -> Answer:
    found = _project(call)
    return _paged(call, list(found.fields.values()), lambda one: field_json(found, one))


def one_field(call: Call) -> Answer:
    found = _project(call)
    return Answer(200, field_json(found, _numbered(found.fields, call.parts["field_id"])))


def items(call: Call) -> Answer:
    found = _project(call)
    return _paged(call, list(found.items.values()), lambda one: item_json(call, found, one))


def one_item(call: Call) -> Answer:
    found = _project(call)
    return Answer(200, item_json(call, found, _numbered(found.items, call.parts["item_id"])))


def add(call: Call) -> Answer:
    found = _project(call, "write")
    if "id" in call.fields:
        pair = call.world.issue_by_id(call.fields["id"])
    else:
        repository = call.world.repository(f"{call.fields['owner']}/{call.fields['repo']}")
        issue = repository.issues.get(call.fields["number"]) if repository else None
        pair = (repository, issue) if repository and issue else None
    if pair is None:
        raise missing()
    item = add_item(call.world, found, *pair, call.who)
    return Answer(201, _item_base(found, item))


def change(call: Call) -> Answer:
    """All the fields or none: every value is checked first."""
    found = _project(call, "write")
    item = _numbered(found.items, call.parts["item_id"])
    wanted = [(_numbered(found.fields, str(one["id"])), one["value"]) for one in call.fields["fields"]]
    for one, value in wanted:
        _check(one, value)
    for one, value in wanted:
        set_value(call.world, found, item, one, value, call.who)
    return Answer(200, item_json(call, found, item))


def remove(call: Call) -> Answer:
    found = _project(call, "write")
    _numbered(found.items, call.parts["item_id"])
    del found.items[int(call.parts["item_id"])]
    return Answer(204)


def classic(call: Call) -> Answer:
    raise gone("Projects (classic) has been deprecated in favor of the new Projects experience.")


def project_json(project: Project) -> dict[str, Any]:
    now = stamp(project.created_at)
    return {
        "id": project.id,
        "node_id": node("PVT", project.id),
        "owner": user_json(project.owner),
        "creator": user_json(project.owner),
        "title": project.title,
        "description": None,
        "public": project.public,
        "closed_at": now if project.closed else None,
        "created_at": now,
        "updated_at": now,
        "number": project.number,
        "short_description": None,
        "deleted_at": None,
        "deleted_by": None,
        "state": "closed" if project.closed else "open",
        "latest_status_update": None,
        "is_template": False,
    }


def field_json(project: Project, one: Field) -> dict[str, Any]:
    now = stamp(project.created_at)
    shown: dict[str, Any] = {
        "id": one.id,
        "node_id": node("PVTF" if one.data_type != "single_select" else "PVTSSF", one.id),
        "project_url": _url(project),
        "name": one.name,
        "data_type": one.data_type,
        "created_at": now,
        "updated_at": now,
    }
    if one.data_type == "single_select":
        shown["options"] = [
            {
                "id": option.id,
                "name": {"raw": option.name, "html": option.name},
                "color": option.color,
                "description": {"raw": "", "html": ""},
            }
            for option in one.options
        ]
    return shown


def item_json(call: Call, project: Project, item: Item) -> dict[str, Any]:
    repository, issue = item.repository, item.issue
    content = pull_json(repository, issue) if issue.pull else issue_json(repository, issue)
    return {
        **_item_base(project, item),
        "content": {**content, "repository": repository_json(repository)},
        "fields": [_value_json(project, item, one) for one in project.fields.values()],
    }


def _item_base(project: Project, item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "node_id": node("PVTI", item.id),
        "content_type": "PullRequest" if item.issue.pull else "Issue",
        "creator": user_json(item.creator),
        "created_at": stamp(item.created_at),
        "updated_at": stamp(item.updated_at),
        "archived_at": stamp(item.updated_at) if item.archived else None,
        "project_url": _url(project),
        "item_url": f"{_url(project)}/items/{item.id}",
    }


def _value_json(project: Project, item: Item, one: Field) -> dict[str, Any]:
    issue, repository = item.issue, item.repository
    raw = item.values.get(one.id)
    value: Any = {
        "title": {"raw": issue.title, "html": issue.title},
        "labels": [label_json(repository, label) for label in issue.labels],
        "assignees": [user_json(account) for account in issue.assignees],
        "milestone": None if issue.milestone is None else milestone_json(repository, issue.milestone),
        "repository": None,
        "text": {"raw": raw, "html": raw} if raw is not None else None,
    }.get(one.data_type, raw)
    if one.data_type == "single_select":
        chosen = next((option for option in one.options if option.id == raw), None)
        value = chosen and {
            "id": chosen.id,
            "name": {"raw": chosen.name, "html": chosen.name},
            "color": chosen.color,
            "description": {"raw": "", "html": ""},
        }
    return {"id": one.id, "name": one.name, "data_type": one.data_type, "value": value}


def _check(one: Field, value: Any) -> None:
    kinds: dict[str, type | tuple[type, ...]] = {"number": (int, float), "text": str, "date": str}
    if value is None:
        return
    if one.data_type == "single_select":
        if value not in {option.id for option in one.options}:
            raise invalid("The single select option Id does not belong to the field")
    elif one.data_type not in kinds:
        raise invalid(f"The field of type {one.data_type} is currently not supported.")
    elif not isinstance(value, kinds[one.data_type]):
        raise invalid(f"The value of {one.name} is no {one.data_type}")


def _project(call: Call, level: str = "read") -> Project:
    text = call.parts["project_number"]
    found = call.world.projects.get((_owner(call).casefold(), int(text) if text.isdecimal() else 0))
    if call.identity.kind in ("actions", "app") and (
        found is None or not readable(call.identity, found, level)
    ):
        raise Refusal(403, "Resource not accessible by integration")
    if found is None:
        raise missing()
    if not readable(call.identity, found, level):
        raise Refusal(403, "Resource not accessible by personal access token")
    return found


def _owner(call: Call) -> str:
    return call.parts.get("org") or call.parts["username"]


def _numbered(found: dict[int, Any], text: str) -> Any:
    number = int(text) if text.isdecimal() else 0
    if number not in found:
        raise missing()
    return found[number]


def _url(project: Project) -> str:
    kind = "orgs" if project.owner.type == "Organization" else "users"
    return f"{API}/{kind}/{project.owner.login}/projectsV2/{project.number}"


def _paged(call: Call, found: list[Any], render: Callable[[Any], Any]) -> Answer:
    """By an opaque cursor in `after`."""
    size = min(100, int(call.query.get("per_page", "30")))
    start = 0
    if "after" in call.query:
        try:
            start = int(base64.b64decode(call.query["after"]).decode().removeprefix("item:"))
        except (ValueError, binascii.Error):
            raise invalid("The cursor is invalid") from None
    headers: tuple[tuple[str, str], ...] = ()
    if start + size < len(found):
        cursor = base64.b64encode(f"item:{start + size}".encode()).decode()
        headers = (("Link", f'<{call.link_base}?{urlencode({**call.query, "after": cursor})}>; rel="next"'),)
    return Answer(200, [render(one) for one in found[start : start + size]], headers)


def _both(method: str, suffix: str, handler: Callable[[Call], Answer]) -> tuple[Route, ...]:
    return tuple(Route(method, f"{base}{suffix}", handler) for base in ("/orgs/{org}", "/users/{username}"))


_ONE = "/projectsV2/{project_number}"

ROUTES = (
    *_both("GET", "/projectsV2", projects),
    *_both("GET", _ONE, project),
    *_both("GET", f"{_ONE}/fields", fields),
    *_both("GET", f"{_ONE}/fields/{{field_id}}", one_field),
    *_both("GET", f"{_ONE}/items", items),
    *_both("POST", f"{_ONE}/items", add),
    *_both("GET", f"{_ONE}/items/{{item_id}}", one_item),
    *_both("PATCH", f"{_ONE}/items/{{item_id}}", change),
    *_both("DELETE", f"{_ONE}/items/{{item_id}}", remove),
    Route("GET", "/repos/{owner}/{repo}/projects", classic),
    Route("GET", "/orgs/{org}/projects", classic),
)
