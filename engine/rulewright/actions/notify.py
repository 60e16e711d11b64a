"""notify: a message to a channel, at least once. The policy names the channel, never a fact.

The key is of the message, not of the rule: whichever rule sends it, a receiver recognises the repetition.

The message is plain text: not every channel reads Markdown, and one that does shows it as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.plan import Effect, effect_key
from rulewright.actions.template import Undetermined
from rulewright.actions.words import Phrase, as_read, format_value, quote_value
from rulewright.policy.actions import notify as declared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.actions.context import ActionContext
    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.program.program import Program


def notifying_rules(program: Program) -> Iterator[tuple[str, str]]:
    """(`policy/rule`, channel) of every notification that the enforced policies may send."""
    for policy in program.policies:
        if policy.mode == "enforce":
            for entry in policy.entries:
                for use in entry.actions:
                    if use.name == "notify" and isinstance(use.arguments, dict):
                        yield f"{policy.name}/{entry.id}", str(use.arguments["channel"])


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    given = declared.NOTIFY.named(arguments)
    channel = str(given["channel"])
    if context.channels is not None and channel not in context.channels:
        raise Undetermined(f"unknown channel `{channel}`")
    message: JsonObject = {"channel": channel, "text": context.body(given, "plain")}
    key = effect_key("notify", context.target, "", message)
    return (context.effect("notify", message)._replace(key=key),)


def _describe(effect: Effect) -> Phrase:
    channel = format_value(effect.arguments.get("channel"), 60)
    return "!", "notify", f"{channel}: {quote_value(as_read(effect.arguments.get('text')))}"


NOTIFY: Final = Action(declared.NOTIFY, _describe, _propose)
