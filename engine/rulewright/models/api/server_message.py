"""What a model's server says about an error, and the setting that helps.

Servers write errors in several forms, some with the status 200: OpenAI's `{"error": {"message", "code", "param"}}`,
Ollama's `{"error": "…"}`, FastAPI's `{"detail": …}`, Mistral's `{"message": "…"}`, or a page in HTML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.models.api.chat_request import PARAMETERS
from rulewright.policy.characters import drop_hidden
from rulewright.policy.json_types import as_array, as_object, as_text
from rulewright.policy.strict_json import decode_utf8, parse_strictly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.json_types import JsonObject

MAX_MESSAGE: Final = 240
"""Characters of a server's message that are repeated."""
FILTER_REFUSAL: Final = ("the server's content filter refused the report", "invalid")
LENGTH_REFUSAL: Final = ("the report is too long for the model", "too_long")
_FILTERED: Final = re.compile(
    r"content_filter|content_policy|ResponsibleAIPolicyViolation|content management policy", re.IGNORECASE
)
_TOO_LONG: Final = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|context (?:size|window|length)"
    r"|prompt is too long|input is too long|string_above_max_length",
    re.IGNORECASE,
)
_REFUSALS: Final = (
    (_FILTERED, ("the server's content filter refused the report", "invalid")),
    (_TOO_LONG, ("the report is too long for the model", "too_long")),
)
"""Errors about one report: (in the code, the type or the message, reason and code of an abstention)."""
_REFUSING_STATUSES: Final = frozenset((200, 400, 413, 422, 500))
_OMITTED: Final[Mapping[str, re.Pattern[str]]] = {
    "system": re.compile(r"system (?:role|message|prompt|instruction)s?|role[^.]{0,20}system", re.IGNORECASE),
    "response_format": re.compile(r"\b(?:response_format|json_schema|guided_json|structured output)\b"),
    **{
        name: re.compile(rf"(?<!\w){name}(?!\w)")
        for name in PARAMETERS
        if name not in ("system", "response_format")
    },
}
"""Parameter → how an error names it."""
_RENAMED: Final[Mapping[str, tuple[str, re.Pattern[str]]]] = {
    "max_completion_tokens": ("max_tokens", re.compile(r"(?<!\w)max_completion_tokens(?!\w)")),
    "random_seed": ("seed", re.compile(r"(?<!\w)random_seed(?!\w)")),
    "developer": ("system", re.compile(r"(?<!\w)developer(?!\w)")),
}
"""Name that an error proposes → (the parameter that is called so elsewhere, how the error names it)."""


class ServerError(NamedTuple):
    """`status`: the status that counts, which a body may give with an HTTP status of 200. `message`: the server's, on
    one line, "" for none. `refusal`: (reason, code) of an abstention, where the error is about the report."""

    status: int
    message: str = ""
    hint: str | None = None
    refusal: tuple[str, str] | None = None


def read_error(status: int, body: bytes) -> ServerError | None:
    """The error of an HTTP response; None for a success."""
    try:
        data = as_object(parse_strictly(decode_utf8(body)))
    except ValueError:
        data = None
    if status == 200 and (data is None or not data.get("error") or data.get("choices") or data.get("data")):
        return None
    error = _find_error(data or {})
    message = _clean(as_text(error.get("message")) or "")
    code = error.get("code")
    if status == 200 and isinstance(code, int) and 400 <= code < 600:
        status = code
    known = " ".join(str(error.get(name) or "") for name in ("code", "type", "message"))
    refusal = next((found for pattern, found in _REFUSALS if pattern.search(known)), None)
    if status not in _REFUSING_STATUSES:
        refusal = None
    return ServerError(status, message, _find_hint(status, message, as_text(error.get("param"))), refusal)


def _find_error(data: JsonObject) -> JsonObject:
    """The object with `message`, and perhaps `code`, `type` and `param`."""
    for name in ("error", "detail", "message", "errors"):
        written = data.get(name)
        items = as_array(written)
        found = items[0] if items else written
        if isinstance(found, str):
            return {**data, "message": found}
        nested = as_object(found)
        if nested is not None:
            inner = as_object(nested.get("error")) or nested
            return {**inner, "message": as_text(inner.get("message")) or as_text(inner.get("msg"))}
    return {}


def _clean(message: str) -> str:
    text = " ".join(drop_hidden(message.encode("utf-8", "replace").decode()).split())
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…"


def _find_hint(status: int, message: str, parameter: str | None) -> str | None:
    """The setting of the provider for a parameter that the server does not take."""
    if status not in (400, 404, 422, 500, 501):
        return None
    for other, (name, pattern) in _RENAMED.items():
        if pattern.search(message):
            return f"Set `rename: {{ {name}: {other} }}` in the provider"
    for name, pattern in _OMITTED.items():
        if pattern.search(f"{parameter or ''} {message}"):
            return f"Set `omit: [{name}]` in the provider"
    return None
