"""Boards in GraphQL: projects, fields, cards and their values."""

from __future__ import annotations

from typing import Any

from github_simulator.clock import stamp
from github_simulator.graphql.node import Context, Maker, connection, failure
from github_simulator.graphql.people import account_node, small
from github_simulator.projects import Field, Item, Project, readable
from github_simulator.render import HTML, node
from github_simulator.world import Issue

__all__ = ["cards", "field_id", "item_node", "project_node"]

_VALUES = {
    "single_select": "ProjectV2ItemFieldSingleSelectValue",
    "text": "ProjectV2ItemFieldTextValue",
    "title": "ProjectV2ItemFieldTextValue",
    "number": "ProjectV2ItemFieldNumberValue",
    "date": "ProjectV2ItemFieldDateValue",
}


def project_node(context: Context, project: Project) -> dict[str, Any]:
    kind = "orgs" if project.owner.type == "Organization" else "users"
    path = f"/{kind}/{project.owner.login}/projects/{project.number}"
    now = stamp(project.created_at)
    fields = list(project.fields.values())
    return {
        "__typename": "ProjectV2",
        "id": node("PVT", project.id),
        "databaseId": small(project.id),
        "fullDatabaseId": str(project.id),
        "number": project.number,
        "title": project.title,
        "closed": project.closed,
        "closedAt": now if project.closed else None,
        "public": project.public,
        "template": False,
        "readme": None,
        "shortDescription": None,
        "createdAt": now,
        "updatedAt": now,
        "url": HTML + path,
        "resourcePath": path,
        "viewerCanUpdate": readable(context.who, project, "write"),
        "viewerCanClose": readable(context.who, project, "write"),
        "owner": Maker(lambda: account_node(context, project.owner)),
        "creator": Maker(lambda: account_node(context, project.owner)),
        "fields": connection("fields", fields, lambda one: _field(context, project, one)),
        "field": Maker(
            lambda name: next((_field(context, project, one) for one in fields if one.name == name), None)
        ),
        "items": connection("items", project.items.values(), lambda one: item_node(context, project, one)),
    }


def field_id(one: Field) -> str:
    return node("PVTSSF" if one.data_type == "single_select" else "PVTF", one.id)


def _field(context: Context, project: Project, one: Field) -> dict[str, Any]:
    now = stamp(project.created_at)
    shown: dict[str, Any] = {
        "__typename": "ProjectV2SingleSelectField" if one.data_type == "single_select" else "ProjectV2Field",
        "id": field_id(one),
        "databaseId": small(one.id),
        "name": one.name,
        "dataType": one.data_type.upper(),
        "createdAt": now,
        "updatedAt": now,
        "project": Maker(lambda: project_node(context, project)),
    }
    if one.data_type == "single_select":
        shown["options"] = Maker(
            lambda names=None: [
                {
                    "id": option.id,
                    "name": option.name,
                    "nameHTML": option.name,
                    "color": option.color,
                    "description": "",
                    "descriptionHTML": "",
                }
                for option in one.options
                if names is None or option.name in names
            ]
        )
    return shown


def item_node(context: Context, project: Project, item: Item) -> dict[str, Any]:
    from github_simulator.graphql.subjects import subject_node

    def by_name(name: str) -> Any:
        found = [one for one in project.fields.values() if one.name == name]
        return _value(context, project, item, found[0]) if found else None

    values = [_value(context, project, item, one) for one in project.fields.values()]
    return {
        "__typename": "ProjectV2Item",
        "id": node("PVTI", item.id),
        "databaseId": small(item.id),
        "fullDatabaseId": str(item.id),
        "type": "PULL_REQUEST" if item.issue.pull else "ISSUE",
        "isArchived": item.archived,
        "createdAt": stamp(item.created_at),
        "updatedAt": stamp(item.updated_at),
        "creator": Maker(lambda: account_node(context, item.creator)),
        "project": Maker(lambda: project_node(context, project)),
        "content": Maker(lambda: subject_node(context, item.repository, item.issue)),
        "fieldValueByName": Maker(by_name),
        "fieldValues": connection("fieldValues", [one for one in values if one is not None], lambda one: one),
    }


def _value(context: Context, project: Project, item: Item, one: Field) -> dict[str, Any] | None:
    value = item.issue.title if one.data_type == "title" else item.values.get(one.id)
    if value is None or one.data_type not in _VALUES:
        return None
    shown: dict[str, Any] = {
        "__typename": _VALUES[one.data_type],
        "id": node("PVTFV", item.id * 100 + one.id % 100),
        "databaseId": None,
        "createdAt": stamp(item.created_at),
        "updatedAt": stamp(item.updated_at),
        "creator": Maker(lambda: account_node(context, item.creator)),
        "field": Maker(lambda: _field(context, project, one)),
        "item": Maker(lambda: item_node(context, project, item)),
    }
    if one.data_type == "single_select":
        chosen = next(option for option in one.options if option.id == value)
        shown |= {"optionId": chosen.id, "name": chosen.name, "nameHTML": chosen.name, "color": chosen.color}
        shown |= {"description": "", "descriptionHTML": ""}
    else:
        shown["text" if one.data_type == "title" else one.data_type] = value
    return shown


def cards(context: Context, issue: Issue) -> Maker:
    """`projectItems`: cards of boards that the token cannot reach are errors for an app, hidden from a person."""

    def seen(includeArchived: bool = True, **page: Any) -> Any:
        found = [
            (project, item)
            for _, project in sorted(context.world.projects.items())
            for item in project.items.values()
            if item.issue is issue and (includeArchived or not item.archived)
        ]
        if context.who.kind == "user":
            found = [pair for pair in found if readable(context.who, pair[0])]
        return connection("projectItems", found, shown).make(**page)

    def shown(pair: tuple[Project, Item]) -> Any:
        if not readable(context.who, pair[0]):
            return failure("FORBIDDEN", "Resource not accessible by integration")
        return item_node(context, *pair)

    return Maker(seen)
