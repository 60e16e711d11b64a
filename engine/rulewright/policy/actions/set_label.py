"""Declaration of `set_label`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.claims import label_field
from rulewright.policy.actions.declaration import ActionDeclaration
from rulewright.policy.json_types import as_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.actions.declaration import Claim
    from rulewright.policy.json_types import Json


def _claims(arguments: Mapping[str, Json]) -> Iterator[Claim]:
    if {"group", "value"} <= arguments.keys():
        group, value = str(arguments["group"]).casefold(), str(arguments["value"]).casefold()
        yield f"label_group:{group}", value
        yield label_field(f"{group}/{value}"), True
    for name in as_texts(arguments.get("remove")):
        yield label_field(name), False


SET_LABEL: Final = ActionDeclaration(
    name="set_label",
    description="Sets the one label of an exclusive group: adds `group/value` and removes every other `group/…`.",
    arguments=schema.members(
        "",
        {
            "group": schema.text("The part before the slash.", pattern="^[^/{}]+$"),
            "value": schema.one_of(schema.TEXT, schema.FACT, description="The part after the slash."),
        },
    ),
    examples=(
        {"group": "severity", "value": "high"},
        {"group": "severity", "value": {"fact": "severity"}},
    ),
    effect=schema.members(
        "The one label of a group.",
        {
            "group": schema.resolved_text(
                "The part before the slash.",
                r"^[^/{}\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]+",
                "the name of a group: the part before the slash",
            ),
            "value": schema.plan_definition("label", "The part after the slash."),
            "label": schema.plan_definition("label", "`group/value`."),
            "remove": schema.resolved_array(
                "The other labels of the group, which are removed.",
                schema.plan_definition("label"),
                may_be_empty=True,
            ),
        },
        optional=("remove",),
    ),
    changes=frozenset({"labels"}),
    short_form="label",
    refers_to={"value": "text"},
    permission="subject",
    role="triage",
    reads=frozenset({"timeline"}),
    memory="lasting",
    undo="the labels before",
    claims=_claims,
)
