"""Declaration of `close`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

if TYPE_CHECKING:
    from rulewright.policy.json_types import JsonObject


_REASON: Final[JsonObject] = {
    "type": "string",
    "enum": schema.CLOSE_REASONS,
    "description": "The GitHub reason for closing an issue.",
}

CLOSE: Final = ActionDeclaration(
    name="close",
    description="Closes the issue or pull request. Default reason for an issue: `completed`; a pull request "
    "has no reason.",
    arguments=schema.one_of(
        schema.no_argument("Completed."),
        _REASON,
        schema.members(
            "The reason, and a comment.",
            {
                "reason": _REASON,
                "comment": schema.template_name(
                    hint="declare the text under `templates:`, and use its name here"
                ),
                "duplicate_of": schema.one_of(
                    schema.integer(),
                    schema.FACT,
                    description="The number of the original issue, with the reason `duplicate`.",
                ),
            },
            optional=("reason", "comment", "duplicate_of"),
        ),
    ),
    examples=(
        None,
        "not_planned",
        {"reason": "not_planned", "comment": "stale_notice"},
        {"reason": "duplicate", "duplicate_of": {"fact": "duplicates.canonical"}},
    ),
    effect=schema.members(
        "The reason for closing.",
        {
            "reason": {"enum": schema.CLOSE_REASONS, "description": "The GitHub reason."},
            "duplicate_of": schema.integer("The number of the original issue.", in_plan=True),
        },
        optional=("reason", "duplicate_of"),
    ),
    changes=frozenset({"state", "state_reason", "comments"}),
    short_form="reason",
    refers_to={"comment": "template", "duplicate_of": "text"},
    permission="subject",
    role="triage",
    reads=frozenset({"timeline"}),
    memory="change",
    notifies_people=True,
    undo="reopens",
    # The reason is none of it: two rules that close agree, and the first says why.
    claims=lambda _: iter([("state", "closed")]),
)
