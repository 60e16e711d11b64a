"""assign: adds assignees; never replaces those who are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, narrowed, undoing
from rulewright.actions.labels import lacking, plus
from rulewright.actions.logins import logins
from rulewright.actions.plan import Effect, Precondition

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    return (context.effect("assign", {"users": logins(arguments, context)}),)


def _needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    missing = lacking(effect.arguments["users"], snapshot.assignees)
    return narrowed(effect, {"users": missing}) if missing else None


def _guard(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    return tuple(Precondition("assignee_absent", name) for name in effect.arguments["users"])


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    return snapshot._replace(assignees=plus(snapshot.assignees, effect.arguments["users"]))


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    names = effect.arguments["users"]
    guard = (Precondition("assignee_present", name) for name in names)
    return (undoing(effect, "unassign", {"users": list(names)}, *guard),)


def _claims(effect: Effect) -> tuple[tuple[str, Any], ...]:
    return tuple((f"assignee:{name.casefold()}", True) for name in effect.arguments["users"])


ASSIGN: Final = Action(
    "assign", frozenset({"assignees"}), _wish, _needed, _guard, _predict, _inverse, _claims
)
