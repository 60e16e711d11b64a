"""After a run nothing is left to do: the next one looks, and does nothing."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from sizes import size


def acted(here: Any, since: int) -> list[tuple[Any, ...]]:
    return [
        (one["target"], one["rule"], one["action"], one["arguments"])
        for one in here.records("effect")[since:]
        if one["status"] == "applied"
    ]


def settled(here: Any, runs: int = 2) -> None:
    """A run or two, and nothing is left to do: neither by another one nor by the plans of a dry one.

    One does all, but for what needs a look at how others stand after it: what an issue repeats is a matter of titles
    and states that the first run may have changed, and where two policies wanted different things of one label on
    the way, the second run sees which of them still does.
    """
    for _ in range(runs):
        said = here.run("--all")
        assert said.code == 0 or "conflict on label" in said.out, said.err
    after, told, written = here.repo.state(), len(here.sim.hooks.all), len(here.records("effect"))
    said = here.run("--all")
    assert acted(here, written) == []
    assert (here.repo.state(), len(here.sim.hooks.all)) == (after, told)
    against = re.findall(r"conflict on .*", said.out)
    assert (said.code, against) == (0, []), said.err
    odd = [one for one in here.records("effect") if one["status"] not in ("applied", "unchanged")]
    assert odd == []
    sent = {one["key"] for one in here.records("effect") if one["emission"]}
    _, plans = here.plans()
    left = [one for plan in plans for one in plan["effects"] if one["key"] not in sent]
    if here.board is None:  # what the token cannot do is said in every run
        left = [one for one in left if one["action"] != "set_field"]
    assert left == []
    assert here.twice() == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["app", "actions", "user"])
def test_the_next_run_finds_nothing(stage: Any, kind: str) -> None:
    """A run after the first has nothing to do, but for what an issue repeats once its title has changed."""
    with stage(issues=12, seed=3, kind=kind) as here:
        here.run("--all")
        renamed = {one["target"] for one in here.records("effect") if one["action"] == "set_title"}
        written = len(here.records("effect"))
        here.run("--all")
        later = acted(here, written)
        assert [one for one in later if not (one[1].startswith("duplicates/") and one[0] in renamed)] == []
        settled(here, runs=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(size("pasts") + 1))
def test_the_next_run_finds_nothing_of_any_past(stage: Any, seed: int, labels: Any, people: Any) -> None:
    """People change what they like before each pair of runs, and time passes."""
    with stage(issues=30, seed=200 + seed, kind=("app", "user")[seed % 2]) as here:
        draw = random.Random(seed)
        settled(here)
        for hours in (3, 100):
            for _ in range(25):
                number = draw.randrange(1, 31)
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
