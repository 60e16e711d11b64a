"""add_labels: adds labels that the subject does not have, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.item_actions import ADDING, item_action
from rulewright.policy.actions import add_labels as declared

if TYPE_CHECKING:
    from rulewright.actions.action import Action

ADD_LABELS: Final[Action] = item_action(
    declared.ADD_LABELS,
    ADDING,
    "labels",
    lambda arguments, context: context.words(arguments),
    inverse="remove_labels",
    verbs=("add label", "add labels"),
)
