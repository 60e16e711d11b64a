"""Git objects and refs: enough to keep a state in a ref, with races lost as on GitHub."""

from __future__ import annotations

import base64

import pytest

GIT = "/repos/octo-org/demo/git"


@pytest.fixture
def main(sim, ask):
    sim.repository("octo-org/demo", files={"rules/a.yaml": "a: 1\n", "README.md": "# Demo\n"})
    return ask("GET", f"{GIT}/ref/heads/main").data["object"]["sha"]


def commit(ask, text, parents, base=None):
    blob = ask("POST", f"{GIT}/blobs", {"content": text, "encoding": "utf-8"}).data["sha"]
    entry = {"path": "journal/2026.jsonl", "mode": "100644", "type": "blob", "sha": blob}
    body = {"tree": [entry]} | ({"base_tree": base} if base else {})
    tree = ask("POST", f"{GIT}/trees", body).data["sha"]
    return ask("POST", f"{GIT}/commits", {"message": "m", "tree": tree, "parents": parents}).data["sha"]


def test_objects_have_the_names_that_git_gives_them(main, ask):
    assert ask("POST", f"{GIT}/blobs", {"content": "# Demo\n"}).data["sha"] == (
        "0805455a24b6c68fbc38d0fa5d121f735984285d"
    )
    assert ask("POST", f"{GIT}/trees", {"tree": []}).data["sha"] == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_a_ref_moves_forward_and_a_lost_race_is_refused(main, ask):
    first = commit(ask, "1\n", [])
    assert ask("POST", f"{GIT}/refs", {"ref": "refs/rulewright/state", "sha": first}).status == 201
    assert ask("POST", f"{GIT}/refs", {"ref": "refs/rulewright/state", "sha": first}).status == 422
    mine, theirs = commit(ask, "mine\n", [first]), commit(ask, "theirs\n", [first])
    path = f"{GIT}/refs/rulewright/state"
    assert ask("PATCH", path, {"sha": theirs}).status == 200
    lost = ask("PATCH", path, {"sha": mine})
    assert (lost.status, lost.data["message"]) == (422, "Update is not a fast forward")
    assert ask("PATCH", path, {"sha": mine, "force": True}).status == 200
    assert ask("GET", f"{GIT}/ref/rulewright/state").data["object"]["sha"] == mine
    assert ask("PATCH", path, {"sha": "0" * 40}).data["message"] == "Object does not exist"


def test_a_tree_keeps_what_its_base_has(main, ask):
    base = ask("GET", f"{GIT}/commits/{main}").data["tree"]["sha"]
    made = commit(ask, "x\n", [main], base)
    tree = ask("GET", f"{GIT}/trees/{made}?recursive=1").data["tree"]
    assert [one["path"] for one in tree] == ["README.md", "journal/2026.jsonl", "rules/a.yaml"]
    blob = next(one["sha"] for one in tree if one["path"] == "journal/2026.jsonl")
    assert base64.b64decode(ask("GET", f"{GIT}/blobs/{blob}").data["content"]) == b"x\n"


def test_a_file_is_replaced_only_by_who_knows_its_version(main, ask):
    path = "/repos/octo-org/demo/contents/rules/a.yaml"
    present = ask("GET", path).data
    assert base64.b64decode(present["content"]) == b"a: 1\n"
    new = {"message": "m", "content": base64.b64encode(b"a: 2\n").decode()}
    assert ask("PUT", path, new).status == 422
    assert ask("PUT", path, {**new, "sha": "0" * 40}).status == 409
    assert ask("PUT", path, {**new, "sha": present["sha"]}).status == 200
    assert [one["name"] for one in ask("GET", "/repos/octo-org/demo/contents/rules").data] == ["a.yaml"]
    assert ask("GET", "/repos/octo-org/demo/contents/nothing.md").status == 404
