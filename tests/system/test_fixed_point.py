"""After a run nothing is left to do: the next one looks, and does nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest


def settled(here: Any) -> None:
    """Two runs; the second one finds nothing, and neither does a dry one after it."""
    said = here.run("--all")
    assert said.code == 0, said.err
    after, written = here.repo.state(), len(here.records("effect"))
    told = len(here.sim.hooks.all)
    code, _, err = here.run("--all")
    again = [
        (one["target"], one["rule"], one["action"], one["arguments"])
        for one in here.records("effect")[written:]
        if one["status"] == "applied"
    ]
    assert again == []
    assert (code, here.repo.state()) == (0, after), err
    assert len(here.sim.hooks.all) == told
    sent = {one["key"] for one in here.records("effect") if one["emission"]}
    _, plans = here.plans()
    left = [one for plan in plans for one in plan["effects"] if one["key"] not in sent]
    if here.board is None:  # what the token cannot do is said in every run
        left = [one for one in left if one["action"] != "set_field"]
    assert left == []
    assert here.twice() == []


@pytest.mark.parametrize("kind", ["app", "actions", "user"])
def test_the_next_run_finds_nothing(stage: Any, kind: str) -> None:
    with stage(issues=25, seed=3, kind=kind) as here:
        settled(here)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_the_next_run_finds_nothing_of_any_past(stage: Any, seed: int, labels: Any, people: Any) -> None:
    """People change what they like before each pair of runs, and time passes."""
    with stage(issues=40, seed=200 + seed, kind=("app", "user")[seed % 2]) as here:
        draw = random.Random(seed)
        settled(here)
        for hours in (3, 30, 400):
            for _ in range(25):
                number = draw.randrange(1, 41)
                who = here.sim.act(draw.choice(people))
                change = draw.choice(("add", "remove", "say", "assign", "title"))
                if change == "add":
                    who.add_labels(here.repo, number, draw.choice(labels))
                elif change == "remove":
                    who.remove_labels(here.repo, number, draw.choice(labels))
                elif change == "say":
                    who.comment(here.repo, number, draw.choice(("Thanks.", "size estimate: small")))
                elif change == "assign":
                    who.assign(here.repo, number, draw.choice(people))
                else:
                    who.edit_title(here.repo, number, f"[P2] Renamed {draw.randrange(100)}")
            settled(here)
            here.sim.clock.advance(hours * 3600)
            settled(here)
