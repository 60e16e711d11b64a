"""What a rule's actions want to be so, as far as their arguments tell before any event.

A claim is a field and the value it should have: `("label:bug", True)`, `("state", "closed")`. Arguments with
`{{ path }}` or `{fact: …}` say nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.policy.actions.table import ACTION_DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.actions.declaration import Claim
    from rulewright.policy.json_types import JsonObject
    from rulewright.policy.model import ActionUse


def literal(value: Any) -> str | int | float | None:
    """The value when it is written out, else None."""
    if isinstance(value, str):
        return None if "{{" in value or not value.strip() else value.strip()
    return value if isinstance(value, int | float) else None


def literal_arguments(use: ActionUse) -> JsonObject:
    """The arguments of one action that are written out; of a list, the texts in it that are."""
    declaration = ACTION_DECLARATIONS[use.name]
    found: JsonObject = {}
    for name, value in declaration.named(use.arguments).items():
        if name not in declaration.refers_to:
            found[name] = value
        elif name == declaration.item_argument:
            items = map(literal, value if isinstance(value, list) else [value])
            found[name] = [item for item in items if isinstance(item, str)]
        elif (written := literal(value)) is not None:
            found[name] = written
    return found


def claims(use: ActionUse) -> Iterator[Claim]:
    """The claims of one action."""
    return ACTION_DECLARATIONS[use.name].claims(literal_arguments(use))


def whole_claims(use: ActionUse) -> list[Claim] | None:
    """The claims of one action; None where an argument hides what else it wants."""
    found = list(claims(use))
    given = use.arguments if isinstance(use.arguments, list) else [use.arguments]
    return found if found and (use.name == "set_label" or len(found) == len(given)) else None
