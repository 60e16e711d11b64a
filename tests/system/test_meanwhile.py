"""People who do something while a run is under way: what they do wins over what was decided before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from adopted import Adopted, Run, adopted
from github_simulator import Simulator
from rulewright.github.transport import Transport

DAY = 86_400.0


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Adopted]:
    with Simulator(seed=2) as sim:
        repo = sim.repository("octo-org/demo", collaborators={"mona": "admin", "hubot": "write"})
        with adopted(sim, repo, tmp_path, "--enforce", "--owner", "hubot") as made:
            yield made
        assert sim.violations == []


@contextmanager
def when(seen: Callable[[str, str], bool], then: Callable[[], object]) -> Iterator[list[str]]:
    """Call `then` once, right before the first request (method, path) that `seen` is true of."""
    request, happened = Transport.request, list[str]()

    def asked(this: Any, method: str, url: str, *arguments: Any, **named: Any) -> Any:
        if not happened and seen(method, url):
            happened.append(url)
            with mock.patch.object(Transport, "request", request):
                then()
        return request(this, method, url, *arguments, **named)

    with mock.patch.object(Transport, "request", asked):
        yield happened
    assert happened


def forgotten(here: Adopted, count: int) -> list[int]:
    """Issues that were asked for information more than two weeks ago: the next night closes them."""
    numbers = [here.sim.act("ada").open(here.repo, f"It stops ({n})", "It just stops.") for n in range(count)]
    for number in numbers:
        here.deliver("issues", "opened", number, sender="ada")
    here.sim.clock.advance(20 * DAY)
    return numbers


def first_close(method: str, url: str) -> bool:
    """The first write of the nightly run: by then all of the batch is decided."""
    return method in ("POST", "PATCH") and "/graphql" not in url


def shown(here: Adopted, number: int) -> dict[str, Any]:
    return here.repo.state()[number]


@pytest.mark.slow
@pytest.mark.parametrize(
    "did",
    [
        lambda who, repo, number: who.add_labels(repo, number, "no-triage"),
        lambda who, repo, number: who.comment(repo, number, "It is still wanted."),
        lambda who, repo, number: who.add_labels(repo, number, "in-progress"),
        lambda who, repo, number: who.remove_labels(repo, number, "needs-info"),
        lambda who, repo, number: who.edit_body(repo, number, "It stops at row seven."),
        lambda who, repo, number: who.edit_title(repo, number, "The export stops"),
        lambda who, repo, number: who.assign(repo, number, "hubot"),
    ],
    ids=["opt-out", "comment", "work begins", "label removed", "body", "title", "assigned"],
)
def test_what_a_person_does_during_a_sweep_is_seen(here: Adopted, did: Callable[..., object]) -> None:
    """The last of twelve issues that the night would close: a person comes while the first is being closed."""
    numbers = forgotten(here, 12)
    last = numbers[-1]
    with when(first_close, lambda: did(here.sim.act("mona"), here.repo, last)):
        (run,) = here.night()
    assert run.code == 0, run.err
    assert shown(here, last)["state"] == "open"
    assert [shown(here, number)["state"] for number in numbers[:-1]] == ["closed"] * 11
    assert not any("not provided within 14 days" in body for body in here.bodies(last))


@pytest.mark.slow
def test_what_a_person_closed_meanwhile_gets_nothing_more(here: Adopted) -> None:
    numbers = forgotten(here, 3)
    with when(first_close, lambda: here.sim.act("mona").close(here.repo, numbers[-1], "completed")):
        (run,) = here.night()
    assert run.code == 0, run.err
    found = shown(here, numbers[-1])
    assert (found["state"], found["state_reason"]) == ("closed", "completed")
    assert not any("not provided within 14 days" in body for body in here.bodies(numbers[-1]))


def between(here: Adopted, number: int, did: Callable[[], object]) -> Run:
    """One run on a new issue, and a person who comes between two of its writes."""
    writes = 0

    def second(method: str, url: str) -> bool:
        nonlocal writes
        writes += method in ("POST", "PATCH", "DELETE") and f"/issues/{number}" in url
        return writes == 2

    with when(second, did):
        (run,) = here.deliver("issues", "opened", number, sender="ada")
    return run


def test_between_two_writes_on_one_issue_a_person_wins(here: Adopted) -> None:
    number = here.sim.act("ada").open(here.repo, "[P0] Production is down", "All nodes.")
    run = between(here, number, lambda: here.sim.act("mona").add_labels(here.repo, number, "no-triage"))
    assert run.code == 5
    assert "mona added `no-triage`" in run.summary
    assert here.messages() == {}  # the label that would remember it is not set
    labels = set(shown(here, number)["labels"])
    assert "no-triage" in labels
    # One write was on its way; nothing came after it.
    before = shown(here, number)
    assert [
        one.code for one in here.deliver("issues", "labeled", number, sender="mona", label="no-triage")
    ] == [0]
    assert shown(here, number) == before


def test_after_a_wait_for_a_limit_the_subject_is_looked_at_again(here: Adopted) -> None:
    """500 seconds is long: a title that a person gave meanwhile is not overwritten."""
    number = here.sim.act("ada").open(here.repo, "[P1] It stops", "It just stops.")
    path = rf".*/issues/{number}"
    here.sim.faults.script("too_many", method="PATCH", path=path, seconds=500)
    request, sleep = here.sim.clock, here.sim.clock.sleep
    waits: list[float] = []

    def slept(seconds: float) -> None:
        waits.append(seconds)
        if seconds > 100 and len([one for one in waits if one > 100]) == 1:
            here.sim.act("mona").edit_title(here.repo, number, "[P1] The export stops at row seven")
        sleep(seconds)

    with mock.patch.object(request, "sleep", slept):
        (run,) = here.deliver("issues", "opened", number, sender="ada")
    assert max(waits) > 100
    assert shown(here, number)["title"] == "[P1] The export stops at row seven"
    assert run.code == 5, run.err
