"""Project boards (Projects v2): reading the fields of a subject's items, and setting one.

A board belongs to an organisation or a user; policies name it by its number with the repository's owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.events.board_values import parse_board_date, parse_board_number
from rulewright.github.errors import GitHubError
from rulewright.github.graphql import nodes_at, object_at
from rulewright.policy.actions.set_field import format_board_text
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.json_types import as_object, as_objects, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.github.client import Client
    from rulewright.policy.json_types import Json, JsonObject

VALUES: Final = ("name", "text", "number", "date", "title")
"""Where the kinds of values keep what people see: option, text, number, date, iteration."""


def board_fields(client: Client, node: str, owner: str) -> JsonObject:
    """`number/field` → value, over the boards of `owner` that the subject `node` stands on. Raises GitHubError."""
    fields: JsonObject = {}
    for item in _iterate_items(client, node):
        project = object_at(item, "project")
        if (as_text(object_at(project, "owner").get("login")) or "").casefold() != owner.casefold():
            continue
        for value in nodes_at(item, "fieldValues"):
            name = object_at(value, "field").get("name")
            shown = next((value[key] for key in VALUES if value.get(key) is not None), None) if name else None
            if shown is not None:
                fields[f"{project['number']}/{name}"] = shown
    return fields


def find_board(client: Client, owner: str, number: int) -> JsonObject | None:
    """The board with its fields and options; None when the token sees none."""
    for kind in ("organization", "user"):
        data = client.graphql(f"{kind}_project", {"owner": owner, "number": number})
        board = as_object(object_at(data, kind).get("projectV2"))
        if board is not None:
            return board
    return None


def set_board_field(client: Client, board: JsonObject, node: str, field: str, value: Json) -> None:
    """Put the subject `node` on the board where it is not, and set or (None) clear its field. Raises SourceError."""
    known = [entry for entry in nodes_at(board, "fields") if "name" in entry]
    found = next((entry for entry in known if entry["name"] == field), None)
    if found is None:
        names = ", ".join(str(entry["name"]) for entry in known)
        raise SourceError(f"project {board['number']} has no field `{field}`", hint=f"it has {names}")
    written = None if value is None else _field_value(found, value)
    items = _iterate_items(client, node)
    item = next((entry["id"] for entry in items if object_at(entry, "project")["id"] == board["id"]), None)
    if item is None:
        if written is None:
            return
        added = client.graphql("add_project_item", {"project": board["id"], "content": node})
        item = object_at(added, "addProjectV2ItemById", "item")["id"]
    place = {"project": board["id"], "item": item, "field": found["id"]}
    if written is None:
        client.graphql("clear_project_field", place)
    else:
        client.graphql("set_project_field", {**place, "value": written})


def _iterate_items(client: Client, node: str) -> Iterator[JsonObject]:
    """The items of a subject on every board that the token sees."""
    after: Json = None
    while True:
        subject = object_at(client.graphql("project_items", {"id": node, "after": after}), "node")
        if "projectItems" not in subject:
            raise GitHubError("this cannot be added to a board", kind="graphql")
        yield from (item for item in nodes_at(subject, "projectItems") if item.get("project"))
        page = object_at(subject, "projectItems", "pageInfo")
        if not page["hasNextPage"]:
            return
        after = page["endCursor"]


def _field_value(field: JsonObject, value: Json) -> JsonObject:
    """A value as `ProjectV2FieldValue`, by the field's type. Raises SourceError for one that it cannot take."""
    name = field["name"]
    match field.get("dataType"):
        case "SINGLE_SELECT":
            return {"singleSelectOptionId": _option_id(field, value)}
        case "ITERATION":
            return {"iterationId": _iteration_id(field, value)}
        case "NUMBER":
            number = parse_board_number(value)
            if number is None:
                raise SourceError(f"the field `{name}` takes a number")
            return {"number": number}
        case "DATE":
            date = parse_board_date(value)
            if date is None:
                raise SourceError(f"the field `{name}` takes a date", hint="such as 2026-01-05")
            return {"date": date}
        case "TEXT":
            return {"text": format_board_text(value)}
    raise SourceError(
        f"the field `{name}` is set by GitHub only", hint="use the actions for labels and assignees"
    )


def _option_id(field: JsonObject, value: Json) -> Json:
    options = as_objects(field.get("options"))
    for option in options:
        if option["name"] == format_board_text(value):
            return option["id"]
    known = ", ".join(str(option["name"]) for option in options)
    message = f"the field `{field['name']}` has no option `{str(value)[:60]}`"
    raise SourceError(message, hint=f"it has {known}")


def _iteration_id(field: JsonObject, value: Json) -> Json:
    configuration = as_object(field.get("configuration")) or {}
    for iteration in as_objects(configuration.get("iterations")):
        if iteration["title"] == format_board_text(value):
            return iteration["id"]
    raise SourceError(f"the field `{field['name']}` has no iteration `{str(value)[:60]}`")
