"""Rate limits are enforced, told as GitHub tells them, and who keeps on is counted."""

from __future__ import annotations

import pytest

REPOSITORY = "/repos/octo-org/demo"


@pytest.fixture
def repo(sim):
    repo = sim.repository("octo-org/demo", collaborators={"mona": "write"})
    repo.issue()
    return repo


def test_every_answer_tells_what_remains(sim, repo, ask):
    sim.limits.core["actions"] = 3
    remaining = [ask("GET", REPOSITORY).headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert remaining == ["2", "1", "0"]
    refused = ask("GET", REPOSITORY)
    assert (refused.status, refused.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert refused.data["message"].startswith("API rate limit exceeded")
    assert sim.limits.breaches == 0
    ask("GET", REPOSITORY)
    assert (sim.limits.hits, sim.limits.breaches) == (2, 1)
    sim.clock.sleep(int(refused.headers["X-RateLimit-Reset"]) - sim.clock.now())
    assert ask("GET", REPOSITORY).status == 200


def test_asking_for_the_limits_costs_nothing(sim, repo, ask):
    before = ask("GET", "/rate_limit").data["resources"]["core"]
    assert (before["limit"], before["remaining"]) == (1000, 1000)
    ask("GET", REPOSITORY)
    assert ask("GET", "/rate_limit").data["resources"]["core"]["remaining"] == 999
    person = sim.token("user", "mona")
    assert ask("GET", "/rate_limit", token=person).data["resources"]["core"]["limit"] == 5000


def test_an_etag_makes_the_same_answer_free(sim, repo, ask):
    tag = ask("GET", f"{REPOSITORY}/issues/1").headers["ETag"]
    used = ask("GET", "/rate_limit").data["rate"]["used"]
    same = ask("GET", f"{REPOSITORY}/issues/1", headers={"If-None-Match": tag})
    assert (same.status, same.data) == (304, None)
    assert ask("GET", "/rate_limit").data["rate"]["used"] == used
    sim.act("mona").add_labels(repo, 1, "bug")
    changed = ask("GET", f"{REPOSITORY}/issues/1", headers={"If-None-Match": tag})
    assert (changed.status, changed.headers["ETag"] != tag) == (200, True)


def test_too_many_points_in_a_minute_are_a_secondary_limit(sim, repo, ask):
    sim.limits.points_per_minute = 12
    path = f"{REPOSITORY}/issues/1/labels"
    assert [ask("POST", path, {"labels": ["bug"]}).status for _ in range(3)] == [200, 200, 403]
    again = ask("GET", REPOSITORY)
    assert "secondary rate limit" in again.data["message"]
    assert again.headers["Retry-After"] == "60"
    assert (sim.limits.hits, sim.limits.breaches) == (2, 1)
    sim.clock.sleep(60)
    assert ask("GET", REPOSITORY).status == 200
    assert sim.limits.breaches == 1


def test_content_has_limits_of_its_own(sim, repo, ask):
    sim.limits.content_per_minute, sim.limits.content_per_hour = 2, 3
    path = f"{REPOSITORY}/issues/1/comments"
    assert [ask("POST", path, {"body": "x"}).status for _ in range(3)] == [201, 201, 403]
    assert len(repo.state()[1]["comments"]) == 2
    sim.clock.sleep(120)
    assert ask("POST", path, {"body": "x"}).status == 403  # the refused one counted too: four within the hour
    sim.clock.sleep(3600)
    assert ask("POST", path, {"body": "x"}).status == 201


def test_pacing_as_the_documentation_asks_meets_no_limit(sim, repo, ask):
    sim.limits.core["actions"] = 5000
    for index in range(90):
        assert ask("POST", f"{REPOSITORY}/issues/1/labels", {"labels": [f"l{index}"]}).status == 200
        sim.clock.sleep(1)
    assert sim.limits.hits == 0
    assert 295 <= sim.limits.peaks["points"] <= 305


def test_searching_has_a_count_by_the_minute_and_shows_a_thousand(sim, repo, ask):
    sim.checks.responses = False  # a hundred issues a page, a thousand of them: other tests hold their shape
    for _ in range(1005):
        repo.issue("Crash on start", "It does.")
    got = ask("GET", "/search/issues?q=repo:octo-org/demo+crash&per_page=100&page=10")
    assert (got.data["total_count"], len(got.data["items"])) == (1005, 100)
    assert 'rel="next"' not in got.headers["Link"]
    assert ask("GET", "/search/issues?q=crash&per_page=100&page=11").status == 422
    assert [ask("GET", "/search/issues?q=crash").status for _ in range(29)][-2:] == [200, 403]
    sim.clock.sleep(60)
    assert ask("GET", "/search/issues?q=crash").status == 200


def test_graphql_says_that_it_is_limited_with_two_hundred(sim, repo, ask):
    sim.limits.graphql["user"] = 1
    token = sim.token("user", "mona")
    body = {"query": "query me { viewer { login } }"}
    assert "errors" not in ask("POST", "/graphql", body, token=token).data
    limited = ask("POST", "/graphql", body, token=token)
    assert (limited.status, limited.headers["X-RateLimit-Remaining"]) == (200, "0")
    assert limited.data["errors"][0]["type"] == "RATE_LIMITED"
