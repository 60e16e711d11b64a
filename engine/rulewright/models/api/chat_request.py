"""A task as a request to a server with OpenAI's chat completions, and the names of its parameters.

Servers differ in what they accept: `omit` and `rename` of a provider leave parameters out or give them another name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.models.task import Task
    from rulewright.policy.json_types import Json, JsonObject

TOP_LOGPROBS: Final = 20
"""Alternatives of the first token that are requested; the most that servers allow."""
PARAMETERS: Final = (
    "temperature",
    "seed",
    "max_tokens",
    "response_format",
    "logprobs",
    "top_logprobs",
    "system",
)
"""What a provider may omit or rename. `system` is the role of the first message."""


class RequestSettings(NamedTuple):
    """What a provider sends. None and empty: the default."""

    model: str
    max_tokens: int | None = None
    seed: int | None = None
    probabilities: bool | None = None
    dialect: str | None = None
    omit: tuple[str, ...] = ()
    rename: Mapping[str, str] = {}


def build_chat_request(task: Task, settings: RequestSettings) -> JsonObject:
    """The body of a request. Its texts are the task's; lone surrogates, which JSON cannot carry, are replaced."""
    parameters: JsonObject = {
        "temperature": 0,
        "seed": 0 if settings.seed is None else settings.seed,
        "max_tokens": 512 if settings.max_tokens is None else settings.max_tokens,
    }
    schema = _answer_schema(task)
    if schema is not None and settings.dialect == "llama":
        parameters["response_format"] = {"type": "json_object", "schema": schema}
    elif schema is not None:
        named: JsonObject = {"name": "answer", "strict": task.kind == "classify", "schema": schema}
        parameters["response_format"] = {"type": "json_schema", "json_schema": named}
    if task.labels and settings.probabilities is not False and "logprobs" not in settings.omit:
        parameters |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
    sent = {
        settings.rename.get(name, name): value
        for name, value in parameters.items()
        if name not in settings.omit
    }
    return {"model": settings.model, "messages": _build_messages(task, settings), **sent}


def quote_json(value: Json) -> str:
    """JSON for a prompt, with its characters as people write them: an escape costs several tokens, and models read
    languages better than escapes. The beginnings of control tokens (`<|`) are escaped."""
    text = json.dumps(value, ensure_ascii=False).replace("<|", "\\u003c|").replace("<｜", "\\u003c｜")
    return text.encode("utf-8", "replace").decode("utf-8")


def _build_messages(task: Task, settings: RequestSettings) -> list[Json]:
    system = [task.prompt.rstrip()]
    if task.labels:
        system.append("Labels:")
        system += [
            f"- {quote_json(label)}{': ' if meaning else ''}{meaning}" for label, meaning in task.labels
        ]
        system += [f"Example: {quote_json(text)} is {quote_json(label)}" for text, label in task.examples]
        system.append('Answer with one JSON object and nothing else: {"label": one of the labels}.')
    if task.schema is not None:
        system.append(
            f"Answer with one JSON object of this schema and nothing else:\n{quote_json(dict(task.schema))}"
        )
    if task.max_words is not None:
        system.append(f"Use at most {task.max_words} words.")
    rules = "\n".join(system)
    # One JSON value: nothing in it can end it, whatever marks or control tokens it imitates.
    report = f"The report, as JSON:\n{quote_json(dict(task.inputs))}"
    if "system" in settings.omit:
        return [{"role": "user", "content": f"{rules}\n\n{report}"}]
    role = settings.rename.get("system", "system")
    return [{"role": role, "content": rules}, {"role": "user", "content": report}]


def _answer_schema(task: Task) -> JsonObject | None:
    if task.kind == "extract":
        return None if task.schema is None else dict(task.schema)
    if not task.labels:
        return None
    return {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": [label for label, _ in task.labels]}},
        "required": ["label"],
        "additionalProperties": False,
    }
