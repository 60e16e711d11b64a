"""Baselines in a directory of state, and in a git reference on the simulator."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from github_simulator import Simulator
from rulewright.github.client import Client
from rulewright.github.errors import GitHubError
from rulewright.measurements.baseline_store import BaselineFiles
from rulewright.policy.config import State
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.run.state.baselines import (
    BaselineStore,
    DirectoryBaselines,
    GitRefBaselines,
    open_baselines,
    require_baselines,
)
from rulewright.run.state.git_reference import GitRefStore

REF = "refs/rulewright/state"
REPO = "octo-org/demo"
Make = Callable[[], BaselineStore]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        simulator.repository(REPO, files={"README.md": "# Demo\n"})
        yield simulator
        assert not simulator.violations
        assert not simulator.limits.breaches


def client(sim: Simulator) -> Client:
    token = sim.token("actions", permissions={"contents": "write"})
    return Client(token, api_url=sim.api_url, clock=sim.clock, seed=0)


@pytest.fixture(params=["directory", "git_ref"])
def make(request: pytest.FixtureRequest, sim: Simulator, tmp_path: Path) -> Make:
    if request.param == "directory":
        return lambda: DirectoryBaselines(tmp_path / "state")
    return lambda: GitRefBaselines(client(sim), REPO, REF, clock=sim.clock, seed=0)


def put(store: BaselineStore, files: Mapping[str, bytes | None]) -> None:
    store.update(lambda _: files, "Baselines: test")


def test_what_is_written_is_there_for_the_next_run(make: Make) -> None:
    assert make().names() == []
    assert make().read("gate/objective/a.json") is None
    put(make(), {"gate/objective/a.json": b"one\n", "gate/other/b.json": b"two\n"})
    store = make()
    assert store.names() == ["gate/objective/a.json", "gate/other/b.json"]
    assert store.read("gate/objective/a.json") == b"one\n"
    put(store, {"gate/objective/a.json": b"three\n", "gate/other/b.json": None, "gate/none/c.json": None})
    assert store.names() == make().names() == ["gate/objective/a.json"]
    assert store.read("gate/objective/a.json") == make().read("gate/objective/a.json") == b"three\n"


def test_a_change_sees_what_another_run_wrote_meanwhile(make: Make) -> None:
    first, second = make(), make()
    first.names()
    seen: list[bytes | None] = []

    def append(files: BaselineFiles) -> Mapping[str, bytes | None]:
        seen.append(files.read("g/o/a.json"))
        return {"g/o/a.json": (seen[-1] or b"") + b"first\n"}

    put(second, {"g/o/a.json": b"second\n"})
    first.update(append, "Baselines: test")
    assert make().read("g/o/a.json") == b"second\nfirst\n"
    assert seen[-1] == b"second\n"


def test_many_runs_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    def append(files: BaselineFiles) -> Mapping[str, bytes | None]:
        return {"g/o/a.json": (files.read("g/o/a.json") or b"") + b"."}

    stores = [DirectoryBaselines(tmp_path) for _ in range(8)]
    threads = [threading.Thread(target=store.update, args=(append, "")) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].read("g/o/a.json") == b"." * 8


def test_baselines_and_the_journal_share_a_reference(sim: Simulator) -> None:
    journal = GitRefStore(client(sim), REPO, REF, clock=sim.clock, seed=1)
    journal.append([{"kind": "run", "at": "2026-01-05T09:00:00Z", "repository": REPO, "resume": 1}])
    journal.flush()
    store = GitRefBaselines(client(sim), REPO, REF, clock=sim.clock, seed=0)
    put(store, {"g/o/a.json": b"one\n"})
    journal.append([{"kind": "run", "at": "2026-01-05T10:00:00Z", "repository": REPO, "resume": 2}])
    journal.flush()
    again = GitRefStore(client(sim), REPO, REF, clock=sim.clock, seed=2)
    assert again.memory().head.seq == 2
    assert [name for name, _ in again.segments()] == ["journal/2026-01-05.jsonl"]
    assert GitRefBaselines(client(sim), REPO, REF, clock=sim.clock).read("g/o/a.json") == b"one\n"


def test_no_change_is_no_commit(sim: Simulator) -> None:
    put(GitRefBaselines(client(sim), REPO, REF, clock=sim.clock), {"g/o/a.json": None})
    assert not sim.writes


def test_a_reference_that_cannot_be_written(sim: Simulator) -> None:
    token = sim.token("actions", permissions={"contents": "read"})
    reader = Client(token, api_url=sim.api_url, clock=sim.clock, seed=0)
    with pytest.raises(GitHubError):
        put(GitRefBaselines(reader, REPO, REF, clock=sim.clock), {"g/o/a.json": b"one\n"})


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(SourceError, match="cannot write"):
        put(DirectoryBaselines(tmp_path / "state"), {"g/o/a.json": b"one\n"})


def test_where_state_is_kept(tmp_path: Path) -> None:
    def connect() -> object:
        raise AssertionError("state in a directory asks nothing of GitHub")

    state = State(directory=str(tmp_path))
    assert isinstance(open_baselines(state, connect), DirectoryBaselines)  # type: ignore[arg-type]
    assert open_baselines(State(), connect) is None  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="has no `state:`"):
        require_baselines(State(), connect)  # type: ignore[arg-type]
