"""remove_labels: removes labels that the subject has, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.item_actions import REMOVING, item_action
from rulewright.policy.actions import remove_labels as declared

if TYPE_CHECKING:
    from rulewright.actions.action import Action

REMOVE_LABELS: Final[Action] = item_action(
    declared.REMOVE_LABELS,
    REMOVING,
    "labels",
    lambda arguments, context: context.words(arguments),
    inverse="add_labels",
    verbs=("remove label", "remove labels"),
)
