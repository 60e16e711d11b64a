"""GitHub fails in every way that it has: a run ends complete, or says what is left; in the end nothing is missing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from github_simulator.faults import MODES
from sizes import size

NOW = "2026-01-05T09:00:00Z"
NEVER_TRUE = "stale_304"
"""GitHub does not say "not modified" of what was modified but by a cache of its own that lags, and nobody can tell
that from the truth: a run takes the old answer for the present. So it is left out where runs are compared with an
undisturbed one, and has a test of its own, which lets such a run go wrong in one way only: to do nothing."""
TRUE = tuple(mode for mode in MODES if mode != NEVER_TRUE)
QUICK = ("error_after", "cut_after", "secondary", "stale_304")
CRASH = re.compile(r"^error: (\S+: )?unexpected |^Traceback ", re.MULTILINE)
"""What an exception that nobody expected prints, in the command or in one subject: texts of policies and issues, which
stand within a line, may have the same words."""
REST = re.compile(r"(\d[\d,]*) subjects? not evaluated, deferred to the next run: ([\d, ]+)")


def check_rest(said: Any, here: Any) -> None:
    """What a run says that it left is exactly what it did not look at."""
    end = here.records("run")[-1]
    assert said.code in (0, 4, 5), said.err
    assert CRASH.search(said.err) is None, said.err
    told = REST.search(said.err)
    assert (int(told[1].replace(",", "")) if told else 0) == end["missed"], said.err
    if end["halt"] is not None:
        assert said.code in (4, 5), said.err
        assert "stopped:" in said.err
    if said.code == 0:
        assert (end["missed"], end["halt"]) == (0, None)
        held = [one for one in here.records("effect") if one["status"] in ("failed", "held_back")]
        done = {one["key"] for one in here.records("effect") if one["status"] not in ("failed", "held_back")}
        assert {one["key"] for one in held} <= done


def until_done(here: Any, most: int) -> list[int]:
    """Runs on, an hour apart, until one is complete; the exit codes."""
    codes = []
    for _ in range(most):
        said = here.run("--now", NOW)
        check_rest(said, here)
        codes.append(said.code)
        if said.code == 0:
            return codes
        here.sim.clock.advance(3600)
    raise AssertionError(f"still not done after {codes}: {said.err}")


def until_at_rest(here: Any, most: int) -> list[int]:
    """The same, and once more: what the tool writes makes a subject new, so that the next run looks at it again."""
    codes = until_done(here, most)
    here.sim.clock.advance(3600)
    return [*codes, *until_done(here, most)]


def apart(state: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Without what an issue is said to repeat: that follows the titles and states of others, as each run finds
    them, and a disturbed past has more runs."""
    return {
        number: {**one, "comments": [said for said in one["comments"] if "duplicates/advise" not in said[1]]}
        for number, one in state.items()
    }


def advised_anew(here: Any) -> dict[int, dict[str, Any]]:
    """What is said of repetitions once all that was said before is gone: that depends on the present alone."""
    for issue in here.repo.data.issues.values():
        issue.comments[:] = [one for one in issue.comments if "duplicates/advise" not in one.body]
    for _ in range(2):
        here.run("--now", NOW)
    state: dict[int, dict[str, Any]] = here.state()
    return state


def compared(stage: Any, issues: int, seed: int, kind: str, most: int) -> tuple[list[int], Any]:
    with stage(issues=issues, seed=seed, kind=kind) as calm:
        until_at_rest(calm, 12)
        first, told = apart(calm.state()), calm.notified()
        expected = advised_anew(calm)
    with stage(issues=issues, seed=seed, kind=kind) as here:
        here.sim.faults.modes = TRUE
        here.sim.faults.rate = 0.3
        codes = until_at_rest(here, most)
        here.sim.faults.clear()
        state = apart(here.state())
        assert {number: (one, first[number]) for number, one in state.items() if one != first[number]} == {}
        assert here.notified() == told
        assert here.twice() == []
        assert here.call("journal", "verify", str(here.journal)).code == 0
        assert advised_anew(here) == expected
        return codes, here.sim.faults.happened


@pytest.mark.slow
def test_a_small_run_gets_through(stage: Any) -> None:
    codes, happened = compared(stage, 8, 11, "app", 12)
    assert codes[-1] == 0
    assert sum(happened.values()) > 15


@pytest.mark.slow
def test_many_issues_get_through(stage: Any) -> None:
    codes, happened = compared(stage, size("issues_under_faults"), 2, "app", 40)
    assert codes[-1] == 0
    assert set(happened) == set(TRUE)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(size("pasts")))
def test_other_pasts_get_through_with_other_tokens(stage: Any, seed: int) -> None:
    codes, _ = compared(stage, 40, 30 + seed, ("user", "actions", "app")[seed % 3], 20)
    assert codes[-1] == 0


@pytest.mark.parametrize(
    "mode",
    [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in MODES],
)
def test_each_failure_alone(stage: Any, mode: str) -> None:
    """Every third request fails in the same way."""
    with stage(issues=3, seed=2) as calm:
        assert calm.run("--now", NOW).code == 0
        expected, told = calm.state(), calm.notified()
    with stage(issues=3, seed=2) as here:
        here.sim.faults.modes = (mode,)
        here.sim.faults.rate = 0.34
        codes = until_done(here, 12)
        here.sim.faults.clear()
        assert here.twice() == []
        if mode != NEVER_TRUE:
            assert (here.state(), here.notified()) == (expected, told), codes
        here.run("--now", NOW)
        assert (here.state(), here.notified()) == (expected, told)
