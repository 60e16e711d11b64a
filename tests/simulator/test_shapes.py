"""Every kind of answer has the shape that GitHub's description gives it (the `sim` fixture holds that)."""

from __future__ import annotations

import pytest

REPOSITORY = "/repos/octo-org/demo"


@pytest.fixture
def board(sim):
    repo = sim.repository("octo-org/demo", collaborators={"mona": "admin", "hubot": "triage"})
    first = repo.issue("First", "See #2 and @mona", labels=["bug", "new"], assignees=["mona"])
    second = repo.issue("Second", "Words", author="mona", state="closed", state_reason="not_planned")
    pull = repo.pull("Third", "Words", labels=["documentation"], fork=True)
    mona = sim.act("mona")
    comment = mona.comment(repo, first, "A word")
    mona.react(repo, first, "+1", comment=comment)
    mona.milestone(repo, first, "v1")
    mona.edit_title(repo, first, "Very first")
    mona.unassign(repo, first, "mona")
    mona.remove_labels(repo, first, "new")
    mona.close(repo, first, "duplicate")
    mona.reopen(repo, first)
    mona.lock(repo, second, "spam")
    mona.comment(repo, second, "Duplicate of #1")
    board = sim.project(
        "octo-org", "Board", {"Status": ["Backlog", "Ready"], "Points": "number", "Note": "text"}
    )
    board.add("octo-org/demo", first, Status="Backlog", Points=3)
    board.add("octo-org/demo", pull, Note="soon")
    sim.project("mona", "Private", {"Status": ["Open"]})
    return sim.token("user", "mona")


PATHS = [
    REPOSITORY,
    "/rate_limit",
    f"{REPOSITORY}/issues?state=all",
    f"{REPOSITORY}/issues/1",
    f"{REPOSITORY}/issues/2",
    f"{REPOSITORY}/issues/3",
    f"{REPOSITORY}/issues/1/labels",
    f"{REPOSITORY}/issues/1/comments",
    f"{REPOSITORY}/issues/1/events",
    f"{REPOSITORY}/issues/1/timeline",
    f"{REPOSITORY}/issues/2/timeline",
    f"{REPOSITORY}/issues/comments",
    f"{REPOSITORY}/issues/events",
    f"{REPOSITORY}/labels",
    f"{REPOSITORY}/labels/bug",
    f"{REPOSITORY}/milestones",
    f"{REPOSITORY}/assignees",
    f"{REPOSITORY}/collaborators/hubot/permission",
    f"{REPOSITORY}/pulls",
    f"{REPOSITORY}/pulls/3",
    f"{REPOSITORY}/pulls/3/files",
    f"{REPOSITORY}/pulls/3/reviews",
    f"{REPOSITORY}/pulls/3/requested_reviewers",
    f"{REPOSITORY}/contents/README.md",
    "/search/issues?q=repo:octo-org/demo+is:open",
    "/orgs/octo-org/projectsV2",
    "/orgs/octo-org/projectsV2/1",
    "/orgs/octo-org/projectsV2/1/fields",
    "/orgs/octo-org/projectsV2/1/items",
    "/users/mona/projectsV2/1/items",
]


@pytest.mark.parametrize("path", PATHS)
def test_what_is_read(path, board, ask):
    assert ask("GET", path, token=board).status == 200


CARD = {"type": "Issue", "owner": "octo-org", "repo": "demo", "number": 2}

WRITES = [
    ("POST", f"{REPOSITORY}/issues", {"title": "New", "body": "x", "labels": ["bug"]}, 201),
    ("PATCH", f"{REPOSITORY}/issues/1", {"title": "T", "body": "b", "milestone": None, "state": "closed"}, 200),
    ("POST", f"{REPOSITORY}/issues/1/labels", {"labels": ["a", "b"]}, 200),
    ("PUT", f"{REPOSITORY}/issues/1/labels", {"labels": ["c"]}, 200),
    ("DELETE", f"{REPOSITORY}/issues/1/labels/bug", None, 200),
    ("DELETE", f"{REPOSITORY}/issues/1/labels", None, 204),
    ("POST", f"{REPOSITORY}/issues/1/comments", {"body": "x"}, 201),
    ("POST", f"{REPOSITORY}/issues/1/assignees", {"assignees": ["hubot"]}, 201),
    ("DELETE", f"{REPOSITORY}/issues/1/assignees", {"assignees": ["hubot"]}, 200),
    ("POST", f"{REPOSITORY}/labels", {"name": "fresh", "color": "00ff00"}, 201),
    ("PATCH", f"{REPOSITORY}/labels/bug", {"new_name": "defect"}, 200),
    ("DELETE", f"{REPOSITORY}/labels/bug", None, 204),
    ("POST", f"{REPOSITORY}/milestones", {"title": "v2"}, 201),
    ("POST", f"{REPOSITORY}/pulls/3/reviews", {"event": "APPROVE"}, 200),
    ("POST", f"{REPOSITORY}/pulls/3/requested_reviewers", {"reviewers": ["hubot"]}, 201),
    ("POST", f"{REPOSITORY}/dispatches", {"event_type": "triage", "client_payload": {"n": 1}}, 204),
    ("POST", f"{REPOSITORY}/security-advisories/reports", {"summary": "s", "description": "d"}, 201),
    ("PUT", f"{REPOSITORY}/contents/a/b.txt", {"message": "m", "content": "aGk="}, 201),
    ("POST", "/orgs/octo-org/projectsV2/1/items", CARD, 201),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status"), WRITES)
def test_what_is_written(method, path, body, status, board, ask):
    assert ask(method, path, body, token=board).status == status


def test_a_card_is_moved_and_cleared(sim, board, ask):
    base = "/orgs/octo-org/projectsV2/1"
    fields = {one["name"]: one for one in ask("GET", f"{base}/fields", token=board).data}
    ready = next(one["id"] for one in fields["Status"]["options"] if one["name"]["raw"] == "Ready")
    item = ask("GET", f"{base}/items", token=board).data[0]["id"]
    moved = [
        {"id": fields["Status"]["id"], "value": ready},
        {"id": fields["Points"]["id"], "value": None},
    ]
    assert ask("PATCH", f"{base}/items/{item}", {"fields": moved}, token=board).status == 200
    assert sim.repository("octo-org/demo").state()[1]["fields"] == {"Board/Status": "Ready"}
    wrong = {"fields": [{"id": fields["Status"]["id"], "value": "0000"}]}
    assert ask("PATCH", f"{base}/items/{item}", wrong, token=board).status == 422


def test_boards_page_by_cursor_and_classic_ones_are_gone(board, ask):
    got = ask("GET", "/orgs/octo-org/projectsV2/1/fields?per_page=5", token=board)
    following = got.headers["Link"].split(";")[0].strip("<>")
    assert "after=" in following
    assert len(got.data) + len(ask("GET", following, token=board).data) == 8
    assert ask("GET", f"{REPOSITORY}/projects", token=board).status == 410
