"""The reply of a server with OpenAI's chat completions: its text, why there is none, its tokens.

Servers that speak this interface fill it in differently: content as text or as parts, an answer as the arguments of a
tool call, refusals in a field of their own, several words for one reason to finish.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.models.providers import ProviderError
from rulewright.policy.json_types import as_array, as_object, as_objects, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.json_types import Json, JsonObject

ENDED: Final = frozenset(
    (
        "",
        "stop",
        "stop_sequence",
        "eos",
        "eos_token",
        "end_turn",
        "complete",
        "completed",
        "tool_calls",
        "tool_use",
        "function_call",
    )
)
"""Reasons to finish of an answer that is whole: OpenAI, Anthropic, Cohere, text-generation-inference."""
TRUNCATED: Final = frozenset(("length", "max_tokens", "max_output_tokens", "model_length", "max_length"))
FILTERED: Final = frozenset(
    ("content_filter", "safety", "recitation", "blocklist", "prohibited_content", "refusal")
)
TEXT_PARTS: Final = frozenset(("text", "output_text"))
REASONING_PARTS: Final = frozenset(("thinking", "reasoning", "redacted_thinking"))
BYTES_PER_TOKEN: Final = 3
"""For an estimate where a server counts nothing: below the 4 of English and near that of Chinese and Japanese (3 bytes
and about one token a character), so that a budget is reached early rather than late."""


class ChatReply(NamedTuple):
    """`text` is None where there is no answer: then `problem` says why, with the code of an abstention. `choice`: the
    choice that was read, for its log probabilities."""

    text: str | None
    choice: JsonObject
    problem: str = ""
    code: str = "invalid"


def read_chat_reply(reply: Json) -> ChatReply:
    """The first choice of a reply. Raises ProviderError for a reply of another shape."""
    choices = as_array((as_object(reply) or {}).get("choices"))
    choice = as_object(choices[0]) if choices else None
    if choice is None:
        raise ProviderError("the answer has no choices")
    reason = (as_text(choice.get("finish_reason")) or "").lower()
    if reason in TRUNCATED:
        return ChatReply(None, choice, "the answer was truncated", "too_long")
    if reason in FILTERED:
        return ChatReply(None, choice, "the server's content filter cut the answer")
    if reason not in ENDED:
        return ChatReply(None, choice, "the server ended the answer early")
    message = as_object(choice.get("message")) or {}
    if message.get("refusal"):
        return ChatReply(None, choice, "the model refused to answer")
    return _read_message(message, choice)


def _read_message(message: JsonObject, choice: JsonObject) -> ChatReply:
    content = message.get("content")
    parts = as_array(content)
    if parts is not None:
        kinds = {as_text((as_object(part) or {}).get("type")) for part in parts}
        if "refusal" in kinds:
            return ChatReply(None, choice, "the model refused to answer")
        if kinds - TEXT_PARTS - REASONING_PARTS:
            return ChatReply(None, choice, "the answer has a part that is not text")
        texts = [as_text(part.get("text")) for part in as_objects(parts) if part.get("type") in TEXT_PARTS]
        content = "".join(text or "" for text in texts)
    elif content is not None and not isinstance(content, str):
        return ChatReply(None, choice, "the answer is not text")
    text = as_text(content) or ""
    if text.strip():
        return ChatReply(text, choice)
    arguments = _read_arguments(message)
    if arguments is not None:
        return ChatReply(arguments, choice)
    if any(message.get(name) for name in ("reasoning_content", "reasoning", "thinking")):
        return ChatReply(None, choice, "the model gave its reasoning and no answer")
    return ChatReply(None, choice, "the answer is empty")


def _read_arguments(message: JsonObject) -> str | None:
    """The arguments of the only tool call, as JSON; None where there is none, or more than one."""
    calls = [as_object(call.get("function")) for call in as_objects(message.get("tool_calls"))]
    if not calls and message.get("function_call"):
        calls = [as_object(message["function_call"])]
    if len(calls) != 1 or calls[0] is None:
        return None
    arguments = calls[0].get("arguments")
    return json.dumps(arguments) if isinstance(arguments, dict) else as_text(arguments)


def count_tokens(reply: Json, sent: Sequence[str], received: str | None) -> dict[str, int]:
    """The tokens that the server counted. What it does not count is estimated from the texts `sent` and `received`, and
    added up under `estimated`; `received` is None for a reply without a text, such as vectors."""
    usage = as_object((as_object(reply) or {}).get("usage")) or {}
    counts: dict[str, int | None] = {
        "prompt": _find_count(usage, "prompt_tokens", "input_tokens"),
        "generated": _find_count(usage, "completion_tokens", "output_tokens"),
    }
    total = _find_count(usage, "total_tokens")
    if total is not None and counts["generated"] is None and (counts["prompt"] or 0) <= total:
        counts["generated"] = None if counts["prompt"] is None else total - counts["prompt"]
    estimates = {"prompt": estimate_tokens(sent)}
    if received is not None:
        estimates["generated"] = estimate_tokens([received])
    missing = {kind: number for kind, number in estimates.items() if counts[kind] is None}
    found = {kind: number for kind, number in counts.items() if number is not None}
    return {**found, **missing, **({"estimated": sum(missing.values())} if missing else {})}


def estimate_tokens(texts: Sequence[str]) -> int:
    """About how many tokens the texts have."""
    return -(-sum(len(text.encode("utf-8", "replace")) for text in texts) // BYTES_PER_TOKEN)


def _find_count(usage: Mapping[str, Json], *names: str) -> int | None:
    for name in names:
        count = usage.get(name)
        if (
            isinstance(count, int | float)
            and not isinstance(count, bool)
            and count >= 0
            and count == int(count)
        ):
            return int(count)
    return None
