"""notify: a message to a channel, at least once. The policy names the channel, never a fact.

The key is of the message, not of the rule: whichever rule sends it, a receiver recognises the repetition.

The message is plain text: not every channel reads Markdown, and one that does shows it as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, Undetermined, effect_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.actions.plan import Effect
    from rulewright.program.program import Program


def notifying_rules(program: Program) -> Iterator[tuple[str, str]]:
    """(`policy/rule`, channel) of every notification that the enforced policies may send."""
    for policy in program.policies:
        if policy.mode == "enforce":
            for entry in policy.entries:
                for use in entry.then:
                    if use["action"] == "notify":
                        yield f"{policy.name}/{entry.id}", str(use["arguments"]["channel"])


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    channel = arguments["channel"]
    if context.channels is not None and channel not in context.channels:
        raise Undetermined(f"there is no channel `{channel}`")
    message = {"channel": channel, "text": context.body(arguments, "plain")}
    effect = context.effect("notify", message, emission=True)
    return (effect._replace(key=effect_key("notify", context.target, "", message)),)


NOTIFY: Final = Action("notify", frozenset({"channel"}), _wish, emission=True)
