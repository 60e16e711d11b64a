"""A seeded repository is varied, the same for a seed, and lies in the past."""

from __future__ import annotations

import pytest

from github_simulator import Simulator, seeded


@pytest.fixture(scope="module")
def past():
    with Simulator() as sim:
        yield seeded(sim, issues=300, seed=1), sim


def test_the_same_seed_gives_the_same_repository(past):
    def state(seed):
        with Simulator() as sim:
            return seeded(sim, issues=60, seed=seed).repository.state()

    assert state(3) == state(3) != state(4)


def test_it_is_varied(past):
    made, _ = past
    issues = made.repository.data.issues
    assert len(issues) == 300
    assert 5 <= len(made.secrets) <= 60
    assert 10 <= len(made.complete) <= 150
    assert made.duplicates
    assert all(first < number for number, first in made.duplicates.items())
    assert 5 <= len(made.pulls) <= 40
    assert {one.author.account.type for one in issues.values()} == {"User", "Bot"}
    assert {one.state for one in issues.values()} == {"open", "closed"}
    kinds = {event.kind for one in issues.values() for event in one.events}
    assert {
        "labeled",
        "unlabeled",
        "assigned",
        "commented",
        "closed",
        "reopened",
        "cross-referenced",
    } <= kinds


def test_every_secret_stands_in_a_text_of_its_own(past):
    made, _ = past
    texts = [one["body"] or "" for one in made.repository.state().values()]
    texts += [body for one in made.repository.state().values() for _, body in one["comments"]]
    for secret in made.secrets:
        assert sum(secret in text for text in texts) == 1


def test_it_lies_in_the_past_in_order(past):
    made, sim = past
    now = sim.clock.now()
    issues = list(made.repository.data.issues.values())
    assert [one.created_at for one in issues] == sorted(one.created_at for one in issues)
    for one in issues:
        moments = [event.at for event in one.events]
        assert moments == sorted(moments)
        assert all(one.created_at <= moment < now for moment in moments)
        assert one.updated_at == max([one.created_at, *moments])
