"""Every action by its name, in the order of the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.add_labels import ADD_LABELS
from rulewright.actions.assign import ASSIGN
from rulewright.actions.close import CLOSE
from rulewright.actions.comment import COMMENT
from rulewright.actions.create_issue import CREATE_ISSUE
from rulewright.actions.fail import FAIL
from rulewright.actions.mask import MASK
from rulewright.actions.notify import NOTIFY
from rulewright.actions.prune_comment import PRUNE_COMMENT
from rulewright.actions.remove_labels import REMOVE_LABELS
from rulewright.actions.reopen import REOPEN
from rulewright.actions.set_field import SET_FIELD
from rulewright.actions.set_label import SET_LABEL
from rulewright.actions.set_milestone import SET_MILESTONE
from rulewright.actions.set_output import SET_OUTPUT
from rulewright.actions.set_title import SET_TITLE
from rulewright.actions.unassign import UNASSIGN
from rulewright.actions.warn import WARN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.action import Action
    from rulewright.actions.plan import Effect
    from rulewright.actions.words import Phrase

ACTIONS: Final[Mapping[str, Action]] = {
    action.name: action
    for action in (
        ADD_LABELS,
        REMOVE_LABELS,
        SET_LABEL,
        COMMENT,
        PRUNE_COMMENT,
        CLOSE,
        REOPEN,
        ASSIGN,
        UNASSIGN,
        SET_TITLE,
        MASK,
        SET_FIELD,
        SET_MILESTONE,
        NOTIFY,
        SET_OUTPUT,
        CREATE_ISSUE,
        FAIL,
        WARN,
    )
}


def describe_effect(effect: Effect) -> Phrase:
    """Glyph, verb and object of an effect."""
    return ACTIONS[effect.action].describe(effect)
