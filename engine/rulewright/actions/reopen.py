"""reopen: opens a closed subject again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, undoing
from rulewright.actions.comment import comment_wish
from rulewright.actions.plan import Effect, Precondition

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    opening = context.effect("reopen", {})
    if not isinstance(arguments, dict) or "comment" not in arguments:
        return (opening,)
    if context.snapshot is not None and context.snapshot.state == "open":
        return (opening,)
    return (opening, comment_wish(context, context.template(arguments["comment"]), "reopen"))


def _needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return None if snapshot.state == "open" else effect


def _guard(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    return (Precondition("issue_closed", snapshot.state_reason),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    return snapshot._replace(state="open", state_reason="reopened")


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    reason = next((p.value for p in effect.preconditions if p.kind == "issue_closed"), None)
    return (undoing(effect, "close", {"reason": reason} if reason else {}, Precondition("issue_open")),)


def _claims(effect: Effect) -> tuple[tuple[str, Any], ...]:
    return (("state", "open"),)


REOPEN: Final = Action(
    "reopen",
    frozenset({"state", "state_reason", "comments"}),
    _wish,
    _needed,
    _guard,
    _predict,
    _inverse,
    _claims,
)
