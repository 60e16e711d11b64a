"""Declaration of `add_labels`."""

from __future__ import annotations

from functools import partial
from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.claims import claim_labels
from rulewright.policy.actions.declaration import ActionDeclaration

ADD_LABELS: Final = ActionDeclaration(
    name="add_labels",
    description="Adds labels that are missing, one by one; never replaces the set.",
    arguments=schema.LABELS,
    examples=("security", ["security", "area/{{ component }}"], [{"fact": "suggested_label"}]),
    effect=schema.RESOLVED_LABELS,
    changes=frozenset({"labels"}),
    short_form="labels",
    refers_to={"labels": "label"},
    item_argument="labels",
    permission="subject",
    role="triage",
    reads=frozenset({"timeline"}),
    memory="lasting",
    undo="removes them",
    claims=partial(claim_labels, present=True),
    changes_only_claims=True,
)
