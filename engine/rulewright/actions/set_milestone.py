"""set_milestone: the milestone, by its title. Undoing may take it off, writing does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, undoing
from rulewright.actions.plan import Effect, Precondition

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    return (context.effect("set_milestone", {"milestone": context.word(arguments)}),)


def _needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return None if snapshot.milestone == effect.arguments["milestone"] else effect


def _guard(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    return (Precondition("milestone_is", snapshot.milestone),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    return snapshot._replace(milestone=effect.arguments["milestone"])


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    before = next((p.value for p in effect.preconditions if p.kind == "milestone_is"), None)
    guard = Precondition("milestone_is", effect.arguments["milestone"])
    return (undoing(effect, "set_milestone", {"milestone": before}, guard),)


def _claims(effect: Effect) -> tuple[tuple[str, Any], ...]:
    return (("milestone", effect.arguments["milestone"]),)


SET_MILESTONE: Final = Action(
    "set_milestone", frozenset({"milestone"}), _wish, _needed, _guard, _predict, _inverse, _claims
)
