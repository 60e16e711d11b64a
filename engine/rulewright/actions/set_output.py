"""set_output: one output of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.template import Undetermined
from rulewright.actions.words import Phrase, format_value
from rulewright.policy.actions import set_output as declared
from rulewright.program.template import paths_in_argument

if TYPE_CHECKING:
    from rulewright.actions.context import ActionContext
    from rulewright.actions.plan import Effect
    from rulewright.policy.json_types import Json


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    """Outputs are what a workflow's shell reads: text that anyone may have written is none."""
    given = declared.SET_OUTPUT.named(arguments)
    for path in paths_in_argument(given["value"]):
        if context.marked(path):
            raise Undetermined(f"`{path}` may be written by anyone, and is not allowed as an output", path)
    value = context.read(given["value"])
    if not isinstance(value, str | int | float | list):
        raise Undetermined("an output takes text, a number, a boolean or a list")
    return (context.effect("set_output", {"name": given["name"], "value": value}),)


def _describe(effect: Effect) -> Phrase:
    name, value = effect.arguments.get("name"), effect.arguments.get("value")
    return "!", "set output", f"{format_value(name, 60)} = {format_value(value, 90)}"


SET_OUTPUT: Final = Action(declared.SET_OUTPUT, _describe, _propose)
