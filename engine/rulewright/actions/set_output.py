"""set_output: one output of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, Undetermined
from rulewright.program.template import paths

if TYPE_CHECKING:
    from rulewright.actions.plan import Effect


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    """Outputs are what a workflow's shell reads: text that anyone may have written is none."""
    for path in _paths(arguments["value"]):
        if context.marked(path):
            raise Undetermined(f"`{path}` may be written by anyone, and may not become an output", path)
    value = context.read(arguments["value"])
    if not isinstance(value, str | int | float | list):
        raise Undetermined("an output takes text, a number, a boolean or a list")
    return (context.effect("set_output", {"name": arguments["name"], "value": value}, emission=True),)


def _paths(value: Any) -> tuple[str, ...]:
    if isinstance(value, dict):
        return (str(value.get("fact")),)
    return tuple(path for path, _ in paths(value)) if isinstance(value, str) else ()


def _claims(effect: Effect) -> tuple[tuple[str, Any], ...]:
    return ((f"output:{effect.arguments['name']}", effect.arguments["value"]),)


SET_OUTPUT: Final = Action("set_output", frozenset({"output"}), _wish, claims=_claims, emission=True)
