"""A Prometheus of Debian on loopback, with a scrape target whose metrics the test sets."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlencode
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
FETCHED = ROOT / ".ci/prometheus/files/usr/bin"
"""Where `.ci/prometheus/fetch` unpacks Debian's package."""
METRICS = """\
# HELP http_requests_total Requests by status.
# TYPE http_requests_total counter
http_requests_total{route="/chat",code="200"} 990
http_requests_total{route="/chat",code="500"} 10
http_requests_total{route="/memory",code="200"} 200
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{route="/chat",le="0.1"} 700
http_request_duration_seconds_bucket{route="/chat",le="0.5"} 950
http_request_duration_seconds_bucket{route="/chat",le="1"} 990
http_request_duration_seconds_bucket{route="/chat",le="+Inf"} 1000
http_request_duration_seconds_sum{route="/chat"} 131.5
http_request_duration_seconds_count{route="/chat"} 1000
# TYPE gc_duration_seconds summary
gc_duration_seconds{quantile="0.5"} 0.002
gc_duration_seconds{quantile="0.95"} 0.011
gc_duration_seconds_sum 2.4
gc_duration_seconds_count 800
# TYPE queue_length gauge
queue_length 3
# TYPE broken_ratio gauge
broken_ratio NaN
"""


def find_program(name: str) -> str | None:
    """The path of `prometheus` or `promtool`, or None: neither on PATH nor fetched."""
    fetched = FETCHED / name
    return str(fetched) if os.access(fetched, os.X_OK) else shutil.which(name)


class Target:
    """The scrape target: answers every request with `text`, or with status 500 where that is empty."""

    def __init__(self, text: str = METRICS) -> None:
        self.text = text
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = target.text.encode()
                self.send_response(200 if body else 500)
                self.send_header("content-type", "text/plain; version=0.0.4; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Prometheus(NamedTuple):
    """A server that scrapes `target` every second."""

    url: str
    target: Target

    def fetch(self, path: str, **parameters: str) -> bytes:
        """The body of an answer of the HTTP API."""
        with urlopen(f"{self.url}/api/v1/{path}?{urlencode(parameters)}", timeout=10) as answer:
            body: bytes = answer.read()
            return body

    def wait_for(self, query: str, wanted: str) -> None:
        """Ask until the query's only value is `wanted`. Raises AssertionError after 30 s."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            result = json.loads(self.fetch("query", query=query))["data"]["result"]
            if [series["value"][1] for series in result] == [wanted]:
                return
            time.sleep(0.1)
        raise AssertionError(f"{query} is not {wanted}")


@contextlib.contextmanager
def run_prometheus(folder: Path, program: str) -> Iterator[Prometheus]:
    """A server whose data are in `folder`; it has scraped the target once."""
    target = Target()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [
            {"job_name": "assistant", "static_configs": [{"targets": [f"127.0.0.1:{target.port}"]}]}
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(configuration))
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.console.templates={folder}",
        f"--web.console.libraries={folder}",
    ]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    server = Prometheus(f"http://127.0.0.1:{port}", target)
    try:
        _wait_until_ready(server, process, folder)
        server.wait_for("up", "1")
        yield server
    finally:
        process.terminate()
        process.wait(30)
        target.close()


def _wait_until_ready(server: Prometheus, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urlopen(f"{server.url}/-/ready", timeout=2):
            return
        time.sleep(0.1)
    raise AssertionError((folder / "log.txt").read_text()[-2000:])
