"""Issues, labels, comments, assignees and the timeline, over real HTTP."""

from __future__ import annotations

import pytest

from github_simulator import Simulator, VirtualClock

REPOSITORY = "/repos/octo-org/demo"


@pytest.fixture
def repo(sim):
    return sim.repository("octo-org/demo", collaborators={"mona": "write", "hubot": "triage"})


def test_a_label_added_over_http_stands_on_the_issue_and_in_its_timeline(sim, repo, ask):
    number = repo.issue("App crashes on startup", "It crashes.")
    got = ask("POST", f"{REPOSITORY}/issues/{number}/labels", {"labels": ["bug", "new one"]})
    assert [one["name"] for one in got.data] == ["bug", "new one"]
    sim.act("mona").remove_labels(repo, number, "bug")
    timeline = ask("GET", f"{REPOSITORY}/issues/{number}/timeline").data
    assert [(one["event"], one["actor"]["login"], one["actor"]["type"]) for one in timeline] == [
        ("labeled", "github-actions[bot]", "Bot"),
        ("labeled", "github-actions[bot]", "Bot"),
        ("unlabeled", "mona", "User"),
    ]
    assert timeline[0]["performed_via_github_app"]["id"] == 15368
    assert timeline[2]["performed_via_github_app"] is None
    assert repo.state()[number]["labels"] == ["new one"]


def test_comments_are_made_edited_and_deleted(sim, repo, ask):
    number = repo.issue()
    made = ask("POST", f"{REPOSITORY}/issues/{number}/comments", {"body": "first"})
    assert made.status == 201
    sim.clock.sleep(5)
    path = f"{REPOSITORY}/issues/comments/{made.data['id']}"
    edited = ask("PATCH", path, {"body": "second"}).data
    assert (edited["body"], edited["created_at"] < edited["updated_at"]) == ("second", True)
    assert repo.state()[number]["comments"] == [("github-actions[bot]", "second")]
    assert ask("DELETE", path).status == 204
    assert ask("GET", path).status == 404
    assert repo.state()[number]["comments"] == []


def test_people_who_cannot_be_assigned_are_dropped_in_silence(repo, ask):
    number = repo.issue(assignees=["hubot"])
    got = ask("POST", f"{REPOSITORY}/issues/{number}/assignees", {"assignees": ["mona", "octocat", "nobody"]})
    assert got.status == 201
    assert [one["login"] for one in got.data["assignees"]] == ["hubot", "mona"]


def test_a_list_is_walked_by_its_links(sim, repo, ask):
    for index in range(7):
        repo.issue(f"Issue {index}")
    got = ask("GET", f"{REPOSITORY}/issues?per_page=3&direction=asc")
    numbers, links = [], 0
    while True:
        numbers += [one["number"] for one in got.data]
        following = [part for part in got.headers.get("Link", "").split(", ") if 'rel="next"' in part]
        if not following:
            break
        links += 1
        got = ask("GET", following[0].split(";")[0].strip("<>"))
    assert (numbers, links) == ([1, 2, 3, 4, 5, 6, 7], 2)


def test_the_log_of_requests_tells_what_had_an_effect(sim, repo, ask):
    number = repo.issue()
    ask("GET", f"{REPOSITORY}/issues/{number}")
    ask("PATCH", f"{REPOSITORY}/issues/{number}", {"state": "closed", "state_reason": "not_planned"})
    ask("PATCH", f"{REPOSITORY}/issues/99", {"state": "closed"})
    assert [(one.method, one.status, one.effect) for one in sim.requests] == [
        ("GET", 200, False),
        ("PATCH", 200, True),
        ("PATCH", 404, False),
    ]
    assert [one.body for one in sim.writes] == [{"state": "closed", "state_reason": "not_planned"}]


def test_a_virtual_clock_moves_by_sleeping():
    clock = VirtualClock("2026-01-05T09:00:00Z")
    before = clock.now()
    clock.sleep(60)
    clock.advance(1)
    assert (clock.now() - before, clock.slept) == (61, 60)
    with Simulator(clock) as sim:
        assert sim.clock is clock
