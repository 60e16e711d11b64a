"""Declaration of `remove_labels`."""

from __future__ import annotations

from functools import partial
from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.claims import claim_labels
from rulewright.policy.actions.declaration import ActionDeclaration

REMOVE_LABELS: Final = ActionDeclaration(
    name="remove_labels",
    description="Removes labels that are set, one by one; never replaces the set.",
    arguments=schema.LABELS,
    examples=("needs-info", ["needs-info", "stale"]),
    effect=schema.RESOLVED_LABELS,
    changes=frozenset({"labels"}),
    short_form="labels",
    refers_to={"labels": "label"},
    item_argument="labels",
    permission="subject",
    role="triage",
    reads=frozenset({"timeline"}),
    memory="change",
    undo="adds them",
    claims=partial(claim_labels, present=False),
    changes_only_claims=True,
)
