"""The declarations of all actions by name. Their order is that of schemas, reports and docs/actions.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions.add_labels import ADD_LABELS
from rulewright.policy.actions.assign import ASSIGN
from rulewright.policy.actions.close import CLOSE
from rulewright.policy.actions.comment import COMMENT
from rulewright.policy.actions.create_issue import CREATE_ISSUE
from rulewright.policy.actions.fail import FAIL
from rulewright.policy.actions.mask import MASK
from rulewright.policy.actions.notify import NOTIFY
from rulewright.policy.actions.prune_comment import PRUNE_COMMENT
from rulewright.policy.actions.remove_labels import REMOVE_LABELS
from rulewright.policy.actions.reopen import REOPEN
from rulewright.policy.actions.set_field import SET_FIELD
from rulewright.policy.actions.set_label import SET_LABEL
from rulewright.policy.actions.set_milestone import SET_MILESTONE
from rulewright.policy.actions.set_output import SET_OUTPUT
from rulewright.policy.actions.set_title import SET_TITLE
from rulewright.policy.actions.unassign import UNASSIGN
from rulewright.policy.actions.warn import WARN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.actions.declaration import ActionDeclaration

ACTION_DECLARATIONS: Final[Mapping[str, ActionDeclaration]] = {
    declaration.name: declaration
    for declaration in (
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
