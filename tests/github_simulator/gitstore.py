"""Git objects with the names that git gives them: blobs, trees, commits, and walks over them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from github_simulator.clock import stamp
from github_simulator.world import Repository

__all__ = [
    "Commit",
    "Entry",
    "ancestor",
    "flat",
    "initial",
    "put_blob",
    "put_commit",
    "put_tree",
    "tree_of",
]

BLOB, DIRECTORY = "100644", "040000"


class Entry(NamedTuple):
    """One name in a tree."""

    mode: str
    kind: str  # blob | tree
    sha: str


class Commit(NamedTuple):
    tree: str
    parents: tuple[str, ...]
    message: str
    author: Mapping[str, str]
    committer: Mapping[str, str]


def put_blob(repository: Repository, content: bytes) -> str:
    return _stored(repository, "blob", content, content)


def put_tree(repository: Repository, files: Mapping[str, tuple[str, str]]) -> str:
    """Trees of files at any depth: path → (mode, sha of a blob). The sha of the top."""
    entries: dict[str, Entry] = {}
    below: dict[str, dict[str, tuple[str, str]]] = {}
    for path, (mode, sha) in files.items():
        first, slash, rest = path.partition("/")
        if slash:
            below.setdefault(first, {})[rest] = (mode, sha)
        else:
            entries[first] = Entry(mode, "blob", sha)
    for name, inner in below.items():
        entries[name] = Entry(DIRECTORY, "tree", put_tree(repository, inner))
    # Git sorts a directory as if its name ended in a slash.
    ordered = sorted(
        entries, key=lambda name: (name + "/" if entries[name].kind == "tree" else name).encode()
    )
    raw = b"".join(
        f"{entries[name].mode.lstrip('0')} {name}".encode() + b"\0" + bytes.fromhex(entries[name].sha)
        for name in ordered
    )
    return _stored(repository, "tree", raw, {name: entries[name] for name in ordered})


def put_commit(repository: Repository, commit: Commit) -> str:
    lines = [f"tree {commit.tree}", *(f"parent {one}" for one in commit.parents)]
    for role, person in (("author", commit.author), ("committer", commit.committer)):
        lines.append(f"{role} {person['name']} <{person['email']}> {person['date']}")
    raw = "\n".join([*lines, "", commit.message]).encode("utf-8", "surrogatepass")
    return _stored(repository, "commit", raw, commit)


def tree_of(repository: Repository, name: str) -> str | None:
    """The tree that a branch, a ref, or the sha of a commit or tree names."""
    for candidate in (name, f"refs/heads/{name}", f"refs/{name}", f"refs/tags/{name}"):
        sha = repository.refs.get(candidate, candidate)
        found = repository.objects.get(sha)
        if found is not None:
            return sha if found[0] == "tree" else (found[1].tree if found[0] == "commit" else None)
    return None


def flat(repository: Repository, tree: str, prefix: str = "") -> dict[str, tuple[str, str]]:
    """All files below a tree: path → (mode, sha)."""
    files: dict[str, tuple[str, str]] = {}
    for name, entry in repository.objects[tree][1].items():
        if entry.kind == "tree":
            files |= flat(repository, entry.sha, f"{prefix}{name}/")
        else:
            files[prefix + name] = (entry.mode, entry.sha)
    return files


def ancestor(repository: Repository, old: str, new: str) -> bool:
    """Whether `new` leads back to `old`: a fast forward."""
    waiting, seen = [new], set()
    while waiting:
        sha = waiting.pop()
        if sha == old:
            return True
        if sha not in seen and sha in repository.objects:
            seen.add(sha)
            waiting.extend(repository.objects[sha][1].parents)
    return False


def initial(repository: Repository, files: Mapping[str, str], at: float) -> None:
    """The first commit of the default branch."""
    person = {"name": repository.owner.login, "email": "octocat@example.com", "date": stamp(at)}
    blobs = {path: (BLOB, put_blob(repository, text.encode())) for path, text in files.items()}
    commit = Commit(put_tree(repository, blobs), (), "Initial commit", person, person)
    repository.refs[f"refs/heads/{repository.default_branch}"] = put_commit(repository, commit)


def _stored(repository: Repository, kind: str, raw: bytes, content: Any) -> str:
    sha = hashlib.sha1(f"{kind} {len(raw)}\0".encode() + raw).hexdigest()
    repository.objects[sha] = (kind, content)
    return sha
