"""Endpoints that the simulator serves and the cut description lacks, in the same form.

Each follows its page at docs.github.com/rest: git database, users, organizations, reactions, locks, branches, and
private vulnerability reporting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["PATHS"]

_TEXT: Mapping[str, Any] = {"type": "string"}
_FLAG: Mapping[str, Any] = {"type": "boolean"}
_PERSON: Mapping[str, Any] = {
    "type": "object",
    "properties": {"name": _TEXT, "email": _TEXT, "date": _TEXT},
    "required": ["name", "email"],
    "additionalProperties": False,
}
_REACTION: Mapping[str, Any] = {
    "enum": ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"],
}


def _get(*names: str) -> dict[str, Any]:
    """A GET whose query may hold these."""
    parameters = [{"name": name, "in": "query", "schema": {}} for name in names]
    return {"parameters": parameters, "responses": {"200": {}}}


def _send(status: str, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """A request with a JSON body of these members and no others."""
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    body = {"required": bool(required), "content": {"application/json": {"schema": schema}}}
    return {"requestBody": body, "responses": {status: {}}}


_ENTRY: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "path": _TEXT,
        "mode": {"enum": ["100644", "100755", "040000", "160000", "120000"]},
        "type": {"enum": ["blob", "tree", "commit"]},
        "sha": {"type": ["string", "null"]},
        "content": _TEXT,
    },
    "additionalProperties": False,
}

_REPO = "/repos/{owner}/{repo}"
_PAGED = ("per_page", "page")

PATHS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "/user": {"get": _get()},
    "/users/{username}": {"get": _get()},
    "/orgs/{org}": {"get": _get()},
    f"{_REPO}/projects": {"get": _get(*_PAGED)},
    "/orgs/{org}/projects": {"get": _get(*_PAGED)},
    "/installation/repositories": {"get": _get(*_PAGED)},
    f"{_REPO}/branches/{{branch}}": {"get": _get()},
    f"{_REPO}/private-vulnerability-reporting": {"get": _get()},
    f"{_REPO}/collaborators/{{username}}": {"get": _get()},
    f"{_REPO}/git/blobs": {
        "post": _send("201", ("content",), content=_TEXT, encoding={"enum": ["utf-8", "base64"]})
    },
    f"{_REPO}/git/blobs/{{file_sha}}": {"get": _get()},
    f"{_REPO}/git/trees": {
        "post": _send("201", ("tree",), tree={"type": "array", "items": _ENTRY}, base_tree=_TEXT)
    },
    f"{_REPO}/git/trees/{{tree_sha}}": {"get": _get("recursive")},
    f"{_REPO}/git/commits": {
        "post": _send(
            "201",
            ("message", "tree"),
            message=_TEXT,
            tree=_TEXT,
            parents={"type": "array", "items": _TEXT},
            author=_PERSON,
            committer=_PERSON,
            signature=_TEXT,
        )
    },
    f"{_REPO}/git/commits/{{commit_sha}}": {"get": _get()},
    f"{_REPO}/git/refs": {"post": _send("201", ("ref", "sha"), ref=_TEXT, sha=_TEXT)},
    f"{_REPO}/git/ref/{{ref}}": {"get": _get()},
    f"{_REPO}/git/matching-refs/{{ref}}": {"get": _get()},
    f"{_REPO}/git/refs/{{ref}}": {
        "patch": _send("200", ("sha",), sha=_TEXT, force=_FLAG),
        "delete": {"responses": {"204": {}}},
    },
    f"{_REPO}/issues/{{issue_number}}/lock": {
        "put": _send("204", lock_reason={"enum": ["off-topic", "too heated", "resolved", "spam"]}),
        "delete": {"responses": {"204": {}}},
    },
    f"{_REPO}/issues/{{issue_number}}/reactions": {
        "get": _get("content", *_PAGED),
        "post": _send("201", ("content",), content=_REACTION),
    },
    f"{_REPO}/issues/comments/{{comment_id}}/reactions": {
        "get": _get("content", *_PAGED),
        "post": _send("201", ("content",), content=_REACTION),
    },
}
