"""State in a git reference, on the simulator: commits, races, uncertain answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from github_simulator import Simulator
from rulewright.github.client import Client
from rulewright.github.errors import GitHubError
from rulewright.run.hash_chain import ChainError
from rulewright.run.state.git_reference import GitRefStore
from rulewright.run.state.store import lines_of

REF = "refs/rulewright/state"
REPO = "octo-org/demo"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        simulator.repository(REPO, files={"README.md": "# Demo\n"})
        yield simulator
        assert not simulator.violations
        assert not simulator.limits.breaches


@pytest.fixture
def store(sim: Simulator) -> Any:
    def make(seed: int = 0) -> GitRefStore:
        client = Client(
            sim.token("actions", permissions={"contents": "write"}),
            api_url=sim.api_url,
            clock=sim.clock,
            seed=seed,
        )
        return GitRefStore(client, REPO, REF, clock=sim.clock, seed=seed)

    return make


def run(number: int, at: str = "2026-01-05T09:00:00Z") -> dict[str, Any]:
    return {"kind": "run", "at": at, "repository": REPO, "resume": number}


def resumes(store: GitRefStore) -> list[int]:
    return [line.content["resume"] for line in lines_of(store.segments())]


def test_what_is_flushed_is_there_for_the_next_runner(store: Any) -> None:
    first = store()
    assert first.memory().head.seq == 0
    first.append([run(1)])
    first.flush()
    first.append([run(2)])
    first.append([run(3, "2026-01-06T00:00:00Z")])
    first.flush()
    assert resumes(first) == [1, 2, 3]
    second = store()
    assert second.memory() == first.memory()
    assert resumes(second) == [1, 2, 3]
    second.append([run(4, "2026-01-07T00:00:00Z")])
    assert resumes(second) == [1, 2, 3, 4]
    second.flush()
    assert [name for name, _ in store().segments()] == [
        "journal/2026-01-05.jsonl",
        "journal/2026-01-07.jsonl",
    ]


def test_nothing_to_put_away_asks_nothing(sim: Simulator, store: Any) -> None:
    store().flush()
    assert not sim.writes


def test_a_lost_race_is_run_again_behind_the_winner(store: Any) -> None:
    one, two = store(1), store(2)
    one.append([run(0)])
    one.flush()
    assert two.memory().head.seq == 1
    for number in range(1, 6):
        one.append([run(number)])
        two.append([run(number * 10)])
        one.flush()
        two.flush()
    assert sorted(resumes(store())) == sorted([0, *range(1, 6), *range(10, 60, 10)])


def test_the_first_of_two_makes_the_reference(store: Any) -> None:
    one, two = store(1), store(2)
    assert one.memory() == two.memory()
    one.append([run(1)])
    two.append([run(2)])
    one.flush()
    two.flush()
    assert resumes(store()) == [1, 2]


@pytest.mark.parametrize("mode", ["error_after", "cut_after", "error_before", "cut_before", "truncated"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ".*/git/refs"), ("PATCH", ".*/git/refs/.*"), ("POST", ".*/git/commits")],
)
def test_an_uncertain_answer_doubles_nothing(
    sim: Simulator, store: Any, mode: str, method: str, path: str
) -> None:
    sim.faults.script(mode, method=method, path=path)
    one = store()
    for number in range(3):
        one.append([run(number)])
        one.flush()
    assert resumes(store()) == [0, 1, 2]
    assert sum(sim.faults.happened.values()) == 1


def test_a_move_that_was_done_and_moved_on_from_is_not_done_again(sim: Simulator, store: Any) -> None:
    one, two = store(1), store(2)
    one.append([run(0)])
    one.flush()
    one.append([run(1)])
    sim.faults.script("error_after", method="PATCH", path=".*/git/refs/.*")
    original, seen = type(sim.clock).sleep, []

    def sleep(self: Any, seconds: float) -> None:
        """While the client waits to ask again, another run goes on from what was done."""
        if sim.faults.happened and not seen:
            seen.append(seconds)
            two.append([run(2)])
            two.flush()
        original(self, seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(sim.clock), "sleep", sleep)
        one.flush()
    assert seen
    assert resumes(store()) == [0, 1, 2]


def test_many_failures_lose_and_double_nothing(sim: Simulator, store: Any) -> None:
    sim.faults.rate = 0.2
    sim.faults.modes = ("error_before", "error_after", "cut_before", "cut_after", "truncated", "html")
    stores = [store(seed) for seed in range(3)]
    done = []
    for number in range(15):
        one = stores[number % 3]
        one.append([run(number)])
        done.append(number)
        for _ in range(5):
            try:
                one.flush()
                break
            except GitHubError:
                continue
    sim.faults.clear()
    for one in stores:
        one.flush()
    assert sorted(resumes(store())) == done


def test_a_reference_that_was_tampered_with_is_refused(sim: Simulator, store: Any) -> None:
    one = store()
    one.append([run(1), run(2)])
    one.flush()
    client = one._reference._client
    base = one._known()
    data = base.last.replace(b'"resume":2', b'"resume":3')
    for name, text in ((base.segments[0][0], data.decode()), ("memory.json", "{}")):
        tree = client.send(
            "POST",
            f"/repos/{REPO}/git/trees",
            {
                "base_tree": base.tree,
                "tree": [{"path": name, "mode": "100644", "type": "blob", "content": text}],
            },
        )["sha"]
        base = base._replace(tree=tree)
    commit = client.send(
        "POST",
        f"/repos/{REPO}/git/commits",
        {"message": "x", "tree": base.tree, "parents": [base.commit]},
    )["sha"]
    client.send("PATCH", f"/repos/{REPO}/git/refs/rulewright/state", {"sha": commit, "force": False})
    with pytest.raises(ChainError):
        store().memory()
