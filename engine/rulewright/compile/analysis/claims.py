"""What a rule's actions claim, as far as their arguments tell before any event: fields, and the value each should have.

Arguments with `{{ path }}` or `{fact: …}` say nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.actions.table import ACTION_DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.actions.declaration import Claim
    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.policy.model import ActionUse


def _read_literal(value: Json) -> str | int | float | None:
    """The value when it is written out, else None."""
    if isinstance(value, str):
        return None if "{{" in value or not value.strip() else value.strip()
    return value if isinstance(value, int | float) else None


def literal_arguments(use: ActionUse) -> JsonObject:
    """The arguments of one action that are written out; of a list, the texts in it that are."""
    declaration = ACTION_DECLARATIONS[use.name]
    written: JsonObject = {}
    for name, value in declaration.named(use.arguments).items():
        if name not in declaration.refers_to:
            written[name] = value
        elif name == declaration.item_argument:
            items = map(_read_literal, value if isinstance(value, list) else [value])
            written[name] = [item for item in items if isinstance(item, str)]
        elif (literal := _read_literal(value)) is not None:
            written[name] = literal
    return written


def claims_of(use: ActionUse) -> Iterator[Claim]:
    """The claims of one action."""
    return ACTION_DECLARATIONS[use.name].claims(literal_arguments(use))


def all_claims_of(use: ActionUse) -> list[Claim] | None:
    """The claims of one action; None where an argument hides what else it wants."""
    claims = list(claims_of(use))
    given = use.arguments if isinstance(use.arguments, list) else [use.arguments]
    return claims if claims and (use.name == "set_label" or len(claims) == len(given)) else None


def label_group(use: ActionUse) -> str | None:
    """The exclusive group of labels that a `set_label` sets, in lower case; None for any other action."""
    group = ACTION_DECLARATIONS[use.name].named(use.arguments).get("group")
    return str(group).casefold() if use.name == "set_label" and group is not None else None
