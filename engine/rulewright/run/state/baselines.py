"""Baselines where rulewright.yaml keeps state: below `baselines/` of a directory, or of a git reference on GitHub."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from rulewright.measurements.baseline_store import BaselineFiles
from rulewright.policy.diagnostics import UsageError, translate_os_errors
from rulewright.policy.whole_file import write_whole
from rulewright.run.state.files import lock_file
from rulewright.run.state.git_reference import RACES, GitReference, ReferenceFiles, describe_lost_races

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.github.client import Client
    from rulewright.github.waiting import Clock
    from rulewright.policy.config import State
    from rulewright.run.connection import Connection

FOLDER: Final = "baselines/"


class BaselineStore(BaselineFiles, Protocol):
    """Baselines that can be changed."""

    def update(self, change: Callable[[BaselineFiles], Mapping[str, bytes | None]], message: str) -> None:
        """Write the files that `change` returns (None removes one). It is called again, with what is there then, where
        another run writes at the same time. Raises what `change` raises."""


class DirectoryBaselines:
    """Baselines in a directory of state. All methods raise SourceError."""

    def __init__(self, directory: str | Path) -> None:
        self._folder = Path(directory) / FOLDER

    def names(self) -> Sequence[str]:
        with translate_os_errors(f"cannot read {self._folder}"):
            return sorted(
                path.relative_to(self._folder).as_posix() for path in self._folder.glob("*/*/*.json")
            )

    def read(self, name: str) -> bytes | None:
        path = self._folder / name
        with translate_os_errors(f"cannot read {path}"):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def update(self, change: Callable[[BaselineFiles], Mapping[str, bytes | None]], message: str) -> None:
        with translate_os_errors(f"cannot write {self._folder}"), lock_file(self._folder / "lock"):
            for name, data in change(self).items():
                path = self._folder / name
                if data is None:
                    path.unlink(missing_ok=True)
                else:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    write_whole(os.fspath(path), data)


class GitRefBaselines:
    """Baselines in a git reference, such as `refs/rulewright/state`: one commit for each update. All methods raise
    GitHubError."""

    def __init__(
        self, client: Client, repository: str, ref: str, *, clock: Clock, seed: int | None = None
    ) -> None:
        self._reference, self._clock = GitReference(client, repository, ref), clock
        self._random = random.Random(seed)
        self._known: ReferenceFiles | None = None

    def names(self) -> Sequence[str]:
        blobs = self._files().blobs
        return sorted(name.removeprefix(FOLDER) for name in blobs if name.startswith(FOLDER))

    def read(self, name: str) -> bytes | None:
        blob = self._files().blobs.get(f"{FOLDER}{name}")
        return None if blob is None else self._reference.read_blob(blob)

    def update(self, change: Callable[[BaselineFiles], Mapping[str, bytes | None]], message: str) -> None:
        for attempt in range(1, RACES + 1):
            known = self._files()
            changed = {
                f"{FOLDER}{name}": None if data is None else data.decode("ascii")
                for name, data in change(self).items()
                if data is not None or f"{FOLDER}{name}" in known.blobs
            }
            pushed = not changed or self._reference.push(changed, message, known.commit, known.tree)
            self._known = None
            if pushed:
                return
            self._clock.sleep(self._random.uniform(0.5, 1.0) * min(attempt, 8))
        raise describe_lost_races(self._reference.name)

    def _files(self) -> ReferenceFiles:
        if self._known is None:
            self._known = self._reference.list_files()
        return self._known


def open_baselines(state: State, connect: Callable[[], Connection]) -> BaselineStore | None:
    """The baselines where `state:` of rulewright.yaml says; None where it says nothing. `connect` is called only for
    state on GitHub. Raises what it raises."""
    if state.directory is not None:
        return DirectoryBaselines(state.directory)
    if state.git_ref is None:
        return None
    connection = connect()
    return GitRefBaselines(connection.client, connection.repository, state.git_ref, clock=connection.clock)


def require_baselines(state: State, connect: Callable[[], Connection]) -> BaselineStore:
    """As `open_baselines`. Raises UsageError where rulewright.yaml keeps no state."""
    store = open_baselines(state, connect)
    if store is None:
        raise UsageError(
            "rulewright.yaml has no `state:`", hint="baselines are kept in its directory or git reference"
        )
    return store
