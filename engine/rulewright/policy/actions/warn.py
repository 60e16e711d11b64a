"""Declaration of `warn`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

WARN: Final = ActionDeclaration(
    name="warn",
    description="Says a warning. The exit code stays. The argument: what; `{{ path }}` stands for a fact.",
    arguments={"type": "string", "minLength": 1},
    examples=("No size estimate.",),
    effect=schema.members("A warning.", {"message": schema.plan_definition("text", "What about.")}),
    changes=frozenset({"verdict"}),
    annotation="warning",
    short_form="message",
    refers_to={"message": "text"},
)
