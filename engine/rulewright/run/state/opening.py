"""Which journal is meant: a file or folder that is named, or where rulewright.yaml keeps state."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.run.anchor import describe_tip
from rulewright.run.state.files import DirectoryStore, FileStore
from rulewright.run.state.git_reference import GitRefStore
from rulewright.run.state.store import NoStore, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.policy.config import State
    from rulewright.run.connection import Connection
    from rulewright.run.state.store import Store


def open_store(state: State, journal: str | None, connection: Connection | None) -> Store:
    """The journal file that is named, else where `state:` of rulewright.yaml says, else this run's memory.

    Raises UsageError for state on GitHub without a connection.
    """
    if journal is not None:
        return FileStore(journal)
    if state.directory is not None:
        return DirectoryStore(state.directory)
    if state.git_ref is not None:
        if connection is None:
            raise UsageError(
                f"the journal is kept in {state.git_ref}, on GitHub",
                hint="use --repo to name the repository",
            )
        return GitRefStore(connection.client, connection.repository, state.git_ref, clock=connection.clock)
    return NoStore()


def open_named(path: str) -> Store:
    """The journal in a file, or in a folder of state. Raises SourceError where there is none."""
    if os.path.isdir(path):
        return DirectoryStore(path)
    if not os.path.exists(path):
        raise SourceError(f"journal {path} does not exist")
    return FileStore(path)


def contents_of(stores: Iterable[Store]) -> Iterator[Mapping[str, object]]:
    """All records in order, each with its `seq`. Raises ChainError for a journal that was changed."""
    for store in stores:
        for line in lines_of(store.segments()):
            yield {"seq": line.seq, **line.content}


def describe_kept_tip(store: Store, journal: str | None) -> str | None:
    """The line with the tip of a journal that is kept; None where nothing is kept, or nothing was written."""
    return describe_tip(store.memory().head) if journal is not None or store.lasting else None
