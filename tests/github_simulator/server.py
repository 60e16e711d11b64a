"""The HTTP side: bytes in, bytes out, connections kept alive, cut when a fault says so."""

from __future__ import annotations

import json
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

__all__ = ["Raw", "Reply", "Server"]


class Raw(NamedTuple):
    """A request as it came. `headers` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    """`transport`: "whole"; "cut" closes without a byte; "truncated" closes half way through the body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    transport: str = "whole"


class Server(ThreadingHTTPServer):
    """Serves `answer` on a free loopback port, in threads of its own, until `stop`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, answer: Callable[[Raw], Reply], crashed: Callable[[str], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self._crashed = crashed
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, name="simulated GitHub", daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends listening, and every connection that is still kept alive."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._guard:
            for connection in self._open:
                _hang_up(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; a mistake in the simulator is told with its traceback."""
        error = sys.exception()
        if error is not None and not isinstance(error, (ConnectionError, TimeoutError)):
            self._crashed("".join(traceback.format_exception(error)))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one write
    server: Server

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.answer(Raw(self.command, self.path, headers, body))
        if reply.transport == "cut":
            self.close_connection = True
            _hang_up(self.connection)
            return
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        bare = reply.status in (204, 304)
        if not bare:
            self.send_header("Content-Length", str(len(reply.body)))
        if reply.transport == "truncated":
            self.close_connection = True
        self.end_headers()
        if not bare and self.command != "HEAD":
            cut = len(reply.body) // 2 if reply.transport == "truncated" else None
            self.wfile.write(reply.body[:cut])
        self.wfile.flush()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _serve

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """The request log of the simulator says more."""


def encoded(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already gone
