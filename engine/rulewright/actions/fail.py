"""fail: a negative verdict for the run (exit code 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.words import describe_message
from rulewright.policy.actions import fail as declared

if TYPE_CHECKING:
    from rulewright.actions.context import ActionContext
    from rulewright.actions.plan import Effect
    from rulewright.policy.json_types import Json


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    return (context.effect("fail", {"message": context.render(str(arguments), "plain")}),)


FAIL: Final = Action(declared.FAIL, describe_message("x", "fail"), _propose)
