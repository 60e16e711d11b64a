"""note: a line in the report, for readers only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.words import describe_message
from rulewright.policy.actions import note as declared

if TYPE_CHECKING:
    from rulewright.actions.context import ActionContext
    from rulewright.actions.plan import Effect
    from rulewright.policy.json_types import Json


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    return (context.effect("note", {"message": context.render(str(arguments), "plain")}),)


NOTE: Final = Action(declared.NOTE, describe_message("!", "note"), _propose)
