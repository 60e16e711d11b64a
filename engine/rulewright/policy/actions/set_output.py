"""Declaration of `set_output`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.claims import claim_argument
from rulewright.policy.actions.declaration import ActionDeclaration

_NAME: Final = "^[A-Za-z_][A-Za-z0-9_-]*"

SET_OUTPUT: Final = ActionDeclaration(
    name="set_output",
    description="Sets an output of the run: a step output in GitHub Actions.",
    arguments=schema.members(
        "",
        {
            "name": schema.text("The name of the output.", pattern=f"{_NAME}$"),
            "value": schema.one_of(
                schema.TEXT, schema.NUMBER, {"type": "boolean"}, schema.FACT, description="The value."
            ),
        },
    ),
    examples=({"name": "severity", "value": {"fact": "severity"}}, {"name": "blocked", "value": True}),
    effect=schema.members(
        "An output of the run.",
        {
            "name": schema.resolved_text(
                "The name.",
                _NAME,
                "the name of an output",
                hint="use letters, digits, `_` and `-`",
                maxLength=200,
            ),
            "value": schema.one_of(
                schema.plan_definition("text"),
                schema.NUMBER,
                {"type": "boolean"},
                {"type": "array"},
                description="Text, a number, true or false, or a list.",
            ),
        },
    ),
    changes=frozenset({"output"}),
    refers_to={"value": "text"},
    forbids_marked_text={"value": "become an output, which a shell may read"},
    claims=claim_argument("output:{name}", "value", "name"),
)
