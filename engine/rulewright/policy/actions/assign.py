"""Declaration of `assign`."""

from __future__ import annotations

from functools import partial
from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.claims import claim_assignees
from rulewright.policy.actions.declaration import ActionDeclaration

ASSIGN: Final = ActionDeclaration(
    name="assign",
    description="Adds assignees; never replaces existing assignees.",
    arguments=schema.LOGINS,
    examples=("octocat", ["octocat", "hubot"], {"users": ["octocat"]}),
    effect=schema.RESOLVED_LOGINS,
    changes=frozenset({"assignees"}),
    short_form="users",
    refers_to={"users": "login"},
    item_argument="users",
    permission="assignees",
    role="triage",
    reads=frozenset({"timeline"}),
    notifies_people=True,
    undo="unassigns them",
    claims=partial(claim_assignees, present=True),
    changes_only_claims=True,
)
