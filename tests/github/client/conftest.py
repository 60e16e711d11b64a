"""A real HTTP server on loopback that answers by a script, and a clock that only tests turn."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from rulewright.github.client import Client
from rulewright.github.transport import Timeouts, Transport
from rulewright.github.waiting import RetryPolicy

TOKEN = "ghp_" + "0123456789" * 3 + "abcdef"
START = 1_800_000_000.0


class Reply(NamedTuple):
    """One answer. `body`: bytes as they are, anything else as JSON. `length` is claimed instead of the true one.

    `cut`: hang up instead of answering. `hold`: say nothing until the test is over. `stall`: the same after the head.
    """

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - never written to
    length: int | None = None
    cut: bool = False
    hold: bool = False
    stall: bool = False


class Seen(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float
    peer: int


class VirtualClock:
    def __init__(self) -> None:
        self.moment = START
        self.slept: list[float] = []

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.moment += seconds


class Server:
    """Answers by `script`, one reply (or function of what was seen) after the other; then 418 for ever."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.script: list[Any] = []
        self.always: Any = None
        self.seen: list[Seen] = []
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                outer.answer(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        seen = Seen(
            handler.command,
            handler.path,
            {name.lower(): value for name, value in handler.headers.items()},
            json.loads(body) if body else None,
            self.clock.now(),
            handler.client_address[1],
        )
        self.seen.append(seen)
        reply = self.script.pop(0) if self.script else self.always or Reply(418, {})
        if callable(reply):
            reply = reply(seen)
        if reply.hold:
            self.over.wait(30)
        if reply.cut or reply.hold:
            handler.close_connection = True
            return
        data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        handler.send_response(reply.status)
        if not any(name.lower() == "content-type" for name in reply.headers):
            handler.send_header("Content-Type", "application/json; charset=utf-8")
        handler.send_header("Content-Length", str(len(data) if reply.length is None else reply.length))
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)
        if reply.stall:
            handler.wfile.flush()
            self.over.wait(30)
        if reply.length is not None:
            handler.close_connection = True

    def close(self) -> None:
        self.over.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def reply():
    return Reply


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def make_server(clock):
    made: list[Server] = []

    def make() -> Server:
        made.append(Server(clock))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def server(make_server):
    return make_server()


@pytest.fixture
def make_client(server, clock):
    """Clients of the scripted server; their connections are let go of before it closes."""
    made: list[Client] = []

    def make(url: str | None = None, *, read: float = 20.0, bound: int = 1 << 20, **more: Any) -> Client:
        transport = more.pop("transport", None) or Transport(timeouts=Timeouts(5.0, read, 30.0), bound=bound)
        kept = {"retry_policy": RetryPolicy(), "seed": 1, "clock": clock, "transport": transport, **more}
        made.append(Client(kept.pop("token", TOKEN), api_url=url or server.url, **kept))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client):
    return make_client()
