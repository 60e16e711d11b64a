"""warn: a warning in the report; the exit code stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context

if TYPE_CHECKING:
    from rulewright.actions.plan import Effect


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    return (context.effect("warn", {"message": context.render(arguments, "plain")}, emission=True),)


WARN: Final = Action("warn", frozenset({"verdict"}), _wish, emission=True)
