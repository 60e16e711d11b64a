"""Declaration of `fail`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

FAIL: Final = ActionDeclaration(
    name="fail",
    description="Gives the run a negative verdict (exit code 1). Argument: the reason; `{{ path }}` inserts a fact.",
    arguments={"type": "string", "minLength": 1},
    examples=("A secret was found in {{ title }}.",),
    effect=schema.members("A negative verdict.", {"message": schema.plan_definition("text", "The reason.")}),
    changes=frozenset({"verdict"}),
    annotation="error",
    short_form="message",
    refers_to={"message": "text"},
)
