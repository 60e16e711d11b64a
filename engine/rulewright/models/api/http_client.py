"""One JSON request to a model's server, tried again where that helps. The only module of facts with the network.

Retries happen here and nowhere above: what cannot be meant otherwise (400, 401, 403, 404, 413, 422) is not tried again;
429, 500, 502, 503, 504 and a broken connection are, after a pause with full jitter, or as long as the server says.
"""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import urllib3
from urllib3 import exceptions as failures

from rulewright.models.providers import ProviderError
from rulewright.policy.strict_json import decode_utf8, parse_strictly

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RETRIED_STATUSES: Final = frozenset((408, 429, 500, 502, 503, 504))
MAX_RESPONSE_BYTES: Final = 8 << 20
"""Bytes of the largest answer that is read."""
MASK: Final = b"[masked: api_key]"
"""Stands for the key where an answer repeats it: a server knows it, and its answer may become a comment."""
MIN_MASKED_LENGTH: Final = 8
"""Characters of a key that is looked for in answers; a shorter one would hit words."""
FIRST_PAUSE: Final = 0.5
MAX_PAUSE: Final = 20.0


class ApiKey:
    """Holds a key out of sight: neither its `repr` nor its attributes show it."""

    __slots__ = ("header", "removed_from")

    def __init__(self, key: str) -> None:
        kept = key.strip()
        if not (kept.isascii() and kept.isprintable()) or " " in kept:
            raise ProviderError("the key holds characters that no key has")
        self.header: Callable[[], dict[str, str]] = lambda: (
            {"authorization": f"Bearer {kept}"} if kept else {}
        )
        self.removed_from: Callable[[bytes], bytes] = lambda text: (
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
    pool: urllib3.PoolManager = urllib3.PoolManager(cert_reqs="CERT_REQUIRED", retries=False)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer's JSON. Raises ProviderError, which names the host and never the key or what was sent."""
        end = time.monotonic() + self.timeout
        data = json.dumps(body).encode()
        reason = ""
        for attempt in range(1, self.attempts + 1):
            left = end - time.monotonic()
            if left <= 0:
                break
            pause: float | None = None
            try:
                status, headers, text = self._once(path, data, left)
            except failures.HTTPError as error:
                reason = _describe_error(error)
                if reason == CERTIFICATE:
                    break
            else:
                if status == 200:
                    return _parse_json(self.key.removed_from(text))
                reason = f"it answers with {status}"
                if status not in RETRIED_STATUSES:
                    raise ProviderError(f"{reason}{_status_hint(status)}")
                pause = _parse_retry_after(headers.get("retry-after"))
            if attempt < self.attempts:
                ceiling = min(MAX_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))
                wait = self.jitter() * ceiling if pause is None else pause
                if wait > end - time.monotonic():
                    break
                self.sleep(wait)
        raise ProviderError(reason or f"no answer within {self.timeout:g} s")

    def _once(self, path: str, data: bytes, left: float) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"content-type": "application/json", "accept": "application/json", **self.key.header()}
        response = self.pool.request(
            "POST",
            f"{self.base_url.rstrip('/')}/{path}",
            body=data,
            headers=headers,
            redirect=False,  # the key goes to the host that it was given for, and to no other
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
                    raise ProviderError(f"its answer is larger than {MAX_RESPONSE_BYTES} bytes")
                if time.monotonic() > end:
                    raise ProviderError(f"no whole answer within {self.timeout:g} s")
            found = {name.lower(): value for name, value in response.headers.items()}
            return response.status, found, b"".join(parts)
        finally:
            if not response.closed:
                response.close()


CERTIFICATE: Final = "its certificate is not trusted"


def _describe_error(error: failures.HTTPError) -> str:
    """The library's error in a few words of ours: its own may hold what was sent."""
    if isinstance(error, failures.SSLError):
        return CERTIFICATE
    if isinstance(error, failures.NewConnectionError):  # before its parent, which is about time
        return "no connection"
    if isinstance(error, failures.TimeoutError):
        return "no answer in time"
    return "the connection broke"


def _status_hint(status: int) -> str:
    return {401: ": is the key right?", 403: ": is the key right?", 404: ": is base_url right?"}.get(
        status, ""
    )


def _parse_retry_after(text: str | None) -> float | None:
    try:
        found = float(text) if text is not None else None
    except ValueError:
        return None
    return found if found is not None and 0 <= found < 3600 else None


def _parse_json(text: bytes) -> Any:
    try:
        return parse_strictly(decode_utf8(text))
    except ValueError:
        raise ProviderError("its answer is no JSON") from None
