"""The git database: blobs, trees, commits, and refs that move forward only, unless forced."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from github_simulator.call import Answer, Call, invalid, missing
from github_simulator.clock import stamp
from github_simulator.gitstore import (
    BLOB,
    Commit,
    ancestor,
    flat,
    put_blob,
    put_commit,
    put_tree,
    tree_of,
)
from github_simulator.render import API, HTML, node
from github_simulator.rest.route import CONTENTS, CONTENTS_WRITE, Route

__all__ = ["ROUTES", "commit_json", "person"]


def create_blob(call: Call) -> Answer:
    text = call.fields["content"]
    if call.fields.get("encoding", "utf-8") == "base64":
        try:
            content = base64.b64decode(text, validate=False)
        except binascii.Error:
            raise invalid("Base64 is invalid") from None
    else:
        content = text.encode("utf-8")
    sha = put_blob(call.repository, content)
    return Answer(201, {"sha": sha, "url": _url(call, "blobs", sha)})


def get_blob(call: Call) -> Answer:
    content: bytes = _object(call, "blob", call.parts["file_sha"])
    sha = call.parts["file_sha"]
    return Answer(
        200,
        {
            "sha": sha,
            "node_id": node("B", len(content)),
            "size": len(content),
            "url": _url(call, "blobs", sha),
            "content": base64.encodebytes(content).decode(),
            "encoding": "base64",
        },
    )


def create_tree(call: Call) -> Answer:
    repository, base = call.repository, call.fields.get("base_tree")
    files: dict[str, tuple[str, str]] = {}
    if base is not None:
        top = tree_of(repository, base)
        if top is None:
            raise missing()
        files = flat(repository, top)
    for entry in call.fields["tree"]:
        path = entry["path"]
        if "sha" in entry and entry["sha"] is None:
            if path not in files:
                raise invalid("GitRPC::BadObjectState")
            del files[path]
            continue
        sha = entry["sha"] if "sha" in entry else put_blob(repository, entry.get("content", "").encode())
        kind = repository.objects.get(sha, ("", None))[0]
        if kind == "tree":
            files |= {f"{path}/{inner}": value for inner, value in flat(repository, sha).items()}
        elif kind == "blob":
            files[path] = (entry.get("mode", BLOB), sha)
        else:
            raise invalid(f"tree.sha {sha} is not a valid {entry.get('type', 'blob')}")
    return Answer(201, _tree(call, put_tree(repository, files)))


def get_tree(call: Call) -> Answer:
    top = tree_of(call.repository, call.parts["tree_sha"])
    if top is None:
        raise missing()
    return Answer(200, _tree(call, top, recursive="recursive" in call.query))


def create_commit(call: Call) -> Answer:
    fields, repository = call.fields, call.repository
    _must(call, "tree", fields["tree"], "Tree SHA does not exist")
    parents = tuple(fields.get("parents", ()))
    for one in parents:
        _must(call, "commit", one, "Parent SHA does not exist or is not a commit object")
    author = person(call, fields.get("author"))
    commit = Commit(
        fields["tree"], parents, fields["message"], author, person(call, fields.get("committer"), author)
    )
    return Answer(201, commit_json(call, put_commit(repository, commit)))


def get_commit(call: Call) -> Answer:
    _object(call, "commit", call.parts["commit_sha"])
    return Answer(200, commit_json(call, call.parts["commit_sha"]))


def get_ref(call: Call) -> Answer:
    return Answer(200, _ref(call, _named(call)))


def matching_refs(call: Call) -> Answer:
    prefix = f"refs/{call.parts['ref']}"
    return Answer(200, [_ref(call, name) for name in sorted(call.repository.refs) if name.startswith(prefix)])


def create_ref(call: Call) -> Answer:
    name, sha = call.fields["ref"], call.fields["sha"]
    if not name.startswith("refs/") or name.count("/") < 2:
        raise invalid("Reference name must start with 'refs/' and contain at least two slashes")
    if name in call.repository.refs:
        raise invalid("Reference already exists")
    _must(call, "commit", sha, "Object does not exist")
    call.repository.refs[name] = sha
    return Answer(201, _ref(call, name))


def update_ref(call: Call) -> Answer:
    name, sha = f"refs/{call.parts['ref']}", call.fields["sha"]
    present = call.repository.refs.get(name)
    if present is None:
        raise invalid("Reference does not exist")
    _must(call, "commit", sha, "Object does not exist")
    if not call.fields.get("force", False) and not ancestor(call.repository, present, sha):
        raise invalid("Update is not a fast forward")
    call.repository.refs[name] = sha
    return Answer(200, _ref(call, name))


def delete_ref(call: Call) -> Answer:
    name = f"refs/{call.parts['ref']}"
    if name not in call.repository.refs:
        raise invalid("Reference does not exist")
    del call.repository.refs[name]
    return Answer(204)


def person(call: Call, given: Any, otherwise: Any = None) -> dict[str, str]:
    """Who wrote a commit: as given, else as `otherwise`, else the token's own."""
    login = call.who.account.login
    own = {"name": login, "email": f"{call.who.account.id}+{login}@users.noreply.github.com"}
    now = {"date": stamp(call.world.clock.now())}
    return {**now, **(given or otherwise or own)}


def commit_json(call: Call, sha: str) -> dict[str, Any]:
    commit: Commit = call.repository.objects[sha][1]
    html = f"{HTML}/{call.repository.full_name}/commit"
    return {
        "sha": sha,
        "node_id": node("C", len(sha)),
        "url": _url(call, "commits", sha),
        "html_url": f"{html}/{sha}",
        "author": dict(commit.author),
        "committer": dict(commit.committer),
        "tree": {"sha": commit.tree, "url": _url(call, "trees", commit.tree)},
        "message": commit.message,
        "parents": [
            {"sha": one, "url": _url(call, "commits", one), "html_url": f"{html}/{one}"}
            for one in commit.parents
        ],
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


def _tree(call: Call, sha: str, *, recursive: bool = False) -> dict[str, Any]:
    objects = call.repository.objects
    if recursive:
        rows = [
            {"path": path, "mode": mode, "type": "blob", "sha": one, "url": _url(call, "blobs", one)}
            for path, (mode, one) in sorted(flat(call.repository, sha).items())
        ]
    else:
        rows = [
            {
                "path": name,
                "mode": entry.mode,
                "type": entry.kind,
                "sha": entry.sha,
                "url": _url(call, f"{entry.kind}s", entry.sha),
            }
            for name, entry in objects[sha][1].items()
        ]
    return {"sha": sha, "url": _url(call, "trees", sha), "tree": rows, "truncated": False}


def _ref(call: Call, name: str) -> dict[str, Any]:
    sha = call.repository.refs[name]
    return {
        "ref": name,
        "node_id": node("REF", len(name)),
        "url": f"{API}/repos/{call.repository.full_name}/git/{name}",
        "object": {"sha": sha, "type": "commit", "url": _url(call, "commits", sha)},
    }


def _named(call: Call) -> str:
    name = f"refs/{call.parts['ref']}"
    if name not in call.repository.refs:
        raise missing()
    return name


def _object(call: Call, kind: str, sha: str) -> Any:
    found = call.repository.objects.get(sha)
    if found is None or found[0] != kind:
        raise missing()
    return found[1]


def _must(call: Call, kind: str, sha: str, message: str) -> None:
    if call.repository.objects.get(sha, ("", None))[0] != kind:
        raise invalid(message)


def _url(call: Call, kind: str, sha: str) -> str:
    return f"{API}/repos/{call.repository.full_name}/git/{kind}/{sha}"


_GIT = "/repos/{owner}/{repo}/git"

ROUTES = (
    Route("POST", f"{_GIT}/blobs", create_blob, CONTENTS_WRITE, "write"),
    Route("GET", f"{_GIT}/blobs/{{file_sha}}", get_blob, CONTENTS),
    Route("POST", f"{_GIT}/trees", create_tree, CONTENTS_WRITE, "write"),
    Route("GET", f"{_GIT}/trees/{{tree_sha}}", get_tree, CONTENTS),
    Route("POST", f"{_GIT}/commits", create_commit, CONTENTS_WRITE, "write"),
    Route("GET", f"{_GIT}/commits/{{commit_sha}}", get_commit, CONTENTS),
    Route("POST", f"{_GIT}/refs", create_ref, CONTENTS_WRITE, "write"),
    Route("GET", f"{_GIT}/ref/{{ref}}", get_ref, CONTENTS),
    Route("GET", f"{_GIT}/matching-refs/{{ref}}", matching_refs, CONTENTS),
    Route("PATCH", f"{_GIT}/refs/{{ref}}", update_ref, CONTENTS_WRITE, "write"),
    Route("DELETE", f"{_GIT}/refs/{{ref}}", delete_ref, CONTENTS_WRITE, "write"),
)
