"""Two runs on one issue at the same time, as workflows with different concurrency groups start them. Whatever one of
them does while the other is between two requests, nothing stands twice, and both end as two runs in a row would."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple
from unittest import mock

import pytest

from rulewright.github.transport import Transport
from sizes import size

Run = Callable[[Any, int, str], Any]
PAGES = ("oncall", "security-oncall")
SECRETS = ("RULEWRIGHT_ONCALL_URL", "RULEWRIGHT_SECURITY_URL")


class Pause:
    """Counts the requests of a run, and calls `meanwhile` before the `at`th."""

    def __init__(self, at: int | None = None, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.at, self.meanwhile, self.requests = at, meanwhile, 0

    @contextmanager
    def around(self) -> Iterator[None]:
        request = Transport.request

        def asked(this: Any, *arguments: Any, **named: Any) -> Any:
            self.requests += 1
            if self.requests == self.at:
                with mock.patch.object(Transport, "request", request):
                    self.meanwhile()
            return request(this, *arguments, **named)

        with mock.patch.object(Transport, "request", asked):
            yield


class End(NamedTuple):
    """What people find in the end, and what their channels got, each text once."""

    issues: dict[int, dict[str, Any]]
    notified: frozenset[tuple[str, str]]


def event_run(here: Any, number: int, journal: str) -> Any:
    """The run of triage.yml for an issue that was opened, on a machine of its own."""
    return here.event(here.repo.payload("issues", "opened", number), "--journal", journal)


def sweep(here: Any, number: int, journal: str) -> Any:
    """The run of grooming.yml at night, on a machine of its own."""
    return here.run("--journal", journal)


def opened(here: Any, corpus: ModuleType) -> int:
    """A new issue that is masked, answered, labelled, and told of on both channels."""
    secret = random.Random(7).choice(corpus.VALUES["github_token"])(random.Random(7))
    number: int = here.repo.issue(
        "[P0] Production is down: out of memory on every node", f"It crashes with the token {secret}."
    )
    here.sim.clock.advance(30)
    return number


def forgotten(here: Any, corpus: ModuleType) -> int:
    """An issue that was asked for information long ago: a sweep closes it, and says so."""
    number = opened(here, corpus)
    assert here.run().code == 0
    here.sim.clock.advance(40 * 86400)
    return number


def around(
    stage: Any, corpus: ModuleType, prepare: Callable[..., int], outer: Run, inner: Run, at: int | None
) -> tuple[End, int]:
    """The end where the inner run comes before the `at`th request of the outer (None: after it), and how many
    requests the outer made."""
    with stage(issues=0) as here:
        number = prepare(here, corpus)
        codes = []
        journals = [str(here.folder / name) for name in ("one.jsonl", "other.jsonl")]
        pause = Pause(at, lambda: codes.append(inner(here, number, journals[1])))
        with pause.around():
            codes.append(outer(here, number, journals[0]))
        if at is None:
            codes.append(inner(here, number, journals[1]))
        assert [said.code for said in codes] == [0, 0], [said.err for said in codes]
        assert here.twice() == [], at
        keys = {(one.name, one.body["text"], one.key) for one in here.sim.hooks.all}
        assert len(keys) == len(here.notified()), at  # what was sent twice was sent with the same key
        return End(here.state(), frozenset(here.notified())), pause.requests


def unreached(stage: Any, corpus: ModuleType, at: int) -> int:
    """Two runs that reach no channel, the second before the `at`th request of the first, and one that reaches them.
    How many requests the first made."""
    with stage(issues=0) as here:
        number = opened(here, corpus)
        addresses = {name: os.environ.pop(name) for name in SECRETS}
        codes = []
        pause = Pause(at, lambda: codes.append(sweep(here, number, str(here.folder / "other.jsonl"))))
        with pause.around():
            codes.append(event_run(here, number, str(here.folder / "one.jsonl")))
        assert 5 in {said.code for said in codes} <= {0, 5}, [said.err for said in codes]
        assert here.twice() == [], at
        os.environ.update(addresses)
        said = sweep(here, number, str(here.folder / "next.jsonl"))
        assert said.code == 0, said.err
        assert {name for name, _ in here.notified()} == set(PAGES), at
        assert [body for _, body in here.state()[number]["comments"] if "rulewright:unsent" in body] == []
        return pause.requests


@pytest.mark.slow
def test_what_neither_of_two_runs_could_send_is_sent_by_the_next(stage: Any, corpus: ModuleType) -> None:
    """Both keep it, in the same comment, whenever the one comes between two requests of the other."""
    at = 1
    while at <= unreached(stage, corpus, at):
        at += size("pauses_apart")


SCENES = {
    "the same event twice": (opened, event_run, event_run),
    "a sweep during an event": (opened, event_run, sweep),
    "an event during a sweep": (opened, sweep, event_run),
    "two sweeps": (forgotten, sweep, sweep),
}


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_two_runs_end_as_one_after_the_other(scene: str, stage: Any, corpus: ModuleType) -> None:
    prepare, outer, inner = SCENES[scene]
    expected, requests = around(stage, corpus, prepare, outer, inner, None)
    assert requests > 10
    if prepare is opened:
        assert {name for name, _ in expected.notified} == set(PAGES)
    else:
        assert [one["state"] for one in expected.issues.values()] == ["closed"]
    for at in range(1, requests + 1, size("pauses_apart")):
        assert around(stage, corpus, prepare, outer, inner, at)[0] == expected, at
