"""What each kind of token may do, and how GitHub says no."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

REPOSITORY = "/repos/octo-org/demo"
ISSUE = f"{REPOSITORY}/issues/1"


@pytest.fixture
def repo(sim):
    repo = sim.repository(
        "octo-org/demo", collaborators={"mona": "write", "hubot": "triage", "reader": "read"}
    )
    repo.issue(author="octocat")
    repo.pull()
    sim.repository("octo-org/hidden", private=True).issue()
    return repo


def test_no_token_a_wrong_one_and_none_for_a_write(sim, repo, ask):
    assert ask("GET", ISSUE, token="ghp_wrong").status == 401
    assert ask("GET", ISSUE, token="ghp_wrong").data["message"] == "Bad credentials"
    assert ask("GET", ISSUE, token="").headers["X-RateLimit-Limit"] == "60"
    assert ask("POST", f"{ISSUE}/comments", {"body": "x"}, token="").status == 401


def test_what_cannot_be_seen_is_not_found(sim, repo, ask):
    hidden = "/repos/octo-org/hidden/issues/1"
    assert ask("GET", hidden).status == 404
    assert ask("GET", hidden, token=sim.token("user", "mona")).status == 404
    assert ask("GET", hidden, token=sim.token("app", repositories=["octo-org/hidden"])).status == 200
    assert ask("GET", hidden, token=sim.token("user", "octo-org")).status == 200


def test_a_missing_permission_is_named_in_a_header(sim, repo, ask):
    token = sim.token("actions", permissions={"issues": "read", "contents": "read"})
    assert ask("GET", ISSUE, token=token).status == 200
    refused = ask("POST", f"{ISSUE}/labels", {"labels": ["bug"]}, token=token)
    assert (refused.status, refused.data["message"]) == (403, "Resource not accessible by integration")
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "issues=write; pull_requests=write"


def test_pull_requests_take_either_permission_and_issues_their_own(sim, repo, ask):
    pulls = sim.token("actions", permissions={"pull_requests": "write"})
    issues = sim.token("actions", permissions={"issues": "write"})
    body = {"labels": ["bug"]}
    assert ask("POST", f"{REPOSITORY}/issues/2/labels", body, token=pulls).status == 200
    assert ask("POST", f"{REPOSITORY}/issues/2/labels", body, token=issues).status == 200
    assert ask("POST", f"{ISSUE}/labels", body, token=pulls).status == 403


def test_a_person_may_do_what_the_role_allows(sim, repo, ask):
    token = {name: sim.token("user", name) for name in ("mona", "hubot", "reader", "octocat", "stranger")}
    labels = {
        name: ask("POST", f"{ISSUE}/labels", {"labels": ["bug"]}, token=token[name]).status for name in token
    }
    assert labels == {"mona": 200, "hubot": 200, "reader": 403, "octocat": 403, "stranger": 403}
    assert ask("POST", f"{ISSUE}/comments", {"body": "x"}, token=token["stranger"]).status == 201
    assert ask("PATCH", ISSUE, {"body": "mine"}, token=token["octocat"]).status == 200
    assert ask("PATCH", ISSUE, {"body": "theirs"}, token=token["reader"]).status == 403
    got = ask("GET", REPOSITORY, token=token["hubot"])
    assert got.data["permissions"]["triage"]
    assert not got.data["permissions"]["push"]
    assert got.headers["X-OAuth-Scopes"] == "project, repo"


def test_only_a_person_has_a_user(sim, repo, ask):
    assert ask("GET", "/user").status == 403
    mona = ask("GET", "/user", token=sim.token("user", "mona")).data
    assert (mona["login"], mona["type"]) == ("mona", "User")


def test_a_workflow_reports_no_vulnerability_and_reaches_no_board(sim, repo, ask):
    sim.project("octo-org", "Board")
    path, body = f"{REPOSITORY}/security-advisories/reports", {"summary": "s", "description": "d"}
    assert ask("POST", path, body).status == 403
    assert ask("POST", path, body, token=sim.token("app")).status == 201
    assert ask("GET", "/orgs/octo-org/projectsV2/1").status == 403
    assert ask("GET", "/orgs/octo-org/projectsV2/1", token=sim.token("app")).status == 200
    assert [one["sender"] for one in repo.data.reports] == ["triage-app[bot]"]


def test_an_archived_repository_and_a_locked_issue(sim, repo, ask):
    sim.act("mona").lock(repo, 1)
    assert ask("POST", f"{ISSUE}/comments", {"body": "x"}, token=sim.token("user", "reader")).status == 403
    repo.data.archived = True
    assert ask("POST", f"{ISSUE}/comments", {"body": "x"}).status == 403
    assert ask("GET", ISSUE).status == 200


def test_deleted_issues_are_gone_and_bots_are_refused_without_an_agent(sim, repo, ask):
    sim.act("mona").delete(repo, 1)
    assert ask("GET", ISSUE).status == 410
    assert ask("GET", f"{REPOSITORY}/issues/99").status == 404
    request = urllib.request.Request(sim.api_url + REPOSITORY, headers={"User-Agent": ""})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    with caught.value as error:
        assert error.code == 403
        assert "User-Agent" in json.loads(error.read())["message"]


def test_tokens_stand_in_no_log(sim, repo, ask):
    token = sim.token("user", "mona")
    ask("POST", f"{ISSUE}/comments", {"body": "x"}, token=token)
    assert token not in repr(sim.requests)
    assert token not in repr(list(sim.identities.values()))


def test_both_styles_of_address_are_served(sim, repo, ask):
    assert ask("GET", f"/api/v3{ISSUE}").data == ask("GET", ISSUE).data


def test_a_renamed_repository_redirects_and_keeps_what_it_has(sim, repo, ask):
    sim.rename("octo-org/demo", "octo-org/fresh")
    got = ask("GET", ISSUE)  # urllib follows
    assert (got.status, got.data["repository_url"][-14:]) == (200, "octo-org/fresh")
    assert ask("POST", f"{ISSUE}/comments", {"body": "x"}, token=sim.token("user", "mona")).status == 307


def test_an_installation_lists_its_repositories(sim, repo, ask):
    assert [one["name"] for one in ask("GET", "/installation/repositories").data["repositories"]] == ["demo"]
    assert ask("GET", "/installation/repositories", token=sim.token("user", "mona")).status == 403
    assert ask("GET", f"{REPOSITORY}/collaborators/mona").status == 204
    assert ask("GET", f"{REPOSITORY}/collaborators/octocat").status == 404
