"""The service: JSON over HTTP, on loopback."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from assistant.accounts import Accounts
from assistant.agents import delegate
from assistant.meditation import meditate
from assistant.memory import MemoryStore
from assistant.slowness import wait_if_slowed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.model import Model

MOST_BYTES = 65_536
DEMO_USER = ("kim", "correct horse battery staple")

Json = dict[str, Any]
Answer = tuple[int, Json]


class Assistant:
    """What the service does, without HTTP: each method takes the request's data, and returns a status and data."""

    def __init__(self, model: Model, store: MemoryStore) -> None:
        self._model = model
        self._store = store
        self._accounts = Accounts()
        self._accounts.register(*DEMO_USER)
        self.routes: dict[tuple[str, str], Callable[[Json], Answer]] = {
            ("GET", "/health"): self.report_health,
            ("POST", "/login"): self.log_in,
            ("POST", "/chat"): self.chat,
            ("GET", "/memories"): self.find_memories,
            ("POST", "/memories"): self.remember,
            ("POST", "/delegate"): self.delegate_task,
            ("POST", "/meditate"): self.run_meditation,
        }

    def report_health(self, _: Json) -> Answer:
        wait_if_slowed()
        return 200, {"status": "ok", "memories": len(self._store)}

    def log_in(self, asked: Json) -> Answer:
        wait_if_slowed()
        token = self._accounts.log_in(str(asked.get("user")), str(asked.get("password")))
        return (200, {"token": token}) if token else (401, {"error": "wrong user or password"})

    def chat(self, asked: Json) -> Answer:
        message = str(asked.get("message", ""))
        if not message.strip():
            return 400, {"error": "there is no message"}
        wait_if_slowed()
        memories = self._store.search(message, 1)
        reminder = f" {memories[0].text}" if memories else ""
        return 200, {"answer": self._model.answer(message + reminder)}

    def find_memories(self, asked: Json) -> Answer:
        found = self._store.search(str(asked.get("query", "")), int(asked.get("limit", 5)))
        return 200, {"memories": [{"number": memory.number, "text": memory.text} for memory in found]}

    def remember(self, asked: Json) -> Answer:
        texts = [str(text) for text in asked.get("texts", [])]
        return 201, {"numbers": [self._store.add(text).number for text in texts]}

    def delegate_task(self, asked: Json) -> Answer:
        try:
            agent, result = delegate(str(asked.get("task", "")))
        except ValueError as error:
            return 422, {"error": str(error)}
        return 200, {"agent": agent, "result": result}

    def run_meditation(self, _: Json) -> Answer:
        insight = meditate(self._store)
        return 200, {"kept": insight.kept, "forgotten": insight.forgotten}


def build_server(assistant: Assistant, port: int) -> ThreadingHTTPServer:
    """A server on loopback; port 0 takes any that is free."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            self._answer(
                "GET", address.path, {name: last[-1] for name, last in parse_qs(address.query).items()}
            )

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MOST_BYTES:
                self._send(413, {"error": f"a request has at most {MOST_BYTES} bytes"})
                return
            try:
                asked = json.loads(self.rfile.read(length) or b"{}")
            except ValueError:
                asked = None
            if isinstance(asked, dict):
                self._answer("POST", self.path, asked)
            else:
                self._send(400, {"error": "the request is no JSON object"})

        def log_message(self, *_: object) -> None:
            """Requests are not logged: they hold what users say."""

        def _answer(self, method: str, path: str, asked: Json) -> None:
            route = assistant.routes.get((method, path))
            self._send(*(route(asked) if route else (404, {"error": f"there is no {method} {path}"})))

        def _send(self, status: int, data: Json) -> None:
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def fill_store(notes: Path | None) -> MemoryStore:
    """A store with one memory for each line of a file."""
    store = MemoryStore()
    for line in [] if notes is None else notes.read_text("utf-8").splitlines():
        store.add(line)
    return store
