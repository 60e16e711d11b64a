"""notify: a message to a channel, at least once. The policy names the channel, never a fact.

The message is plain text: not every channel reads Markdown, and one that does shows it as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, Undetermined

if TYPE_CHECKING:
    from rulewright.actions.plan import Effect

__all__ = ["NOTIFY"]


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    channel = arguments["channel"]
    if context.channels is not None and channel not in context.channels:
        raise Undetermined(f"there is no channel `{channel}`")
    return (
        context.effect(
            "notify", {"channel": channel, "text": context.body(arguments, "plain")}, emission=True
        ),
    )


NOTIFY: Final = Action("notify", frozenset({"channel"}), _wish, emission=True)
