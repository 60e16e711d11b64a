"""What a rule's actions want to be so, as far as their arguments tell before any event.

A claim is a field and the value it should have: `("label:bug", True)`, `("state", "closed")`. Arguments with
`{{ path }}` or `{fact: …}` say nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.model import ActionUse

Claim = tuple[str, Any]

_LISTS: Final = {
    "add_labels": ("label:", True),
    "remove_labels": ("label:", False),
    "assign": ("assignee:", True),
    "unassign": ("assignee:", False),
}


def literal(value: Any) -> Any:
    """The value when it is written out, else None."""
    if isinstance(value, str):
        return None if "{{" in value or not value.strip() else value.strip()
    return value if isinstance(value, int | float) else None


def literals(value: Any) -> list[str]:
    """The texts of a list, or of one value, that are written out."""
    if isinstance(value, dict) and "users" in value:
        value = value["users"]
    return [
        one
        for item in (value if isinstance(value, list) else [value])
        if isinstance(one := literal(item), str)
    ]


def whole_claims(use: ActionUse) -> list[Claim] | None:
    """The claims of one action; None where an argument hides what else it wants."""
    found = list(claims(use))
    given = use.arguments if isinstance(use.arguments, list) else [use.arguments]
    return found if found and (use.name == "set_label" or len(found) == len(given)) else None


def claims(use: ActionUse) -> Iterator[Claim]:
    """The claims of one action."""
    name, given = use.name, use.arguments
    if name in _LISTS:
        prefix, wanted = _LISTS[name]
        for text in literals(given):
            shown = text.removeprefix("@") if prefix == "assignee:" else text
            yield prefix + shown.casefold(), wanted
    elif name == "set_label":
        group, value = str(given["group"]).casefold(), literal(given["value"])
        if value is not None:
            yield f"label_group:{group}", str(value).casefold()
            yield f"label:{group}/{str(value).casefold()}", True
    elif name in ("close", "reopen"):
        yield "state", "closed" if name == "close" else "open"
    elif name == "set_title":
        text = literal(given.get("text") if isinstance(given, dict) else given)
        if text is not None:
            yield "title", text
    elif name == "set_milestone":
        if (title := literal(given)) is not None:
            yield "milestone", title
    elif name == "set_field":
        if (value := literal(given["value"])) is not None:
            yield f"field:{given['project']}/{given['field']}".casefold(), value
    elif name == "set_output" and (value := literal(given["value"])) is not None:
        yield f"output:{given['name']}", value
