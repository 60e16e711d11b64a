"""What an answer of GitHub's REST interface means: data, or a trouble of a known kind.

Which troubles are worth another attempt is decided here and nowhere else: limits, 5xx and broken connections are;
400, 401, 403, 404, 410, 422, 451 and the like are not.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast

from rulewright.events.line_ends import has_carriage_returns, with_unix_lines
from rulewright.github.limits import is_limit

if TYPE_CHECKING:
    from rulewright.github.errors import ErrorKind
    from rulewright.github.transport import HttpResponse
    from rulewright.policy.json_types import Json

RetryAdvice = Literal["never", "backoff", "limit"]


class ResponseError(NamedTuple):
    """Why an attempt came to nothing. `reason` and `hint` are our words only.

    `again`: whether another attempt may help, and after which wait. `uncertain`: the request may have been carried
    out all the same.
    """

    kind: ErrorKind
    reason: str
    again: RetryAdvice = "never"
    status: int | None = None
    hint: str | None = None
    uncertain: bool = False


STATUS_ERRORS: Final[dict[int, tuple[ErrorKind, str]]] = {
    400: ("invalid", "GitHub could not parse the request"),
    401: ("unauthorised", "GitHub rejected the token"),
    403: ("forbidden", "GitHub denied the request"),
    404: ("not_found", "not found, or the token has no access"),
    409: ("conflict", "it conflicts with the current state on GitHub"),
    410: ("gone", "it was deleted"),
    412: ("conflict", "it conflicts with the current state on GitHub"),
    422: ("invalid", "GitHub rejected the request as invalid"),
    429: ("rate_limited", "GitHub's rate limit is reached"),
    451: ("forbidden", "it is blocked for legal reasons"),
}
"""Status → kind and reason."""

KNOWN_MESSAGES: Final[tuple[tuple[str, str, str | None], ...]] = (
    ("bad credentials", "the token is not valid, or has expired", None),
    ("requires authentication", "a token is needed", None),
    (
        "resource not accessible by integration",
        "the token lacks a permission",
        "in Actions, grant it under `permissions:` of the job",
    ),
    (
        "resource not accessible by personal access token",
        "the token lacks a permission",
        "grant it in the token's settings",
    ),
    ("must have admin rights", "the token's owner must administer the repository", None),
    ("must have push access", "the token's owner may not write to the repository", None),
    ("saml", "the organisation requires single sign-on for the token", None),
    ("ip allow list", "the organisation restricts IP addresses", None),
    ("archived", "the repository is archived", None),
    ("issues are disabled", "issues are disabled in the repository", None),
    ("issues has been disabled", "issues are disabled in the repository", None),
    ("issue is locked", "the conversation is locked", None),
    ("repository access blocked", "GitHub has blocked the repository", None),
    ("not a fast forward", "the branch has new commits", None),
    ("reference already exists", "the branch exists", None),
    ("update failed", "the branch could not be updated", None),
    ("body is too long", "the text is too long", None),
    ("could not be assigned", "one of these users cannot be assigned", None),
)
"""Words in a message of GitHub's → our reason, and a hint. A message that is not here is not repeated."""

PERMISSIONS: Final = re.compile(
    r"[a-z_]{1,40}=(?:read|write|admin)(?:[,;] ?[a-z_]{1,40}=(?:read|write|admin))*"
)
NAME: Final = re.compile(r"[A-Za-z][A-Za-z_]{0,40}")
CODES: Final = frozenset(
    ("missing", "missing_field", "invalid", "already_exists", "unprocessable", "custom", "too_large")
)


def parse_rest_data(answer: HttpResponse) -> Json:
    """The JSON of a good answer, the lines of its texts ended by `\\n`; None when it has no body. Raises ValueError."""
    if answer.status in (204, 205) or not answer.body.strip():
        return None
    try:
        value: Json = json.loads(answer.body)
        return cast("Json", with_unix_lines(value)) if has_carriage_returns(answer.body) else value
    except RecursionError:
        raise ValueError("nested too deeply") from None


def find_rest_error(answer: HttpResponse) -> ResponseError | None:
    """What is wrong with an answer; None for a good one, whose data can then be read."""
    status = answer.status
    if 200 <= status < 300 or status == 304:
        return _check_body(answer)
    said = _read_refusal(answer)
    if is_limit(status, answer.headers, said):
        return ResponseError("rate_limited", STATUS_ERRORS[429][1], "limit", status)
    if status >= 500 or status == 408:
        return ResponseError("server", "GitHub failed", "backoff", status, uncertain=True)
    if 300 <= status < 400:
        return ResponseError("gone", "it has moved", status=status, hint="use the new name of the repository")
    if status == 404 and "html" in answer.headers.get("content-type", "").lower():
        return ResponseError(
            "server",
            "the response is a web page: the API URL is not that of a GitHub API",
            status=status,
            hint="the API URL of GitHub Enterprise Server ends with /api/v3",
        )
    kind, reason = STATUS_ERRORS.get(status, ("invalid", "GitHub rejected the request"))
    reason, hint = _describe_message(said) or (reason, None)
    return ResponseError(
        kind,
        reason + _describe_invalid_fields(said),
        status=status,
        hint=_describe_needed_permissions(answer) or hint,
    )


def describe_refusal(answer: HttpResponse) -> str:
    """Why GitHub refused, in one line of ours, with what it says that is needed."""
    trouble = find_rest_error(answer)
    if trouble is None:
        return "unexpected response from GitHub"
    return trouble.reason if trouble.hint is None else f"{trouble.reason}; {trouble.hint}"


def _check_body(answer: HttpResponse) -> ResponseError | None:
    """A good status with a body that is not JSON: a proxy's page, or an answer that was cut."""
    kind = answer.headers.get("content-type", "json").lower()
    if answer.status == 304 or not answer.body.strip():
        return None
    if "json" not in kind:
        return ResponseError(
            "server",
            "the response is not JSON",
            status=answer.status,
            hint="check the API URL and the proxy",
            uncertain=True,
        )
    try:
        parse_rest_data(answer)
    except ValueError:
        return ResponseError(
            "server", "the response is invalid JSON", "backoff", answer.status, uncertain=True
        )
    return None


def _read_refusal(answer: HttpResponse) -> Json:
    """The JSON of a refusal, None when it is none."""
    try:
        return parse_rest_data(answer)
    except ValueError:
        return None


def _describe_message(said: Json) -> tuple[str, str | None] | None:
    """Our words for a message that is known."""
    message = said.get("message") if isinstance(said, dict) else None
    if not isinstance(message, str):
        return None
    lower = message.lower()
    return next(((reason, hint) for words, reason, hint in KNOWN_MESSAGES if words in lower), None)


def _describe_invalid_fields(said: Json) -> str:
    """Which fields of a request were found invalid, by names and codes of GitHub's own."""
    errors = said.get("errors") if isinstance(said, dict) else None
    found = []
    for error in errors if isinstance(errors, list) else ():
        if not isinstance(error, dict):
            continue
        name, code = error.get("field"), error.get("code")
        if isinstance(name, str) and NAME.fullmatch(name) and isinstance(code, str) and code in CODES:
            found.append(f"{name} {code}")
    return f" ({', '.join(found[:5])})" if found else ""


def _describe_needed_permissions(answer: HttpResponse) -> str | None:
    """What GitHub says that the request needs."""
    if answer.status not in (403, 404):
        return None
    if answer.headers.get("x-github-sso", "").startswith("required"):
        return "authorise the token for the organisation (single sign-on)"
    needed = answer.headers.get("x-accepted-github-permissions", "")
    if not PERMISSIONS.fullmatch(needed):
        return None
    return f"it needs the permission {needed.replace(';', ' or').replace('=', ': ')}"
