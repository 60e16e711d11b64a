"""HTTP requests of probes: sent once, never repeated, never redirected, with a deadline for the whole answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

import urllib3
from urllib3 import exceptions as failures

from rulewright.measurements.probes.observation import ObservationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_ANSWER_BYTES: Final = 64 << 20
CHUNK: Final = 1 << 16
CONNECT_TIMEOUT: Final = 10.0
"""Seconds; a shorter deadline of the measurement comes first."""


class HttpRequest(NamedTuple):
    """What is sent. `url` is absolute."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


class ProbeAnswer(NamedTuple):
    """What came back, decompressed."""

    status: int
    body: bytes


class HttpClient:
    """Connections that stay open between measurements. `timeout`: seconds from the sending of a request to the end of
    its answer. `connections`: how many are kept open."""

    def __init__(self, timeout: float, connections: int = 1) -> None:
        self.timeout = timeout
        self._pool = urllib3.PoolManager(maxsize=connections, cert_reqs="CERT_REQUIRED", retries=False)

    def exchange(self, request: HttpRequest) -> ProbeAnswer:
        """The whole answer. Raises ObservationFailed."""
        answer = StreamedAnswer(self, request)
        return ProbeAnswer(answer.status, b"".join(answer.chunks()))

    def open(self, request: HttpRequest, timeout: float) -> urllib3.BaseHTTPResponse:
        """The answer's head. Raises the library's errors."""
        return self._pool.request(
            request.method,
            request.url,
            headers=dict(request.headers),
            body=request.body,
            redirect=False,  # an answer of another place is not what is measured, and headers may hold a secret
            preload_content=False,
            timeout=urllib3.Timeout(connect=min(timeout, CONNECT_TIMEOUT), read=timeout),
        )

    def close(self) -> None:
        self._pool.clear()


class StreamedAnswer:
    """An answer that is read while it arrives."""

    def __init__(self, client: HttpClient, request: HttpRequest) -> None:
        """Send the request and wait for the head of the answer. Raises ObservationFailed."""
        self._end = time.perf_counter() + client.timeout
        self._timeout = client.timeout
        try:
            self._response = client.open(request, client.timeout)
        except failures.HTTPError as error:
            raise self._failure(error) from None
        self.status: int = self._response.status

    def chunks(self) -> Iterator[bytes]:
        """The body in the pieces in which it arrives. Raises ObservationFailed."""
        size = 0
        try:
            while True:
                self._check_deadline()
                part = self._response.read1(CHUNK, decode_content=True)
                if not part:
                    break
                size += len(part)
                if size > MAX_ANSWER_BYTES:
                    raise ObservationFailed(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
                yield part
        except failures.HTTPError as error:
            raise self._failure(error) from None
        finally:
            # An answer that was read to its end has given its connection back; any other's is of no use.
            if not self._response.closed:
                self._response.close()

    def _check_deadline(self) -> None:
        if time.perf_counter() > self._end:
            raise ObservationFailed(f"no complete answer within {self._timeout:g} s")

    def _failure(self, error: failures.HTTPError) -> ObservationFailed:
        """The library's error in fixed words: its own message may hold what was sent."""
        if isinstance(error, failures.SSLError):
            return ObservationFailed("the certificate is not trusted")
        if isinstance(error, failures.NewConnectionError):  # a subclass of a timeout error
            return ObservationFailed("no connection")
        if isinstance(error, failures.TimeoutError):
            return ObservationFailed(f"no answer within {self._timeout:g} s")
        if isinstance(error, failures.LocationValueError):
            return ObservationFailed("the address is not valid")
        return ObservationFailed("the connection broke")
