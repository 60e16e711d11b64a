"""Verdicts on tokens and repositories of every sort, by what GitHub answers."""

from __future__ import annotations

import re

import pytest

from rulewright.github.errors import GitHubError
from rulewright.github.preflight import examine
from rulewright.github.required_permissions import RequiredPermission
from rulewright.github.waiting import RetryPolicy
from rulewright.report.preflight import PreflightReport, verdict
from rulewright.report.reporter import Page

REPO = "octo-org/demo"
FINE = "github_pat_" + "0" * 40
BOARD = {"id": "P", "closed": False, "viewerCanUpdate": True}
WRITER = {"permissions": {"admin": False, "push": True, "triage": True, "pull": True}, "has_issues": True}
HIDDEN = {"message": "Resource not accessible by personal access token"}


@pytest.fixture
def ask(server, make_client, reply):
    """The verdict and reason for one demand. `answers`: path or name of a document → reply; the rest is empty."""

    def run(demand, *, repo=WRITER, token=FINE, **answers):
        known = {f"/repos/{REPO}": reply(body=repo) if isinstance(repo, dict) else repo}
        known |= answers

        def answer(seen):
            path = seen.path.partition("?")[0]
            if path == "/graphql":
                name = re.match(r"\s*query (\w+)", seen.body["query"])[1]
                data = {"viewer": {"login": "mona"}} if name == "viewer" else {}
                return known.get(name, reply(body={"data": data}))
            return known.get(path.removeprefix(f"/repos/{REPO}/"), known.get(path, reply(body=[])))

        server.always = answer
        client = make_client(token=token, retry_policy=RetryPolicy(attempts=1))
        found = examine(client, REPO, [demand])
        assert {seen.method for seen in server.seen if seen.path != "/graphql"} == {"GET"}
        return found

    return run


def one(found):
    return found.findings[0].verdict, found.findings[0].reason


def demand(permission, access="write", role="triage", **more):
    return RequiredPermission(permission, access, REPO, role, ("add_labels (intake/rule)",), **more)


def test_what_a_fine_grained_token_may_write_is_not_known(ask):
    assert one(ask(demand("issues"))) == ("unknown", "known only after a write")
    assert one(ask(demand("contents"))) == ("unknown", "known only after a write")
    assert one(ask(demand("issues", "read"))) == ("allowed", "read succeeded")


def test_what_it_may_not_read_it_may_not_write(ask, reply):
    needed = {"X-Accepted-GitHub-Permissions": "issues=read"}
    found = ask(demand("issues"), issues=reply(403, HIDDEN, needed))
    assert one(found) == ("missing", "the token lacks a permission; it needs the permission issues: read")


def test_its_owner_may_have_too_low_a_role(ask):
    reader = {**WRITER, "permissions": {"pull": True}}
    assert one(ask(demand("issues"), repo=reader))[0] == "missing"
    assert "the role none" in one(ask(demand("issues"), repo={**WRITER, "permissions": {}}))[1]
    assert one(ask(demand("issues"), repo={"has_issues": True}))[0] == "unknown"


def test_the_role_of_an_installation_says_nothing(ask):
    reader = {**WRITER, "permissions": {"pull": False}}
    assert one(ask(demand("issues"), repo=reader, token="ghs_" + "0" * 36))[0] == "unknown"


def test_a_scope_for_public_repositories_does_not_do_for_private_ones(ask, reply):
    scopes = {"X-OAuth-Scopes": "public_repo, gist"}
    for private, expected in ((False, "allowed"), (True, "missing")):
        found = ask(
            demand("issues"), repo=reply(body={**WRITER, "private": private}, headers=scopes), token="0" * 40
        )
        assert found.findings[0].verdict == expected
        assert found.unneeded == (("gist",) if not private else ("gist", "public_repo"))


def test_an_archived_repository_takes_no_writes(ask):
    archived = {**WRITER, "archived": True}
    assert one(ask(demand("issues"), repo=archived)) == ("missing", "the repository is archived")
    assert one(ask(demand("issues", "read"), repo=archived))[0] == "allowed"


def test_issues_may_be_switched_off(ask):
    off = {**WRITER, "has_issues": False}
    assert one(ask(demand("issues"), repo=off)) == ("missing", "issues are disabled in the repository")
    assert one(ask(demand("pull_requests"), repo=off))[0] == "unknown"


@pytest.mark.parametrize(
    ("board", "access", "expected"),
    [
        (BOARD, "write", "allowed"),
        (BOARD, "read", "allowed"),
        ({**BOARD, "viewerCanUpdate": False}, "write", "missing"),
        ({**BOARD, "viewerCanUpdate": False}, "read", "allowed"),
        ({**BOARD, "closed": True}, "write", "missing"),
        ({"id": "P"}, "write", "unknown"),
        (None, "read", "missing"),
    ],
)
def test_a_board_says_whether_it_can_be_changed(board, access, expected, ask, reply):
    answer = reply(body={"data": {"user": {"projectV2": board}}})
    found = ask(demand("projects", access, project="3"), user_project=answer)
    assert found.findings[0].verdict == expected


def test_boards_that_nobody_names(ask, reply):
    assert one(ask(demand("projects", "read"))) == ("unknown", "no board is configured")
    scopes = reply(body=WRITER, headers={"X-OAuth-Scopes": "read:project"})
    assert one(ask(demand("projects", "read"), repo=scopes, token="0" * 40))[0] == "allowed"


@pytest.mark.parametrize("name", ["organization_project", "assignable"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"type": "FORBIDDEN"}, ("missing", "200, the token lacks a permission")),
        ({"extensions": {"code": "undefinedField"}}, ("unknown", "not supported by this server")),
    ],
)
def test_a_question_may_be_refused(name, error, expected, ask, reply):
    wanted = demand("projects", project="1") if name == "organization_project" else demand("agents")
    assert one(ask(wanted, **{name: reply(body={"data": None, "errors": [error]})})) == expected


def test_who_the_token_is_may_be_untold(ask, reply):
    found = ask(
        demand("metadata", "read"), viewer=reply(body={"data": None, "errors": [{"type": "FORBIDDEN"}]})
    )
    assert found.token.login is None
    assert "an unknown account" in PreflightReport(found, "GITHUB_TOKEN").text(Page())


@pytest.mark.parametrize("name", ["viewer", "organization_project", f"/repos/{REPO}"])
def test_a_server_that_fails_is_no_verdict(name, ask, reply):
    with pytest.raises(GitHubError) as caught:
        ask(demand("projects", project="1"), **{name: reply(502, {})})
    assert caught.value.kind == "server"


def test_a_repository_that_answers_oddly_is_missing(ask, reply):
    assert one(ask(demand("issues"), repo=reply(204)))[0] == "missing"


def test_what_is_all_allowed_has_no_remark(ask):
    found = ask(demand("metadata", "read"))._replace(unnamed=None)
    assert (verdict(found), PreflightReport(found, "GITHUB_TOKEN").annotations()) == ("allowed", ())
