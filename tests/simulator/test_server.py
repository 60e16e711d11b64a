"""The server itself: kept-alive connections, many at a time, a real clock, hooks, a clean end."""

from __future__ import annotations

import ast
import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from github_simulator import RealClock, Simulator

from .conftest import asker

ISSUE = "/repos/octo-org/demo/issues/1"
HEADERS = {"User-Agent": "test"}


def test_a_connection_serves_many_requests(sim):
    sim.repository("octo-org/demo").issue()
    connection = http.client.HTTPConnection(sim.url.removeprefix("http://"), timeout=10)
    connection.connect()
    socket = connection.sock
    for _ in range(5):
        connection.request("GET", ISSUE, headers=HEADERS)
        assert connection.getresponse().read()[:1] == b"{"
        assert connection.sock is socket
    connection.close()


def test_requests_at_one_time_change_one_after_the_other(sim, ask):
    repo = sim.repository("octo-org/demo")
    number = repo.issue()
    sim.token("actions")

    def add(index):
        return ask("POST", f"{ISSUE}/labels", {"labels": [f"label-{index}"]}).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(add, range(40))) == {200}
    assert len(repo.state()[number]["labels"]) == 40
    assert len(sim.writes) == 40


def test_too_many_requests_at_one_time_are_a_secondary_limit():
    arrived, go = threading.Barrier(3, timeout=10), threading.Event()

    class Slow(RealClock):
        def advance(self, duration):
            arrived.wait()
            go.wait(10)

    with Simulator(Slow(), latency=1.0) as sim:
        sim.repository("octo-org/demo").issue()
        sim.limits.concurrent = 1
        token = sim.token("app")
        with ThreadPoolExecutor(2) as pool:
            ask = asker(sim)
            running = [pool.submit(ask, "GET", ISSUE, token=token) for _ in range(2)]
            arrived.wait()
            go.set()
            statuses = sorted(one.result().status for one in running)
    assert statuses[-1] == 403
    assert sim.limits.peaks["concurrent"] == 2


def test_a_real_clock_lets_real_time_pass():
    before = time.time()
    with Simulator(RealClock()) as sim:
        sim.repository("octo-org/demo").issue()
        sim.faults.script("slow", seconds=0.05)
        assert asker(sim)("GET", ISSUE).status == 200
        assert before <= sim.requests[0].at <= time.time()
    assert time.time() - before >= 0.05


def test_notifications_are_recorded_by_their_key(sim, ask):
    sim.hooks.answers["oncall"] = [503]
    url = sim.hook_url("oncall")
    headers = {"Idempotency-Key": "abc", "Content-Type": "application/json"}
    statuses = []
    for _ in range(3):
        connection = http.client.HTTPConnection(sim.url.removeprefix("http://"), timeout=10)
        connection.request(
            "POST", url.removeprefix(sim.url), json.dumps({"text": "hi"}), {**HEADERS, **headers}
        )
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses == [503, 200, 200]
    assert len(sim.hooks.all) == 2
    assert [(one.key, one.body) for one in sim.hooks.once("oncall")] == [("abc", {"text": "hi"})]
    assert sim.requests == []


def test_the_end_closes_what_is_still_open():
    with Simulator() as sim:
        sim.repository("octo-org/demo").issue()
        connection = http.client.HTTPConnection(sim.url.removeprefix("http://"), timeout=10)
        connection.request("GET", ISSUE, headers=HEADERS)
        connection.getresponse().read()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        again(connection)
    connection.close()


def test_an_enterprise_server_names_its_own_addresses():
    with Simulator(enterprise=True) as sim:
        repo = sim.repository("octo-org/demo")
        for _ in range(3):
            repo.issue()
        assert sim.api_url.endswith("/api/v3")
        got = asker(sim)("GET", "/repos/octo-org/demo/issues?per_page=2")
        assert got.headers["Link"].startswith(f"<{sim.api_url}/repositories/")
        assert len(asker(sim)("GET", got.headers["Link"].split(";")[0].strip("<>")).data) == 1


def again(connection):
    connection.request("GET", ISSUE, headers=HEADERS)
    connection.getresponse()


def test_it_imports_nothing_of_the_tool():
    folder = Path(__file__).parents[1] / "github_simulator"
    importers = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rulewright"))
        or (isinstance(node, ast.Import) and any(name.name.startswith("rulewright") for name in node.names))
    }
    assert importers == {"graphql/cut.py"}  # a script, which reads the documents that the schema is cut for
