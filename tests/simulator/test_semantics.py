"""Details of GitHub's behaviour that tools trip over."""

from __future__ import annotations

import pytest

REPOSITORY = "/repos/octo-org/demo"


@pytest.fixture
def repo(sim):
    return sim.repository("octo-org/demo", collaborators={"mona": "write"})


def events(repo, number):
    return [one.kind for one in repo.get(number).events]


def test_closing_as_a_duplicate_names_the_other_by_its_database_id(repo, ask):
    first, second = repo.issue("First"), repo.issue("Second")
    other = ask("GET", f"{REPOSITORY}/issues/{first}").data["id"]
    path = f"{REPOSITORY}/issues/{second}"
    body = {"state": "closed", "state_reason": "duplicate", "duplicate_issue_id": first}
    assert ask("PATCH", path, body).status == 422  # a number is no id
    got = ask("PATCH", path, {**body, "duplicate_issue_id": other})
    assert (got.data["state"], got.data["state_reason"]) == ("closed", "duplicate")
    assert events(repo, second) == ["marked_as_duplicate", "closed"]


def test_a_reason_counts_only_when_the_state_changes(repo, ask):
    path = f"{REPOSITORY}/issues/{repo.issue()}"
    ask("PATCH", path, {"state": "closed", "state_reason": "not_planned"})
    again = ask("PATCH", path, {"state": "closed", "state_reason": "completed"}).data
    assert again["state_reason"] == "not_planned"
    reopened = ask("PATCH", path, {"state": "open"}).data
    assert (reopened["state_reason"], reopened["closed_at"]) == ("reopened", None)
    assert events(repo, 1) == ["closed", "reopened"]
    assert ask("PATCH", path, {"state": "closed"}).data["state_reason"] == "completed"


def test_patching_replaces_whole_sets(repo, ask):
    number = repo.issue(labels=["bug", "question"], assignees=["mona"])
    got = ask("PATCH", f"{REPOSITORY}/issues/{number}", {"labels": ["question", "new"], "assignees": []}).data
    assert [one["name"] for one in got["labels"]] == ["question", "new"]
    assert got["assignees"] == []
    assert events(repo, number)[3:] == ["unlabeled", "labeled", "unassigned"]


def test_what_changes_nothing_leaves_no_trace(sim, repo, ask):
    number = repo.issue("Title", "Body", labels=["bug"])
    before = ask("GET", f"{REPOSITORY}/issues/{number}").data
    sim.clock.advance(60)
    ask("POST", f"{REPOSITORY}/issues/{number}/labels", {"labels": ["BUG"]})
    ask("PATCH", f"{REPOSITORY}/issues/{number}", {"title": "Title", "body": "Body", "state": "open"})
    assert ask("GET", f"{REPOSITORY}/issues/{number}").data == before
    sim.act("mona").edit_body(repo, number, "Better")
    assert ask("GET", f"{REPOSITORY}/issues/{number}").data["updated_at"] > before["updated_at"]
    assert [one.before for one in repo.get(number).history] == ["Body"]


def test_lists_hold_pull_requests_and_are_filtered(sim, repo, ask):
    repo.issue("Old", labels=["bug"], created_at="2026-01-01T00:00:00Z")
    repo.issue("Closed", state="closed", created_at="2026-01-02T00:00:00Z")
    pull = repo.pull("Change", labels=["bug"])
    repo.issue("Mine", assignees=["mona"], author="mona")

    def numbers(query):
        return [one["number"] for one in ask("GET", f"{REPOSITORY}/issues?{query}").data]

    assert numbers("") == [4, 3, 1]
    assert numbers("state=all&direction=asc") == [1, 2, 3, 4]
    assert numbers("labels=bug") == [3, 1]
    assert numbers("labels=bug,question") == []
    assert numbers("since=2026-01-04T00:00:00Z&state=all") == [4, 3]
    assert numbers("assignee=mona") == [4]
    assert numbers("assignee=none") == [3, 1]
    assert numbers("creator=mona") == [4]
    sim.clock.advance(5)
    sim.act("mona").comment(repo, 1, "bump")
    assert numbers("sort=updated") == [1, 4, 3]
    assert numbers("sort=comments&direction=desc")[0] == 1
    found = ask("GET", f"{REPOSITORY}/issues/{pull}").data
    assert found["pull_request"]["url"].endswith(f"/pulls/{pull}")


def test_a_label_that_is_not_there_and_one_with_a_slash(repo, ask):
    number = repo.issue(labels=["area/api: v2"])
    base = f"{REPOSITORY}/issues/{number}/labels"
    assert ask("DELETE", f"{base}/bug").data["message"] == "Label does not exist"
    assert ask("DELETE", f"{base}/area%2Fapi%3A%20v2").data == []


def test_texts_have_an_end(repo, ask):
    number = repo.issue()
    path = f"{REPOSITORY}/issues/{number}"
    assert ask("POST", f"{path}/comments", {"body": "x" * 65_536}).status == 201
    assert ask("POST", f"{path}/comments", {"body": "x" * 65_537}).status == 422
    assert ask("POST", f"{path}/comments", {"body": "  "}).status == 422
    assert ask("PATCH", path, {"title": "x" * 257}).status == 422
    assert ask("PATCH", path, {"body": "x" * 65_537}).status == 422
    assert ask("POST", f"{path}/labels", {"labels": ["x" * 51]}).status == 422


def test_mentions_tell_people_and_numbers_refer(sim, repo, ask):
    first, second = repo.issue("First"), repo.issue("Second")
    sim.act("mona").comment(repo, second, "@octocat see #1, `@ghost` and user@example.com")
    assert events(repo, second) == ["commented", "mentioned", "subscribed"]
    reference = ask("GET", f"{REPOSITORY}/issues/{first}/timeline").data[0]
    assert (reference["event"], reference["source"]["issue"]["number"]) == ("cross-referenced", second)


def test_a_page_beyond_the_last_is_empty_and_tells_the_way_back(repo, ask):
    for _ in range(3):
        repo.issue()
    got = ask("GET", f"{REPOSITORY}/issues?per_page=2&page=9")
    assert got.data == []
    assert 'page=2>; rel="prev"' in got.headers["Link"]


def test_a_deleted_comment_leaves_the_timeline(sim, repo, ask):
    number = repo.issue()
    comment = sim.act("mona").comment(repo, number, "oops")
    ask("DELETE", f"{REPOSITORY}/issues/comments/{comment}")
    assert events(repo, number) == ["comment_deleted"]


def test_bad_json_is_400_and_an_unknown_method_404(sim, repo, ask):
    import urllib.error
    import urllib.request

    request = urllib.request.Request(f"{sim.api_url}{REPOSITORY}/issues", b"{", method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    with caught.value as error:
        assert error.code == 400
    assert ask("PUT", f"{REPOSITORY}/issues/1", {}).status == 404
    assert len(sim.violations) == 1
    sim.violations.clear()
