"""Declaration of `warn`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

WARN: Final = ActionDeclaration(
    name="warn",
    description="Reports a warning without changing the exit code. Argument: the text; `{{ path }}` inserts a fact.",
    arguments={"type": "string", "minLength": 1},
    examples=("No size estimate.",),
    effect=schema.members(
        "A warning.", {"message": schema.plan_definition("text", "The text of the warning.")}
    ),
    changes=frozenset({"verdict"}),
    annotation="warning",
    short_form="message",
    refers_to={"message": "text"},
)
