"""fail: a negative verdict for the run (exit code 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context

if TYPE_CHECKING:
    from rulewright.actions.plan import Effect


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    return (context.effect("fail", {"message": context.render(arguments, "plain")}, emission=True),)


FAIL: Final = Action("fail", frozenset({"verdict"}), _wish, emission=True)
