"""set_milestone: the milestone, by its title. Undoing may take it off, writing does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.plan import Effect, Precondition
from rulewright.actions.words import Phrase, format_value
from rulewright.policy.actions import set_milestone as declared

if TYPE_CHECKING:
    from rulewright.actions.context import ActionContext
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    return (context.effect("set_milestone", {"milestone": context.word(arguments)}),)


def _select_needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return None if snapshot.milestone == effect.arguments["milestone"] else effect


def _preconditions(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    return (Precondition("milestone_is", snapshot.milestone),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    title = effect.arguments["milestone"]
    return snapshot._replace(milestone=None if title is None else str(title))


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    now = Precondition("milestone_is", effect.arguments["milestone"])
    return (effect.undone_by("set_milestone", {"milestone": effect.precondition_value("milestone_is")}, now),)


def _describe(effect: Effect) -> Phrase:
    after = format_value(effect.arguments.get("milestone"), 60)
    if not effect.has_precondition("milestone_is"):
        return "~", "set milestone", after
    return "~", "set milestone", f"{format_value(effect.precondition_value('milestone_is'), 60)} → {after}"


SET_MILESTONE: Final = Action(
    declared.SET_MILESTONE, _describe, _propose, _select_needed, _preconditions, _predict, _inverse
)
