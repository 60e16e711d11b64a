"""State in a git reference of the repository: runners are ephemeral, the reference is not.

Each flush is one commit: the day's segment of the journal with the new records behind the old ones, and the memory.
The reference moves forward only. Who loses a race reads again, puts its records behind those of the other, and tries
once more; so the chain of hashes stays whole whatever runs at the same time.
"""

from __future__ import annotations

import base64
import json
import random
from hashlib import sha1
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.github.errors import GitHubError
from rulewright.github.graphql import object_at
from rulewright.github.urls import path
from rulewright.planning.redaction import clean_content
from rulewright.policy.json_types import as_objects
from rulewright.run.hash_chain import ChainError, read_lines, seal_contents
from rulewright.run.state.memory import Memory, after, memory_of
from rulewright.run.state.store import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.github.client import Client
    from rulewright.github.waiting import Clock
    from rulewright.run.hash_chain import Line

GIT: Final = "/repos/{owner}/{repo}/git"
RACES: Final = 20
"""How many lost races in a row end a flush."""
MEMORY: Final = "memory.json"
FOLDER: Final = "journal/"


class ReferenceFiles(NamedTuple):
    """The files of a commit: path → blob. `tree` is the commit's own."""

    commit: str | None = None
    tree: str | None = None
    blobs: Mapping[str, str] = {}


class GitReference:
    """A reference of a repository on GitHub whose commits hold files. `ref` is a whole name such as
    `refs/rulewright/state`. All methods raise GitHubError."""

    def __init__(self, client: Client, repository: str, ref: str) -> None:
        self._client, self._repository = client, repository
        self.name = ref.removeprefix("refs/")

    def find_commit(self) -> str | None:
        """The commit of the reference; None if it does not exist."""
        try:
            return str(object_at(self._client.get(self._path("/ref/{ref}", self.name)), "object")["sha"])
        except GitHubError as error:
            # An empty repository answers 409: it has no references yet, and cannot take one.
            if error.kind == "not_found":
                return None
            raise

    def list_files(self) -> ReferenceFiles:
        """The files of its commit; none if the reference does not exist."""
        commit = self.find_commit()
        if commit is None:
            return ReferenceFiles()
        found = self._client.get(self._path("/commits/{commit_sha}", commit))
        tree = str(object_at(found, "tree")["sha"])
        listed = as_objects(self._client.get(self._path("/trees/{tree_sha}", tree), {"recursive": 1})["tree"])
        blobs = {str(one["path"]): str(one["sha"]) for one in listed if one["type"] == "blob"}
        return ReferenceFiles(commit, tree, blobs)

    def read_blob(self, sha: str) -> bytes:
        return base64.b64decode(str(self._client.get(self._path("/blobs/{file_sha}", sha))["content"]))

    def push(
        self, files: Mapping[str, str | None], message: str, parent: str | None, base_tree: str | None
    ) -> tuple[str, str] | None:
        """Commit files with their texts (None removes one) behind `parent`, and move the reference there. Returns the
        commit and its tree; None if another run has moved it first."""
        tree: dict[str, object] = {"tree": [_tree_entry(name, text) for name, text in files.items()]}
        if base_tree is not None:
            tree["base_tree"] = base_tree
        made = str(self._client.send("POST", self._path("/trees"), tree, repeatable=True)["sha"])
        body = {"message": message, "tree": made, "parents": [parent] if parent is not None else []}
        commit = str(self._client.send("POST", self._path("/commits"), body, repeatable=True)["sha"])
        return (commit, made) if self._move(commit, new=parent is None) else None

    def _path(self, more: str, *parts: str) -> str:
        return path(GIT + more, self._repository, *parts)

    def _move(self, commit: str, *, new: bool) -> bool:
        try:
            if new:
                self._client.send(
                    "POST",
                    self._path("/refs"),
                    {"ref": f"refs/{self.name}", "sha": commit},
                    happened=lambda: self.find_commit() == commit or None,
                )
            else:
                self._client.send(
                    "PATCH", self._path("/refs/{ref}", self.name), {"sha": commit, "force": False}
                )
        except GitHubError as error:
            if error.kind in ("invalid", "conflict") and self.find_commit() != commit:
                return False
            if error.kind not in ("invalid", "conflict"):
                raise
        return True


def describe_lost_races(ref: str) -> GitHubError:
    """The error of a reference that other runs have moved `RACES` times in a row."""
    return GitHubError(
        f"{ref}: {RACES} other runs updated the state first", kind="conflict", hint="run again"
    )


class Base(NamedTuple):
    """What the reference holds. `segments`: name → blob, in order; `last` are the bytes of the last one."""

    commit: str | None = None
    tree: str | None = None
    memory: Memory = Memory()
    segments: tuple[tuple[str, str], ...] = ()
    last: bytes = b""


class GitRefStore:
    """`ref` is a whole name such as `refs/rulewright/state`. Raises GitHubError, ChainError."""

    lasting = True

    def __init__(
        self, client: Client, repository: str, ref: str, *, clock: Clock, seed: int | None = None
    ) -> None:
        self._reference, self._clock = GitReference(client, repository, ref), clock
        self._random = random.Random(seed)
        self._base: Base | None = None
        self._memory: Memory | None = None
        self._waiting: list[dict[str, object]] = []

    def memory(self) -> Memory:
        if self._memory is None:
            self._memory = self._known().memory
        return self._memory

    def append(self, contents: Sequence[Mapping[str, object]]) -> Memory:
        clean = [clean_content(content) for content in contents]
        self._memory = after(self.memory(), seal_contents(clean, self.memory().head))
        self._waiting += clean
        return self._memory

    def flush(self) -> None:
        """One commit for all that waits. Raises GitHubError when the reference cannot be moved."""
        for attempt in range(1, RACES + 1):
            if not self._waiting:
                return
            base = self._known()
            lines = seal_contents(self._waiting, base.memory.head)
            self._base = self._push(base, lines)
            if self._base is not None or self._stands(lines[-1].hash):
                self._waiting.clear()
                self._memory = None
                return
            self._clock.sleep(self._random.uniform(0.5, 1.0) * min(attempt, 8))
        raise describe_lost_races(self._reference.name)

    def torn(self) -> Sequence[str]:
        return ()  # GitHub takes a file whole

    def segments(self) -> Iterator[tuple[str, bytes]]:
        for name, blob in self._known().segments:
            yield name, self._reference.read_blob(blob)
        if self._waiting:
            yield (
                "not yet put away",
                b"".join(line.data() for line in seal_contents(self._waiting, self._known().memory.head)),
            )

    def _stands(self, name: str) -> bool:
        """Whether the reference has a record of that hash: it was moved, and another run moved it on from there."""
        mark = f'"hash":"{name}"'.encode()
        return any(mark in self._reference.read_blob(blob) for _, blob in self._known().segments[-2:])

    def _known(self) -> Base:
        if self._base is None:
            self._base = self._read()
        return self._base

    def _read(self) -> Base:
        commit, tree, blobs = self._reference.list_files()
        if commit is None:
            return Base()
        segments = tuple(sorted((name, blob) for name, blob in blobs.items() if name.startswith(FOLDER)))
        last = self._reference.read_blob(segments[-1][1]) if segments else b""
        base = Base(commit, tree, Memory(), segments, last)
        memory = memory_of(_json(self._reference.read_blob(blobs[MEMORY]))) if MEMORY in blobs else None
        if memory is None:
            return base._replace(memory=after(Memory(), lines_of(self._all(segments))))
        ends = list(read_lines(last, segments[-1][0] if segments else ""))[-1:]
        if memory.head != (ends[0].head if ends else Memory().head):
            raise ChainError(memory.head.seq - 1, "the memory was made of another one", self._reference.name)
        return base._replace(memory=memory)

    def _all(self, segments: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, bytes]]:
        for name, blob in segments:
            yield name, self._reference.read_blob(blob)

    def _push(self, base: Base, lines: tuple[Line, ...]) -> Base | None:
        """Put the lines behind `base`: what the reference holds then; None when somebody else was first."""
        memory = after(base.memory, lines)
        before = base.segments[-1][0] if base.segments else ""
        name = max(before, f"{FOLDER}{str(lines[0].content.get('at'))[:10]}.jsonl")
        data = (base.last if name == before else b"") + b"".join(line.data() for line in lines)
        kept = json.dumps(memory.as_json(), sort_keys=True)
        files = {name: data.decode("ascii"), MEMORY: kept}
        pushed = self._reference.push(files, f"Journal: {len(lines)} records", base.commit, base.tree)
        if pushed is None:
            return None
        others = tuple(one for one in base.segments if one[0] != name)
        return Base(*pushed, memory, (*others, (name, _blob_sha(data))), data)


def _tree_entry(name: str, text: str | None) -> dict[str, str | None]:
    content: dict[str, str | None] = {"sha": None} if text is None else {"content": text}
    return {"path": name, "mode": "100644", "type": "blob", **content}


def _blob_sha(data: bytes) -> str:
    """Git's own name of a file's content."""
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None
