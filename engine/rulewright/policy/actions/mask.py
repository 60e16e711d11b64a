"""Declaration of `mask`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

MASK: Final = ActionDeclaration(
    name="mask",
    description="Masks the findings of a `detect` fact in the title, the body and the comments. The edit "
    "history keeps the old text, so rotate the secret. Argument: the name of a `detect` fact under `let:`.",
    arguments={"type": "string", "minLength": 1, "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
    examples=("pii",),
    effect=schema.members(
        "The text to mask.",
        {
            "fact": schema.plan_definition("line", "The `detect` facts, by name."),
            "fields": schema.resolved_array("The changed fields.", schema.plan_definition("field")),
            "findings": schema.resolved_array(
                "The positions of the findings.",
                schema.members(
                    "A finding.",
                    {
                        "field": schema.plan_definition("field", "The field."),
                        "start": schema.integer(
                            "The index of its first character, from 0.", minimum=0, in_plan=True
                        ),
                        "end": schema.integer("The index after its last character.", in_plan=True),
                        "type": schema.resolved_text(
                            "The type.",
                            "^[a-z0-9][a-z0-9_.-]{0,39}",
                            "a finding type",
                            hint="use a type such as `email`",
                        ),
                    },
                ),
                may_be_empty=True,
            ),
            "masked": {
                "type": "object",
                "description": "Field → SHA-256 of the masked text.",
                "propertyNames": schema.plan_definition("field"),
                "additionalProperties": schema.plan_definition("sha256"),
            },
        },
    ),
    changes=frozenset({"title", "body", "comments"}),
    short_form="fact",
    refers_to={"fact": "fact"},
    permission="subject",
    role="write",
    memory="change",
)
