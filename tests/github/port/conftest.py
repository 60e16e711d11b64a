"""A repository on the simulator, and the port that apply gets for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.actions.plan import Effect, effect_key
from rulewright.events.snapshot import Subject
from rulewright.run.connection import Connection, connect

NAME = "octo-org/demo"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """Neither requests nor limits may be offended."""
    with Simulator() as running:
        yield running
    assert running.violations == []
    assert running.limits.breaches == 0


@pytest.fixture
def repo(sim: Simulator) -> RepositoryHandle:
    return sim.repository(
        NAME,
        labels=["Triaged", "Backlog", "severity/high", "severity/low", "C++ / build"],
        collaborators={"mona": "write", "octocat": "read"},
    )


@pytest.fixture
def connected(sim: Simulator, repo: RepositoryHandle) -> Callable[..., Connection]:
    """A new run with a token of that kind."""

    def make(kind: Any = "app", **environ: str) -> Connection:
        given = {"GITHUB_TOKEN": sim.token(kind), **environ}
        return connect(NAME, api_url=sim.api_url, environ=given, clock=sim.clock)

    return make


@pytest.fixture
def effect() -> Callable[..., Effect]:
    def make(action: str, number: int, **arguments: Any) -> Effect:
        target = f"{NAME}#{number}"
        emission = action in ("notify", "create_issue", "set_output", "fail", "warn")
        key = effect_key(action, target, "intake/rule", arguments)
        return Effect(action, target, arguments, "intake/rule", emission=emission, key=key)

    return make


@pytest.fixture
def about() -> Callable[[int], Subject]:
    return lambda number: Subject("issue", NAME, number)
