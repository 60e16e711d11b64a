"""Workflows with different tokens, as where grooming has one for the project board: nothing is written twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from adopted import BOT, Adopted, Run, adopted
from github_simulator import Simulator

pytestmark = pytest.mark.slow

GROOMING = ".github/workflows/grooming.yml"
ACCOUNTS = {"app": "triage-app[bot]", "user": "hubot"}


@pytest.fixture(params=ACCOUNTS)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Adopted, str]]:
    """With the login that grooming acts as."""
    login = ACCOUNTS[request.param]
    with Simulator(seed=2) as sim:
        repo = sim.repository("octo-org/demo", collaborators={"mona": "admin", "hubot": "write"})
        with adopted(sim, repo, tmp_path, "--enforce", "--owner", "mona") as made:
            made.tokens[GROOMING] = sim.token(request.param, "hubot" if request.param == "user" else None)
            yield made, login
        assert sim.violations == []


def name_it(here: Adopted, login: str) -> None:
    with (here.root / "rulewright.yaml").open("a") as config:
        config.write(f'\nidentity: {{ also: ["{login}"] }}\n')


def done(runs: list[Run]) -> list[Run]:
    assert runs
    assert [(run.code, run.err) for run in runs if run.code != 0] == []
    return runs


def written(here: Adopted, number: int) -> Counter[str]:
    """Marker → how many of the comments on an issue have it, whoever wrote them."""
    bodies = [
        body for _, body in here.repo.state()[number]["comments"] if body.startswith("<!-- rulewright:")
    ]
    return Counter(body.partition("-->")[0] for body in bodies)


@pytest.mark.slow
@pytest.mark.parametrize("first", ["night", "event"])
def test_a_named_account_is_known_to_every_workflow(here: tuple[Adopted, str], first: str) -> None:
    there, login = here
    name_it(there, login)
    number = there.sim.act("ada").open(there.repo, "[P0] Production is down: out of memory", "All nodes.")
    if first == "event":
        done(there.deliver("issues", "opened", number, sender="ada"))
    night = done(there.night())
    assert f"writes as {login}" not in "".join(run.summary for run in night)
    authors = {who for who, _ in there.repo.state()[number]["comments"]}
    assert authors == ({BOT} if first == "event" else {login})
    assert written(there, number)["<!-- rulewright:intake/incomplete "] == 1
    before, messages = written(there, number), there.messages()
    assert sum(messages.values()) == 1
    there.sim.act("ada").edit_body(there.repo, number, "All nodes of the cluster.")
    done(there.deliver("issues", "edited", number, sender="ada"))
    done(there.night())
    assert written(there, number) == before
    assert there.messages() == messages
    # What one account has set, the other takes back: nobody takes it for a person's doing.
    assert "needs-info" in there.repo.state()[number]["labels"]
    whole = "### Summary\n\nA.\n\n### Reproduction steps\n\nB.\n\n### Expected behaviour\n\nC.\n"
    there.sim.act("ada").edit_body(
        there.repo, number, f"{whole}\n### Actual behaviour\n\nD.\n\n### Version\n\n1.2\n"
    )
    done(there.deliver("issues", "edited", number, sender="ada"))
    assert "needs-info" not in there.repo.state()[number]["labels"]


def test_an_account_that_is_not_named_is_told_of(here: tuple[Adopted, str]) -> None:
    there, login = here
    (night,) = done(there.night())
    assert f"Rulewright writes as {login}." in night.summary.replace("\\", "")
    assert f'identity: {{ also: ["{login}"] }}' in night.err
    number = there.sim.act("ada").open(there.repo, "It crashes", "Text.")
    (event,) = done(there.deliver("issues", "opened", number, sender="ada"))
    assert "writes as" not in event.summary + event.err
    name_it(there, login)
    (night,) = done(there.night())
    assert "writes as" not in night.summary + night.err
