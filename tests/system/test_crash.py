"""A run may die at any moment: the next one ends where an undisturbed one would have, and doubles nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest

from rulewright.github.transport import Transport
from rulewright.run.state import files
from sizes import size

NOW = "2026-01-05T09:00:00Z"
SIZE = {"issues": 7, "seed": 5}


class Died(BaseException):
    """What no handler catches: the process is gone."""


class Deaths:
    """Counts what a run does to the outside, and ends it at the `at`th step, before or after the step is done.

    A step is a request, or a write to the journal; of the latter `half` may stand before the end.
    """

    def __init__(self, at: int | None = None, when: str = "before") -> None:
        self.at, self.when, self.steps = at, when, 0

    def _step(self, do: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        self.steps += 1
        if self.steps != self.at:
            return do()
        if self.when == "after":
            do()
        elif self.when == "half" and half is not None:
            half()
        raise Died

    @contextmanager
    def around(self) -> Iterator[None]:
        request, write = Transport.request, files._write

        def asked(this: Any, *arguments: Any, **named: Any) -> Any:
            return self._step(lambda: request(this, *arguments, **named))

        def written(path: Any, lines: Any) -> None:
            def half() -> None:
                with path.open("ab") as stream:
                    stream.write(b"".join(line.data() for line in lines)[:-20])

            self._step(lambda: write(path, lines), half)

        with mock.patch.object(Transport, "request", asked), mock.patch.object(files, "_write", written):
            yield


class End(NamedTuple):
    """What an observer finds in the end."""

    state: dict[int, dict[str, Any]]
    notified: frozenset[tuple[str, str]]


def undisturbed(stage: Any, kind: str) -> tuple[End, int]:
    """The end, and how many steps it took."""
    with stage(**SIZE, kind=kind) as here:
        deaths = Deaths()
        with deaths.around():
            assert here.run("--now", NOW).code == 0
        return End(here.state(), frozenset(here.notified())), deaths.steps


def check(stage: Any, kind: str, places: list[tuple[int, str]], expected: End) -> None:
    """Die at each of the places in turn, one run after the other, then let a run come to its end."""
    with stage(**SIZE, kind=kind) as here:
        for at, when in places:
            deaths = Deaths(at, when)
            with deaths.around():
                try:
                    here.run("--now", NOW)
                except Died:
                    pass
                else:
                    assert deaths.steps < at
            here.sim.clock.advance(60)
        said = here.run("--now", NOW)
        assert said.code == 0, (places, said.err)
        assert End(here.state(), frozenset(here.notified())) == expected, places
        assert here.twice() == [], places
        keys = {(one.name, one.body["text"], one.key) for one in here.sim.hooks.all}
        assert len(keys) == len(expected.notified), places  # what came twice came with the same key
        verified = here.call("journal", "verify", str(here.journal))
        assert verified.code == 0, (places, verified.err)
        again = here.run("--now", NOW)
        assert End(here.state(), frozenset(here.notified())) == expected, (places, again.err)


@pytest.mark.slow
def test_a_run_that_died_is_finished_by_the_next(stage: Any) -> None:
    expected, steps = undisturbed(stage, "app")
    assert steps > 40
    for number in range(5):
        at = steps * (number + 2) // 7
        check(stage, "app", [(at, ("before", "after", "half")[number % 3])], expected)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_run_may_die_anywhere(stage: Any, part: int) -> None:
    expected, steps = undisturbed(stage, "app")
    apart = size("deaths_apart")
    for at in range(1 + part * apart // 4, steps + 1, apart):
        check(stage, "app", [(at, ("before", "after", "half")[at // 4 % 3])], expected)


@pytest.mark.slow
def test_runs_may_die_again_and_again(stage: Any) -> None:
    """Each run gets a little further, and dies too."""
    expected, steps = undisturbed(stage, "app")
    for seed in range(3):
        places = [
            (20 + 13 * (seed + 2 * turn) % steps, ("after", "before", "half")[(seed + turn) % 3])
            for turn in range(5)
        ]
        check(stage, "app", places, expected)


def test_what_is_taken_up_counts_in_the_plan_that_follows(stage: Any) -> None:
    """The rest of an interrupted run asks an old issue for information: it is asked now, and not stale."""
    with stage(issues=0, ample=False, more="# one at a time\n") as here:
        config = Path("rulewright.yaml")
        config.write_text(config.read_text().replace("effects_per_run: 200", "effects_per_run: 1"))
        number = here.repo.issue("[P1] It stops", "It does.", created_at="2025-11-01T00:00:00Z")
        for _ in range(12):
            said = here.run()
            assert said.code in (0, 5), said.err
            here.sim.clock.advance(60)
        assert "needs-info" in here.repo.state()[number]["labels"]
        assert here.repo.state()[number]["state"] == "open"
