"""What an answer of GitHub's GraphQL interface means. It says 200 to nearly everything: errors stand in the body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.github.response_errors import ResponseError, find_rest_error, parse_rest_data
from rulewright.policy.json_types import as_object, as_objects, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.github.documents import GraphQLDocument
    from rulewright.github.errors import ErrorKind
    from rulewright.github.response_errors import RetryAdvice
    from rulewright.github.transport import HttpResponse
    from rulewright.policy.json_types import Json, JsonObject

ERROR_TYPES: Final[dict[str, tuple[ErrorKind, str, RetryAdvice, str | None]]] = {
    "RATE_LIMITED": ("rate_limited", "GitHub's rate limit is reached", "limit", None),
    "RATE_LIMIT": ("rate_limited", "GitHub's rate limit is reached", "limit", None),
    "MAX_NODE_LIMIT_EXCEEDED": ("graphql", "the query is too large", "never", None),
    "RESOURCE_LIMITS_EXCEEDED": ("graphql", "the query is too large", "never", None),
    "NOT_FOUND": ("not_found", "not found, or the token has no access", "never", None),
    "FORBIDDEN": (
        "forbidden",
        "the token lacks a permission",
        "never",
        "the token of Actions has no access to projects, and cannot assign Copilot",
    ),
    "INSUFFICIENT_SCOPES": (
        "forbidden",
        "the token lacks a scope",
        "never",
        "a classic token needs `read:project` to read projects, `project` to change them",
    ),
    "UNPROCESSABLE": ("invalid", "GitHub rejected the request as invalid", "never", None),
    "SERVICE_ERROR": ("server", "GitHub failed", "backoff", None),
    "SERVICE_UNAVAILABLE": ("server", "GitHub failed", "backoff", None),
    "INTERNAL": ("server", "GitHub failed", "backoff", None),
    "LOADING": ("server", "GitHub is not ready", "backoff", None),
}
"""`type` of an error → kind, reason, whether to try again, hint."""

CODE: Final = re.compile(r"[A-Za-z_]{1,60}")
TEMPORARY: Final = ("something went wrong", "timeout", "timed out", "try again")
"""In the message of an error of no known type: GitHub failed, and may do better next time."""


def parse_graphql_data(answer: HttpResponse) -> JsonObject:
    """The data of a response that `find_graphql_error` found nothing wrong with."""
    return object_at(as_object(parse_rest_data(answer)) or {}, "data")


def object_at(data: Mapping[str, Json], *names: str) -> JsonObject:
    """The object that the names lead to; empty where one of them is null or absent."""
    found: Mapping[str, Json] = data
    for name in names:
        found = as_object(found.get(name)) or {}
    return dict(found)


def nodes_at(data: Mapping[str, Json], *names: str) -> list[JsonObject]:
    """The nodes of the connection that the names lead to, without those that the token may not see."""
    return as_objects(object_at(data, *names).get("nodes"))


def find_graphql_error(answer: HttpResponse, document: GraphQLDocument) -> ResponseError | None:
    """What is wrong with an answer; None for a good one.

    Data with errors is good when each error is that something optional is not there. What was asked for and is
    refused in part is refused: half an answer is easily taken for a whole one.
    """
    trouble = find_rest_error(answer)
    if trouble is not None:
        return trouble
    said = parse_rest_data(answer)
    if not isinstance(said, dict):
        return ResponseError(
            "server", "the response is not GraphQL", "backoff", answer.status, uncertain=True
        )
    left = [error for error in as_objects(said.get("errors")) if not _is_optional(error, document)]
    if not left:
        if isinstance(said.get("data"), dict):
            return None
        return ResponseError("server", "the response has no data", "backoff", answer.status, uncertain=True)
    troubles = [_read_error(error, answer.status) for error in left]
    # What makes another attempt useless goes before what could be tried again, and a limit before all.
    order = ("limit", "never", "backoff")
    return min(troubles, key=lambda trouble: order.index(trouble.again))


def _is_optional(error: Mapping[str, Json], document: GraphQLDocument) -> bool:
    return error.get("type") == "NOT_FOUND" and _error_path(error) in document.optional


def _error_path(error: Mapping[str, Json]) -> str:
    """The place in the answer, by our own names."""
    path = error.get("path")
    return ".".join(str(part) for part in path) if isinstance(path, list) else ""


def _read_error(error: Mapping[str, Json], status: int) -> ResponseError:
    """One error in our words."""
    lower = (as_text(error.get("message")) or "").lower()
    if "rate limit" in lower:
        return ResponseError("rate_limited", ERROR_TYPES["RATE_LIMITED"][1], "limit", status)
    more = as_object(error.get("extensions")) or {}
    for name in (error.get("type"), more.get("code")):
        if isinstance(name, str) and name in ERROR_TYPES:
            kind, reason, again, hint = ERROR_TYPES[name]
            return ResponseError(kind, reason, again, status, hint, uncertain=again == "backoff")
    if not more and any(words in lower for words in TEMPORARY):
        return ResponseError("server", "GitHub failed", "backoff", status, uncertain=True)
    return ResponseError("graphql", f"GitHub rejected the query{_describe_code(more)}", status=status)


def _describe_code(extensions: Mapping[str, Json]) -> str:
    """The code of an error and the field that it names, where they are names: ` (undefinedField: labels)`."""
    code, field = as_text(extensions.get("code")), as_text(extensions.get("fieldName"))
    if code is None or not CODE.fullmatch(code):
        return ""
    return f" ({code}: {field})" if field is not None and CODE.fullmatch(field) else f" ({code})"
