"""One JSON request to a model's server, with retries.

Retries happen here and nowhere above: errors of the request (400, 401, 403, 404, 413, 422) are not retried;
`RETRIED_STATUSES` and a broken connection are, after a pause with full jitter, or after the time that the server asks
for.
"""

from __future__ import annotations

import json
import random
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import urllib3
from urllib3 import exceptions as failures

from rulewright.models.api.server_message import read_error
from rulewright.models.providers import ProviderError
from rulewright.policy.connection_pool import ConnectionPool
from rulewright.policy.strict_json import decode_utf8, parse_strictly

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.policy.json_types import Json

RETRIED_STATUSES: Final = frozenset((408, 425, 429, *range(500, 505), *range(520, 525), 529))
"""520 to 524 are Cloudflare's, 529 is that of an overloaded Anthropic."""
MAX_RESPONSE_BYTES: Final = 8 << 20
"""Bytes of the largest answer that is read."""
MASK: Final = b"[masked: api_key]"
"""Replaces the key in an answer that repeats it: the server knows it, and its answer may become a comment."""
MIN_MASKED_LENGTH: Final = 8
"""Characters of a key that is masked in answers; a shorter one would match words."""
FIRST_PAUSE: Final = 0.5
MAX_PAUSE: Final = 20.0
MAX_RETRY_AFTER: Final = 3600.0
"""Seconds. A longer Retry-After is ignored."""
CERTIFICATE: Final = "the certificate is not trusted"
STATUS_HINTS: Final = {
    401: ": check the key",
    403: ": check the key",
    404: ": check base_url and model",
    **dict.fromkeys((301, 302, 303, 307, 308), ": the server redirects; check base_url"),
}


class RequestRefusedError(Exception):
    """The server does not answer about this report, and works: its filter refused it, or it is too long. `code` is that
    of an abstention."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class ApiKey:
    """An API key in closures: neither its `repr` nor its attributes show it.

    `header_name`: the header that holds the key by itself; "" for `Authorization: Bearer`.
    """

    __slots__ = ("header", "mask_in")

    def __init__(self, key: str, header_name: str = "") -> None:
        kept = key.strip()
        if not (kept.isascii() and kept.isprintable()) or " " in kept:
            raise ProviderError("the key has invalid characters")
        name, value = (header_name, kept) if header_name else ("authorization", f"Bearer {kept}")
        self.header: Callable[[], dict[str, str]] = lambda: {name: value} if kept else {}
        self.mask_in: Callable[[bytes], bytes] = lambda text: (
            text.replace(kept.encode("ascii"), MASK) if len(kept) >= MIN_MASKED_LENGTH else text
        )

    def __repr__(self) -> str:
        return "Key(***)"

    __str__ = __repr__


class ApiClient(NamedTuple):
    """Where requests go. `timeout` bounds one call with all its attempts, in seconds."""

    base_url: str
    key: ApiKey
    timeout: float = 30.0
    attempts: int = 3
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    pool: ConnectionPool = ConnectionPool(cert_reqs="CERT_REQUIRED", retries=False)

    def post(self, path: str, body: Mapping[str, Json]) -> Json:
        """The answer's JSON. Raises RequestRefusedError where the server refuses this report and not the request,
        ProviderError else; neither holds the key."""
        end = time.monotonic() + self.timeout
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        reason, hint = "", None
        for attempt in range(1, self.attempts + 1):
            left = end - time.monotonic()
            if left <= 0:
                break
            pause: float | None = None
            try:
                status, pause, answer = self._send(path, data, left)
            except failures.HTTPError as error:
                reason = _describe_error(error)
                if reason == CERTIFICATE:
                    break
            else:
                masked = self.key.mask_in(answer)
                found = read_error(status, masked)
                if found is None:
                    return _parse_json(masked)
                if found.refusal is not None:
                    raise RequestRefusedError(*found.refusal)
                reason, hint = f"status {found.status}{STATUS_HINTS.get(found.status, '')}", found.hint
                if found.message:
                    reason = f"{reason}; the server says: {found.message}"
                if found.status not in RETRIED_STATUSES:
                    raise ProviderError(reason, hint=hint)
            if attempt < self.attempts:
                ceiling = min(MAX_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))
                wait = self.jitter() * ceiling if pause is None else pause
                if wait > end - time.monotonic():
                    break
                self.sleep(wait)
        raise ProviderError(reason or f"no answer within {self.timeout:g} s", hint=hint)

    def _send(self, path: str, data: bytes, left: float) -> tuple[int, float | None, bytes]:
        """(status, seconds until the server wants to be asked again, body) of one attempt, which may take `left`
        seconds."""
        response = self.pool.request(
            "POST",
            _join_path(self.base_url, path),
            body=data,
            headers={"content-type": "application/json", "accept": "application/json", **self.key.header()},
            redirect=False,  # the key goes to the configured host only
            preload_content=False,
            timeout=urllib3.Timeout(connect=min(left, 10.0), read=left),
        )
        try:
            end = time.monotonic() + left
            parts, size = [], 0
            while part := response.read(1 << 16, decode_content=True):
                parts.append(part)
                size += len(part)
                if size > MAX_RESPONSE_BYTES:
                    raise ProviderError(f"the answer is larger than {MAX_RESPONSE_BYTES} bytes")
                if time.monotonic() > end:
                    raise ProviderError(f"no complete answer within {self.timeout:g} s")
            return response.status, _read_pause(response.headers), b"".join(parts)
        finally:
            if not response.closed:
                response.close()


def _join_path(base_url: str, path: str) -> str:
    """The address of an operation; a query (`?api-version=…`) stays at the end."""
    base, mark, query = base_url.partition("?")
    return f"{base.rstrip('/')}/{path}{mark}{query}"


def _describe_error(error: failures.HTTPError) -> str:
    """The library's error in fixed words: its own message may hold what was sent."""
    if isinstance(error, failures.SSLError):
        return CERTIFICATE
    if isinstance(error, failures.ProxyError):
        return "the proxy refused the connection"
    if isinstance(error, failures.NewConnectionError):  # a subclass of a timeout error
        return "no connection"
    if isinstance(error, failures.TimeoutError):
        return "no answer in time"
    return "the connection broke"


def _read_pause(headers: Mapping[str, str]) -> float | None:
    """The seconds of `Retry-After-Ms` (OpenAI, Azure) or `Retry-After` (seconds or a date); None for more than
    MAX_RETRY_AFTER."""
    milliseconds, written = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds is not None:
            seconds = float(milliseconds) / 1000
        elif written is None:
            return None
        elif written.strip()[:1].isalpha():
            seconds = max(0.0, parsedate_to_datetime(written).timestamp() - time.time())
        else:
            seconds = float(written)
    except ValueError:
        return None
    return seconds if 0 <= seconds < MAX_RETRY_AFTER else None


def _parse_json(data: bytes) -> Json:
    if data.lstrip().startswith((b"data:", b"event:")):
        raise ProviderError("the server streams its answer", hint="Turn streaming off on the server.")
    try:
        value: Json = parse_strictly(decode_utf8(data))
    except ValueError:
        raise ProviderError("the answer is not JSON") from None
    return value
