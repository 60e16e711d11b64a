"""Files of a branch, one at a time, and the branch itself."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from github_simulator.call import Answer, Call, Refusal, invalid, missing
from github_simulator.gitstore import BLOB, Commit, flat, put_blob, put_commit, put_tree, tree_of
from github_simulator.render import API, HTML
from github_simulator.rest.git import commit_json, person
from github_simulator.rest.route import CONTENTS, CONTENTS_WRITE, Route

__all__ = ["ROUTES"]


def get(call: Call) -> Answer:
    """A file with its content in base64, or the names in a directory."""
    repository, path = call.repository, call.parts["path"].strip("/")
    ref = call.query.get("ref", repository.default_branch)
    top = tree_of(repository, ref)
    if top is None:
        raise Refusal(404, f"No commit found for the ref {ref}")
    files = flat(repository, top)
    if path in files:
        sha = files[path][1]
        content: bytes = repository.objects[sha][1]
        shown = _entry(call, path, sha, "file", len(content), ref)
        return Answer(200, {**shown, "encoding": "base64", "content": base64.encodebytes(content).decode()})
    inside = {name[len(path) + 1 :].partition("/")[0]: name for name in files if name.startswith(f"{path}/")}
    if not inside:
        raise missing()
    rows = []
    for name in sorted(inside):
        whole = f"{path}/{name}"
        if whole in files:
            sha = files[whole][1]
            rows.append(_entry(call, whole, sha, "file", len(repository.objects[sha][1]), ref))
        else:
            rows.append(_entry(call, whole, top, "dir", 0, ref))
    return Answer(200, rows)


def put(call: Call) -> Answer:
    """A new file, or a new version of one, which names the version that it replaces."""
    try:
        content = base64.b64decode(call.fields["content"], validate=False)
    except binascii.Error:
        raise invalid("content is not valid Base64") from None
    path = call.parts["path"].strip("/")
    files, branch = _branch(call)
    fresh = path not in files
    if not fresh:
        _same(call, path, files[path][1])
    sha = put_blob(call.repository, content)
    files[path] = (BLOB, sha)
    commit = _committed(call, files, branch)
    shown = _entry(call, path, sha, "file", len(content), branch)
    return Answer(201 if fresh else 200, {"content": shown, "commit": commit})


def delete(call: Call) -> Answer:
    path = call.parts["path"].strip("/")
    files, branch = _branch(call)
    if path not in files:
        raise missing()
    _same(call, path, files[path][1])
    del files[path]
    return Answer(200, {"content": None, "commit": _committed(call, files, branch)})


def branch(call: Call) -> Answer:
    sha = call.repository.refs.get(f"refs/heads/{call.parts['branch']}")
    if sha is None:
        raise Refusal(404, "Branch not found")
    return Answer(
        200,
        {
            "name": call.parts["branch"],
            "commit": commit_json(call, sha),
            "protected": call.parts["branch"] == call.repository.default_branch,
        },
    )


def _branch(call: Call) -> tuple[dict[str, tuple[str, str]], str]:
    name = call.fields.get("branch", call.repository.default_branch)
    sha = call.repository.refs.get(f"refs/heads/{name}")
    if sha is None:
        raise Refusal(404, f"Branch {name} not found")
    return flat(call.repository, call.repository.objects[sha][1].tree), name


def _same(call: Call, path: str, present: str) -> None:
    given = call.fields.get("sha")
    if given is None:
        raise invalid('Invalid request.\n\n"sha" wasn\'t supplied.')
    if given != present:
        raise Refusal(409, f"{path} does not match {given}")


def _committed(call: Call, files: dict[str, tuple[str, str]], branch: str) -> dict[str, Any]:
    ref = f"refs/heads/{branch}"
    author = person(call, call.fields.get("author"))
    commit = Commit(
        put_tree(call.repository, files),
        (call.repository.refs[ref],),
        call.fields["message"],
        author,
        person(call, call.fields.get("committer"), author),
    )
    call.repository.refs[ref] = put_commit(call.repository, commit)
    return commit_json(call, call.repository.refs[ref])


def _entry(call: Call, path: str, sha: str, kind: str, size: int, ref: str) -> dict[str, Any]:
    name = call.repository.full_name
    url = f"{API}/repos/{name}/contents/{path}?ref={ref}"
    git = f"{API}/repos/{name}/git/{'blobs' if kind == 'file' else 'trees'}/{sha}"
    html = f"{HTML}/{name}/blob/{ref}/{path}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "html_url": html,
        "git_url": git,
        "download_url": None if kind == "dir" else f"https://raw.githubusercontent.com/{name}/{ref}/{path}",
        "type": kind,
        "_links": {"self": url, "git": git, "html": html},
    }


_REPOSITORY = "/repos/{owner}/{repo}"

ROUTES = (
    Route("GET", f"{_REPOSITORY}/contents/{{path}}", get, CONTENTS),
    Route("PUT", f"{_REPOSITORY}/contents/{{path}}", put, CONTENTS_WRITE, "write"),
    Route("DELETE", f"{_REPOSITORY}/contents/{{path}}", delete, CONTENTS_WRITE, "write"),
    Route("GET", f"{_REPOSITORY}/branches/{{branch}}", branch, CONTENTS),
)
