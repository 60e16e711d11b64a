"""Declaration of `reopen`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

REOPEN: Final = ActionDeclaration(
    name="reopen",
    description="Reopens a closed issue or pull request.",
    arguments=schema.one_of(
        schema.no_argument("Nothing to say."),
        schema.members("A comment.", {"comment": schema.template_name()}, optional=("comment",)),
    ),
    examples=(None, {"comment": "reopened_notice"}),
    effect=schema.members("Nothing.", {}),
    changes=frozenset({"state", "state_reason", "comments"}),
    refers_to={"comment": "template"},
    permission="subject",
    role="triage",
    reads=frozenset({"timeline"}),
    memory="change",
    notifies_people=True,
    undo="closes for the reason before",
    claims=lambda _: iter([("state", "open")]),
    changes_only_claims=True,
)
