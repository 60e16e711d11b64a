"""Many issues: a sweep stays within GitHub's limits, says where it stopped, and goes on from there."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from unittest import mock

import pytest

from rulewright.github.reader import GitHubReader
from sizes import size

NOW = "2026-01-05T09:00:00Z"


def swept(here: Any, most: int) -> tuple[list[int], Counter[tuple[str, str]], int]:
    """Runs, an hour apart, each from where the last one stopped, until every subject was looked at.

    Exit codes, requests by kind, and the most that a run's reader remembered at its end.
    """
    readers: list[GitHubReader] = []
    made = GitHubReader.__init__

    def kept(this: GitHubReader, *arguments: Any, **named: Any) -> None:
        made(this, *arguments, **named)
        readers.append(this)

    codes, looked, remembered = [], 0, 0
    with mock.patch.object(GitHubReader, "__init__", kept):
        for _ in range(most):
            said = here.run("--now", NOW)
            codes.append(said.code)
            assert said.code in (0, 5), said.err
            end = here.records("run")[-1]
            looked += int(re.findall(r"([\d,]+) subjects?;", said.err)[-1].replace(",", ""))
            remembered = max(remembered, *(len(one._known) for one in readers))
            readers.clear()
            if looked >= sum(one["state"] == "open" for one in here.repo.state().values()):
                kinds = Counter((one.method, re.sub(r"/\d+", "/N", one.path)) for one in here.sim.requests)
                return codes, kinds, remembered
            assert said.code == 5
            assert end["missed"] > 0
            assert end["resume"] is not None
            here.sim.clock.advance(3600)
    raise AssertionError(f"not through after {codes}")


@pytest.mark.slow
def test_a_sweep_larger_than_the_limit_goes_on_where_it_stopped(stage: Any) -> None:
    with stage(issues=25, seed=9, ample=False) as here:
        here.sim.limits.core["app"] = 60
        codes, _, remembered = swept(here, 12)
        assert len(codes) > 1
        assert here.sim.limits.peaks["points"] <= 900
        assert remembered < 60  # what was read of a subject goes with its batch


@pytest.mark.slow
def test_many_issues_stay_within_the_limits(stage: Any) -> None:
    """As many requests an hour as there are issues, as for 5,000 issues on GitHub."""
    issues = size("swept_issues")
    with stage(issues=issues, seed=9, ample=False) as here:
        here.sim.limits.core["app"] = issues
        codes, kinds, remembered = swept(here, 12)
        assert codes[-1] in (0, 5)  # 5: the budget of effects leaves the rest to later runs
        reads = sum(count for (method, _), count in kinds.items() if method == "GET")
        open_ones = sum(one["state"] == "open" for one in here.repo.state().values())
        done = len(here.records("effect"))
        assert reads < 4 * open_ones + 4 * done, (reads, open_ones, done, codes)
        assert here.sim.limits.peaks["points"] <= 900
        assert remembered < 100
