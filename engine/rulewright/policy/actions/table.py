"""The declarations of all actions by name. Their order is that of schemas, reports and docs/actions.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.lazy import LazyTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.actions.declaration import ActionDeclaration

ACTION_NAMES: Final = (
    "add_labels",
    "remove_labels",
    "set_label",
    "comment",
    "prune_comment",
    "close",
    "reopen",
    "assign",
    "unassign",
    "set_title",
    "mask",
    "set_field",
    "set_milestone",
    "notify",
    "set_output",
    "create_issue",
    "fail",
    "warn",
)
ACTION_DECLARATIONS: Final[Mapping[str, ActionDeclaration]] = LazyTable(
    "rulewright.policy.actions", ACTION_NAMES
)
