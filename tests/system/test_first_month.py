"""The first weeks of a repository with an old backlog, by what `rulewright init` writes: nothing happens while it only
observes; once it enforces, no old issue is closed in the first month, and nobody is paged twice about one thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adopted import Adopted, Run, adopted
from github_simulator import Simulator, seeded
from sizes import size

YEAR = 365.0
ERROR = re.compile(r"^(error: |Traceback )", re.MULTILINE)
"""How a line of an error begins: texts of policies and issues, which stand within a line, may speak of errors."""


def failed(runs: list[Run]) -> list[Run]:
    """Those that ended otherwise than well, or with a part left to the next run."""
    return [run for run in runs if run.code not in (0, 5) or ERROR.search(run.err)]


def crowd(here: Adopted, day: int) -> list[Run]:
    """What people do that day: they comment on two issues, and one of them is edited. What the workflows then did."""
    open_ones = [number for number, one in here.repo.state().items() if one["state"] == "open"]
    runs = []
    for step, login in enumerate(("octocat", "mona")):
        number = open_ones[(7 * day + 3 * step) % len(open_ones)]
        comment = here.sim.act(login).comment(here.repo, number, "Any news of this?")
        runs += here.deliver("issue_comment", "created", number, sender=login, comment=comment)
        here.sim.act(login).edit_comment(here.repo, comment, "Any news of this? It still happens.")
        runs += here.deliver("issue_comment", "edited", number, sender=login, comment=comment)
    title = here.repo.get(number).title
    here.sim.act("mona").edit_title(here.repo, number, f"{title} ({day})")
    return runs + here.deliver("issues", "edited", number, sender="mona")


@pytest.mark.slow
def test_fourteen_nights_of_observing_change_nothing(tmp_path: Path) -> None:
    with Simulator(seed=3) as sim:
        past = seeded(sim, size("backlog"), 3, days=YEAR)
        with adopted(sim, past.repository, tmp_path) as here:
            before = past.repository.state()
            for _ in range(14):
                runs = here.night()
                assert [run.code for run in runs] == [0], runs[0].err
                assert "observe" in runs[0].summary
        assert past.repository.state() == before
        assert sim.writes == []
        assert sim.hooks.all == []
        assert sim.violations == []


@pytest.mark.slow
@pytest.mark.parametrize("created_after", [True, False])
def test_a_month_of_enforcing_closes_no_old_issue_and_pages_nobody_twice(
    created_after: bool, tmp_path: Path
) -> None:
    """`created_after`: whether the nightly runs leave the backlog out, as `--enforce` writes it, or somebody has
    removed that line."""
    with Simulator(seed=4) as sim:
        past = seeded(sim, size("backlog"), 4, days=YEAR)
        old = {number for number, one in past.repository.state().items() if one["state"] == "open"}
        with adopted(sim, past.repository, tmp_path, "--enforce", "--owner", "hubot") as here:
            config = here.root / "rulewright.yaml"
            lines = config.read_text().splitlines(keepends=True)
            kept = [line for line in lines if not line.startswith("issues: { created_after:")]
            assert len(kept) == len(lines) - 1
            if not created_after:
                config.write_text("".join(kept))
            for day in range(29):
                runs = crowd(here, day) + here.night()
                assert failed(runs) == [], (day, [run.err for run in failed(runs)])
            state = past.repository.state()
            assert {number for number in old if state[number]["state"] != "open"} == set()
            messages = here.messages()
            assert messages
            assert {message: times for message, times in messages.items() if times > 1} == {}
            assert doubled(here) == []
        assert sim.violations == []


def doubled(here: Adopted) -> list[tuple[int, str]]:
    """Comments of one rule that stand twice on an issue: (number, marker)."""
    out = []
    for number in here.repo.state():
        marks = [body.partition("-->")[0] for body in here.bodies(number)]
        out += [(number, mark) for mark in set(marks) if marks.count(mark) > 1]
    return out
