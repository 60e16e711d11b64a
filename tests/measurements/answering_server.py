"""An HTTP server on loopback that answers by a function, and one that repeats recorded exchanges."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen


class Asked(NamedTuple):
    """A request. `headers` have names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Given(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


@contextlib.contextmanager
def serve(answer: Callable[[Asked], Given]) -> Iterator[str]:
    """The URL of a server that answers each request by the function."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            given = answer(Asked(self.command, self.path, headers, body))
            self.send_response(given.status)
            for name, value in {"content-length": str(len(given.body)), **given.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(given.body)

        do_GET = do_POST = respond

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Exchanges:
    """Answers by request, out of a file; with `upstream`, the URL of the real server, they are recorded into it."""

    def __init__(self, path: Path, upstream: str | None) -> None:
        self._path = path
        self._upstream = upstream
        self._known: dict[str, list[Any]] = json.loads(path.read_text()) if path.exists() else {}

    def __call__(self, asked: Asked) -> Given:
        key = f"{asked.method} {asked.path} {asked.body.decode()}".strip()
        if self._upstream is not None:
            self._known[key] = self._forward(asked)
            self._path.write_text(json.dumps(self._known, indent=1, sort_keys=True) + "\n")
        if key not in self._known:
            return Given(599, f"{key} was not recorded".encode())
        status, body = self._known[key]
        return Given(status, json.dumps(body).encode())

    def _forward(self, asked: Asked) -> list[Any]:
        request = Request(
            f"{self._upstream}{asked.path}", asked.body or None, dict(asked.headers), method=asked.method
        )
        try:
            with urlopen(request, timeout=60) as answer:
                return [answer.status, _leave_machine_out(json.loads(answer.read()))]
        except HTTPError as error:
            return [error.code, _leave_machine_out(json.loads(error.read()))]


_MACHINE = re.compile(
    r'("(?:artifact_uri|artifact_location|user_id)": |"key": "mlflow\.(?:user|source\.name)", "value": )"[^"]*"'
)


def _leave_machine_out(body: Any) -> Any:
    """An answer of MLflow without folders and users."""
    return json.loads(_MACHINE.sub(r'\1""', json.dumps(body)))
