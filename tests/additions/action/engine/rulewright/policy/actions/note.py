"""Declaration of `note`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

NOTE: Final = ActionDeclaration(
    name="note",
    description="Writes a note into the report. The argument: what; `{{ path }}` inserts a fact.",
    arguments={"type": "string", "minLength": 1},
    examples=("Seen by the night shift.",),
    effect=schema.members("A note.", {"message": schema.plan_definition("text", "The text of the warning.")}),
    changes=frozenset({"verdict"}),
    annotation="notice",
    short_form="message",
    refers_to={"message": "text"},
)
