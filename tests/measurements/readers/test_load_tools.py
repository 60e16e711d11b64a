"""pytest-benchmark, locust and autocannon, run here against a server on loopback, and what the readers make of it."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from measurements.reading import choose, refuse
from rulewright.measurements.readers.autocannon import read_autocannon
from rulewright.measurements.readers.locust import read_locust
from rulewright.measurements.readers.pytest_benchmark import read_pytest_benchmark
from rulewright.measurements.sample import Count

pytestmark = pytest.mark.slow

TOOLS = Path(__file__).resolve().parents[3] / ".ci" / "load-tools"
LOCUSTFILE = """
from locust import HttpUser, task

class User(HttpUser):
    @task(4)
    def chat(self):
        self.client.get("/chat")

    @task(2)
    def broken(self):
        self.client.get("/broken")

    @task(1)
    def post(self):
        self.client.post("/chat, once more")
"""
BENCHMARKS = """
def test_many(benchmark):
    benchmark.pedantic(sum, args=(range(1000),), rounds=60, iterations=1)

def test_means(benchmark):
    benchmark.pedantic(sum, args=(range(100),), rounds=5, iterations=10)
"""


class Server(ThreadingHTTPServer):
    """Answers 200, and 500 below `/broken`; counts what it answered."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answered: Counter[str] = Counter()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error."""


class Answer(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Answer."""
        self.server.answered[self.path] += 1
        self.send_response(500 if self.path.startswith("/broken") else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server while the tests of this file run."""
    served = Server()
    Thread(target=served.serve_forever, daemon=True).start()
    yield served
    served.shutdown()
    served.server_close()


def run(*command: str | Path, cwd: Path, code: int = 0) -> str:
    """The output of a tool, which ends with `code`. It does not see that pytest runs it: pytest-benchmark measures
    nothing below pytest-xdist."""
    if not (TOOLS / ".installed").exists():
        pytest.fail("the tools are not installed: .ci/load-tools/install PYTHON, which `make test` runs")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout


def autocannon(*arguments: str, cwd: Path) -> bytes:
    """The JSON of a run."""
    modules = TOOLS / "node_modules"
    program = modules / "autocannon" / "autocannon.js"
    return run(modules / ".bin" / "node", program, "--json", *arguments, cwd=cwd).encode()


def test_autocannon(server: Server, tmp_path: Path) -> None:
    data = autocannon("--amount", "300", "--connections", "3", f"{server.url}/chat", cwd=tmp_path)
    reading = read_autocannon(data, choose("latency", "p99"))
    (measured,) = reading.runs
    assert measured.failed == 0
    assert 0 <= measured.figures["p50"] <= measured.figures["p99"] <= measured.figures["max"]
    assert reading.time.endswith("Z")
    assert reading.unit == "ms"
    assert read_autocannon(data, choose(aggregate="rate")).runs[0].events == Count(0, 300)
    assert refuse(read_autocannon, data, choose("latency", "p95"))[0] == "unsuitable"


def test_autocannon_when_all_fails(server: Server, tmp_path: Path) -> None:
    data = autocannon("--amount", "50", "--connections", "2", f"{server.url}/broken", cwd=tmp_path)
    assert refuse(read_autocannon, data, choose("latency", "p99")) == ("all_failed", "all 50 requests failed")
    assert read_autocannon(data, choose(aggregate="rate")).runs[0].events == Count(50, 50)


def test_locust(server: Server, tmp_path: Path) -> None:
    (tmp_path / "locustfile.py").write_text(LOCUSTFILE)
    server.answered.clear()
    options = ("--headless", "--users", "2", "--spawn-rate", "2", "--run-time", "3s", "--stop-timeout", "5")
    outputs = ("--json-file", "out", "--csv", "out", "--only-summary", "--host", server.url)
    run(TOOLS / "venv" / "bin" / "locust", *options, *outputs, cwd=tmp_path, code=1)
    data = (tmp_path / "out.json").read_bytes()
    reading = read_locust(data, choose("/chat", "p95"))
    (measured,) = reading.runs
    assert measured.buckets is not None
    assert (sum(measured.buckets.counts), measured.failed) == (server.answered["/chat"], 0)
    assert measured.buckets.low is not None
    assert measured.buckets.high is not None
    assert 0 < measured.buckets.low <= measured.buckets.high
    assert reading.time
    broken = server.answered["/broken"]
    assert refuse(read_locust, data, choose("/broken", "p95"))[0] == "all_failed"
    assert read_locust(data, choose("/broken", "rate")).runs[0].events == Count(broken, broken)
    every = read_locust(data, choose("Aggregated", "rate")).runs[0].events
    assert every == Count(broken, server.answered.total())
    assert refuse(read_locust, data, choose("", "p95"))[0] == "ambiguous"

    table = (tmp_path / "out_stats.csv").read_bytes()
    figures = read_locust(table, choose("GET /chat", "p95")).runs[0].figures
    assert figures["min"] <= figures["p50"] <= figures["p95"]
    assert refuse(read_locust, table, choose("/broken", "p95"))[0] == "all_failed"
    history = (tmp_path / "out_stats_history.csv").read_bytes()
    assert refuse(read_locust, history, choose("/chat", "p95"))[0] == "unsuitable"


def test_pytest_benchmark(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(BENCHMARKS)
    pytest_there = (
        TOOLS / "venv" / "bin" / "python",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "test_it.py",
    )
    run(*pytest_there, "--benchmark-json=out.json", cwd=tmp_path)
    data = (tmp_path / "out.json").read_bytes()
    reading = read_pytest_benchmark(data, choose("test_many", "p95"))
    (measured,) = reading.runs
    assert len(measured.values) == 60
    assert all(0 < value < 60 for value in measured.values)
    assert (reading.unit, reading.tool) == ("s", "pytest-benchmark 5.3.1")
    assert reading.time
    assert reading.warnings == ()
    assert refuse(read_pytest_benchmark, data, choose("test_means", "p95"))[0] == "unsuitable"

    run(*pytest_there, "--benchmark-save=kept", "--benchmark-storage=kept", cwd=tmp_path)
    (kept,) = (tmp_path / "kept").rglob("*.json")
    assert "data" not in json.loads(kept.read_bytes())["benchmarks"][0]["stats"]
    figures = (
        read_pytest_benchmark(kept.read_bytes(), choose("test_it.py::test_many", "median")).runs[0].figures
    )
    assert (figures["count"], figures["p50"]) == (60, figures["median"])
    assert refuse(read_pytest_benchmark, kept.read_bytes(), choose("test_many", "p95"))[0] == "unsuitable"
