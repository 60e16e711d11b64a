"""warn: a warning in the report; the exit code stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.words import describe_message
from rulewright.policy.actions import warn as declared

if TYPE_CHECKING:
    from rulewright.actions.context import ActionContext
    from rulewright.actions.plan import Effect
    from rulewright.policy.json_types import Json


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    return (context.effect("warn", {"message": context.render(str(arguments), "plain")}),)


WARN: Final = Action(declared.WARN, describe_message("!", "warn"), _propose)
