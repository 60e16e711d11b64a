"""reopen: opens a closed subject again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.comment import propose_comment
from rulewright.actions.plan import Effect, Precondition
from rulewright.policy.actions import reopen as declared

if TYPE_CHECKING:
    from rulewright.actions.context import ActionContext
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    opening = context.effect("reopen", {})
    is_open = context.snapshot is not None and context.snapshot.state == "open"
    if not isinstance(arguments, dict) or "comment" not in arguments or is_open:
        return (opening,)
    return (opening, propose_comment(context, context.template(str(arguments["comment"])), "reopen"))


def _select_needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return None if snapshot.state == "open" else effect


def _preconditions(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    return (Precondition("issue_closed", snapshot.state_reason),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    return snapshot._replace(state="open", state_reason="reopened")


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    reason = effect.precondition_value("issue_closed")
    return (effect.undone_by("close", {"reason": reason} if reason else {}, Precondition("issue_open")),)


REOPEN: Final = Action(
    declared.REOPEN,
    lambda _: ("~", "reopen", ""),
    _propose,
    _select_needed,
    _preconditions,
    _predict,
    _inverse,
)
