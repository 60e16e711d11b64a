"""unassign: removes assignees who are named; the others stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.item_actions import REMOVING, item_action
from rulewright.actions.logins import resolve_logins
from rulewright.policy.actions import unassign as declared

if TYPE_CHECKING:
    from rulewright.actions.action import Action

UNASSIGN: Final[Action] = item_action(
    declared.UNASSIGN,
    REMOVING,
    "assignees",
    resolve_logins,
    inverse="assign",
    verbs=("unassign", "unassign"),
)
