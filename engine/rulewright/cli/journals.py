"""Journals that a command is given, or that rulewright.yaml says are kept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rulewright.policy.diagnostics import UsageError
from rulewright.run.state.files import DirectoryStore, FileStore
from rulewright.run.state.store import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.run.state.store import Store


def journals(
    places: tuple[str, ...], repo: str | None = None, token_env: str | None = None, api_url: str | None = None
) -> list[Store]:
    """The journals named, files or folders of state; else the one of rulewright.yaml, which may be on GitHub.

    Raises UsageError where there is none.
    """
    if places:
        return [named(place) for place in places]
    from rulewright.cli.connection import connect
    from rulewright.cli.execution import open_store
    from rulewright.policy.config import read_config

    config = read_config().data
    state = config.get("state") or {}
    if not state:
        raise UsageError("no journal: rulewright.yaml keeps no state", hint="name a journal's file or folder")
    connection = connect(repo, token_env, api_url) if state.get("git_ref") else None
    return [open_store(config, None, connection)]


def named(place: str) -> Store:
    """A file, or a folder of state."""
    if os.path.isdir(place):
        return DirectoryStore(place)
    if not os.path.exists(place):
        raise UsageError(f"there is no journal {place}")
    return FileStore(place)


def contents_of(stores: Iterable[Store]) -> Iterator[Mapping[str, Any]]:
    """All records in order, each journal's chain checked. Raises ChainError."""
    for store in stores:
        for line in lines_of(store.segments()):
            yield {"seq": line.seq, **line.content}
