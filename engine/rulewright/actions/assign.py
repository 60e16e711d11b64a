"""assign: adds assignees; never replaces those who are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.item_actions import ADDING, item_action
from rulewright.actions.logins import resolve_logins
from rulewright.policy.actions import assign as declared

if TYPE_CHECKING:
    from rulewright.actions.action import Action

ASSIGN: Final[Action] = item_action(
    declared.ASSIGN,
    ADDING,
    "assignees",
    resolve_logins,
    inverse="unassign",
    verbs=("assign", "assign"),
)
