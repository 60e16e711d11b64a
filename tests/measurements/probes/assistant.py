"""A small service that probes talk to, as a program: `python assistant.py --port N [--delay-ms D] [--fail]`."""

from __future__ import annotations

import argparse
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKENS = ("Good", " morning", ", how", " can", " I help", "?")


class Assistant(ThreadingHTTPServer):
    """`delay`: seconds before each answer. While `stalled` is set, all requests wait for its end."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0, delay: float = 0.0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.delay = delay
        self.token_delay = 0.005
        self.running = threading.Event()
        self.running.set()
        self.stored: dict[str, str] = {}
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []

    def handle_error(self, *_: object) -> None:
        return  # a client that has left

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Assistant
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.handle_request()

    def do_POST(self) -> None:
        self.handle_request()

    def handle_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, headers, body))
        self.server.running.wait()
        time.sleep(self.server.delay)
        parts = urlsplit(self.path)
        name = parts.path.strip("/").split("/")[0]
        getattr(self, f"answer_{name}", self.answer_status)(parts, body)

    def answer_health(self, _parts: object, _body: bytes) -> None:
        self.send_json({"status": "ok"})

    def answer_status(self, parts: object, _body: bytes) -> None:
        code = self.path.rpartition("/")[2]
        self.send_json({"status": "other"}, int(code) if code.isdigit() else 404)

    def answer_moved(self, _parts: object, _body: bytes) -> None:
        self.send_response(302)
        self.send_header("location", "/health")
        self.send_header("content-length", "0")
        self.end_headers()

    def answer_drip(self, _parts: object, _body: bytes) -> None:
        self.begin_stream("text/plain")
        for _ in range(100):
            self.send_chunk(b".")
            time.sleep(0.05)
        self.send_chunk(b"")

    def answer_memory(self, parts: object, body: bytes) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "/search" not in self.path:
            document = json.loads(body)
            self.server.stored[document["id"]] = document["text"]
            self.send_json({}, 201)
            return
        words = {**json.loads(body or b"{}"), **{key: value[0] for key, value in query.items()}}
        wanted = set(str(words["query"]).split())
        ranked = sorted(
            self.server.stored, key=lambda ident: (-len(wanted & {*self.server.stored[ident].split()}), ident)
        )
        self.send_json({"results": [{"id": ident} for ident in ranked[: int(words["k"])]]})

    def answer_chat(self, _parts: object, body: bytes) -> None:
        asked = json.loads(body)
        how = asked.get("how", "")
        self.begin_stream("text/event-stream")
        self.send_event({"choices": [{"delta": {"role": "assistant", "content": ""}}]})
        for token in TOKENS[: asked.get("max_tokens", len(TOKENS))]:
            time.sleep(self.server.token_delay)
            self.send_event({"choices": [{"delta": {"content": token}, "finish_reason": None}]})
            if how == "breaks":
                self.close_connection = True
                return
            if how == "error":
                self.send_event({"error": {"message": "the key sk-secret is not valid"}})
        if how == "stops":
            self.send_chunk(b"")
            return
        self.send_event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        if how == "usage":
            self.send_event({"choices": [], "usage": {"completion_tokens": 12}})
        self.send_chunk(b"data: [DONE]\n\n")
        self.send_chunk(b"")

    def send_json(self, value: object, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def send_event(self, value: object) -> None:
        self.send_chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

    def send_chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        return


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    options = parser.parse_args()
    Assistant(options.port, options.delay_ms / 1000).serve_forever()
