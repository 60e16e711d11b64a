"""Project boards (Projects v2): reading the fields of a subject's items, and setting one.

A board belongs to an organisation or a user; policies name it by its number with the repository's owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.github.errors import GitHubError
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.github.client import Client

VALUES: Final = ("name", "text", "number", "date", "title")
"""Where the kinds of values keep what people see: option, text, number, date, iteration."""


def board_fields(client: Client, node: str, owner: str) -> dict[str, Any]:
    """`number/field` → value, over the boards of `owner` that the subject `node` stands on. Raises GitHubError."""
    out: dict[str, Any] = {}
    for item in _items(client, node):
        project = item["project"]
        if ((project.get("owner") or {}).get("login") or "").casefold() != owner.casefold():
            continue
        for value in item["fieldValues"]["nodes"]:
            name = ((value or {}).get("field") or {}).get("name")
            shown = next((value[key] for key in VALUES if value.get(key) is not None), None) if name else None
            if shown is not None:
                out[f"{project['number']}/{name}"] = shown
    return out


def find_board(client: Client, owner: str, number: int) -> dict[str, Any] | None:
    """The board with its fields and options; None when the token sees none."""
    for kind in ("organization", "user"):
        found = (client.graphql(f"{kind}_project", {"owner": owner, "number": number}).get(kind) or {}).get(
            "projectV2"
        )
        if found is not None:
            return dict(found)
    return None


def set_board_field(client: Client, board: dict[str, Any], node: str, field: str, value: Any) -> None:
    """Put the subject `node` on the board where it is not, and set or (None) clear its field. Raises SourceError."""
    found = next((one for one in board["fields"]["nodes"] if one and one.get("name") == field), None)
    if found is None:
        names = ", ".join(str(one["name"]) for one in board["fields"]["nodes"] if one and "name" in one)
        raise SourceError(f"project {board['number']} has no field `{field}`", hint=f"it has {names}")
    written = None if value is None else _written(found, value)
    item = next((one["id"] for one in _items(client, node) if one["project"]["id"] == board["id"]), None)
    if item is None:
        if written is None:
            return
        added = client.graphql("add_project_item", {"project": board["id"], "content": node})
        item = added["addProjectV2ItemById"]["item"]["id"]
    place = {"project": board["id"], "item": item, "field": found["id"]}
    if written is None:
        client.graphql("clear_project_field", place)
    else:
        client.graphql("set_project_field", {**place, "value": written})


def _items(client: Client, node: str) -> Iterator[dict[str, Any]]:
    """The items of a subject on every board that the token sees."""
    after = None
    while True:
        found = client.graphql("project_items", {"id": node, "after": after}).get("node") or {}
        if "projectItems" not in found:
            raise GitHubError("the subject can stand on no board", kind="graphql")
        items = found["projectItems"]
        yield from (item for item in items["nodes"] if item and item.get("project"))
        if not items["pageInfo"]["hasNextPage"]:
            return
        after = items["pageInfo"]["endCursor"]


def _written(field: dict[str, Any], value: Any) -> dict[str, Any]:
    """A value as `ProjectV2FieldValue`, by the field's type. Raises SourceError for one that it cannot take."""
    kind, name = field.get("dataType"), field["name"]
    if kind == "SINGLE_SELECT":
        for option in field.get("options") or ():
            if option["name"] == value:
                return {"singleSelectOptionId": option["id"]}
        known = ", ".join(option["name"] for option in field.get("options") or ())
        raise SourceError(f"the field `{name}` has no option `{str(value)[:60]}`", hint=f"it has {known}")
    if kind == "ITERATION":
        for iteration in (field.get("configuration") or {}).get("iterations") or ():
            if iteration["title"] == value:
                return {"iterationId": iteration["id"]}
        raise SourceError(f"the field `{name}` has no iteration `{str(value)[:60]}`")
    if kind == "NUMBER":
        try:
            return {"number": float(value)}
        except (TypeError, ValueError):
            raise SourceError(f"the field `{name}` takes a number") from None
    if kind == "DATE":
        return {"date": str(value)}
    if kind == "TEXT":
        return {"text": str(value)}
    raise SourceError(
        f"the field `{name}` is of a kind that GitHub sets itself", hint="labels and assignees have actions"
    )
