"""One HTTP request and its answer, nothing more: no retries, no waiting, no meaning.

The only module that imports the HTTP library. What it raises says whether the request may have been carried out.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3 import exceptions as failures

from rulewright.policy.connection_pool import ConnectionPool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
HOPS: Final = 5
_BOTH_WAYS: Final = 2
"""`SHUT_RDWR` of POSIX."""
CHUNK: Final = 1 << 16
PORTS: Final = {"http": 80, "https": 443}


class HttpResponse(NamedTuple):
    """What came back. Names of headers are in lower case; `body` is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Timeouts(NamedTuple):
    """In seconds: to connect, for the next bytes to arrive, for an answer as a whole."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 120.0


TIMEOUTS: Final = Timeouts()


class NotSent(Exception):
    """No connection came about: the request was not carried out."""


class ConnectionBroken(Exception):
    """The connection broke or fell silent after the request was on its way: nobody knows what became of it."""


class NotRetryable(Exception):
    """Trying again would not help: no trust in the certificate, an answer beyond bounds, a redirect elsewhere.

    `sent`: the request went out all the same, and may have been carried out.
    """

    def __init__(self, message: str, hint: str | None = None, *, sent: bool = True) -> None:
        super().__init__(message)
        self.hint = hint
        self.sent = sent


class Transport:
    """Connections kept open between requests. `bound`: the largest answer read, in bytes."""

    def __init__(self, *, timeouts: Timeouts = TIMEOUTS, bound: int = 64 << 20) -> None:
        self._timeouts = timeouts
        self._bound = bound
        self._pool = ConnectionPool(
            _pools(timeouts.whole),
            cert_reqs="CERT_REQUIRED",
            retries=False,
            timeout=urllib3.Timeout(connect=timeouts.connect, read=timeouts.read),
        )

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> HttpResponse:
        """Send it; a GET follows redirects, but to the same host only.

        Raises NotSent, ConnectionBroken, NotRetryable.
        """
        seen = url
        for _ in range(HOPS + 1):
            answer = self._once(method, seen, headers, body)
            place = answer.headers.get("location")
            if method != "GET" or answer.status not in REDIRECTS or not place:
                return answer
            target = _resolve_reference(seen, place)
            if target is None or not is_same_origin(target, url):
                # The token goes to the host that it was given for, and to no other.
                raise NotRetryable("redirect to another host is not followed")
            seen = target
        raise NotRetryable(f"more than {HOPS} redirects")

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
        end = time.monotonic() + self._timeouts.whole
        try:
            response = self._pool.request(
                method, url, headers=dict(headers), body=body, redirect=False, preload_content=False
            )
        except failures.HTTPError as error:
            if time.monotonic() > end:
                raise ConnectionBroken("the response takes too long") from None
            raise translate_error(error) from None
        try:
            if time.monotonic() > end:  # a head that was cut off looks like a whole one
                raise ConnectionBroken("the response takes too long")
            return HttpResponse(
                response.status,
                {name.lower(): value for name, value in response.headers.items()},
                self._read(response, end),
            )
        except failures.HTTPError as error:
            raise translate_error(error) from None
        finally:
            # An answer that was read to its end has given its connection back; any other's is of no use.
            if not response.closed:
                response.close()

    def _read(self, response: urllib3.BaseHTTPResponse, end: float) -> bytes:
        parts, size = [], 0
        while part := response.read(CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > self._bound:
                raise NotRetryable(f"the response is larger than {self._bound} bytes")
            if time.monotonic() > end:
                raise ConnectionBroken("the response takes too long")
        return b"".join(parts)

    def close(self) -> None:
        self._pool.clear()


def _pools(limit: float) -> dict[str, Any]:
    """The library's pools by scheme, whose connections wait at most `limit` seconds for the head of an answer: bytes
    that arrive one by one never run into its own timeout."""

    class Plain(urllib3.connection.HTTPConnection):
        def getresponse(self) -> Any:
            with _shut_after(limit, self.sock):
                return super().getresponse()

    class Secure(urllib3.connection.HTTPSConnection):
        def getresponse(self) -> Any:
            with _shut_after(limit, self.sock):
                return super().getresponse()

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


@contextlib.contextmanager
def _shut_after(limit: float, sock: Any) -> Iterator[None]:
    """Shut a socket down when the time is over, so that whoever waits for it comes to its end."""

    def shut() -> None:
        with contextlib.suppress(OSError):
            sock.shutdown(_BOTH_WAYS)

    timer = threading.Timer(limit, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def translate_error(error: failures.HTTPError) -> Exception:
    """The library's error as one of ours, without its text: that may hold what was sent."""
    cause = getattr(error, "original_error", error)
    if isinstance(cause, failures.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(cause):
        return NotRetryable(
            "the server's certificate is not trusted",
            "SSL_CERT_FILE names a file of trusted certificates, for a private server or proxy",
            sent=False,
        )
    if isinstance(cause, failures.NameResolutionError):
        return NotSent("the host name cannot be resolved")
    if isinstance(cause, failures.NewConnectionError):  # Before its parent, which is about time.
        return NotSent("no connection")
    if isinstance(cause, failures.ConnectTimeoutError):
        return NotSent("connection timed out")
    if isinstance(error, failures.ProxyError):
        return NotSent("the proxy refused the connection")
    if isinstance(cause, failures.ReadTimeoutError):
        return ConnectionBroken("response timed out")
    if isinstance(cause, failures.LocationValueError):
        return NotRetryable("invalid server address", sent=False)
    return ConnectionBroken("the connection broke")


def _resolve_reference(url: str, reference: str) -> str | None:
    """The address that a reference leads to from `url`; None when it is none."""
    try:
        return urljoin(url, reference)
    except ValueError:
        return None


def is_same_origin(one: str, other: str) -> bool:
    """Same scheme, host and port?"""
    try:
        first, second = urlsplit(one), urlsplit(other)
        return (first.scheme, first.hostname, first.port or PORTS.get(first.scheme)) == (
            second.scheme,
            second.hostname,
            second.port or PORTS.get(second.scheme),
        )
    except ValueError:
        return False
