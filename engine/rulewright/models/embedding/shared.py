"""MiniLM for the facts of a run: one process for all of them, ended with the interpreter."""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING, Final

from rulewright.models.embedding.embedder import EmbeddingsUnavailable, open_embedder
from rulewright.models.embedding.model_store import models_folder
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from rulewright.models.embedding.embedder import Embedder

_OPEN: Final[dict[tuple[int, str], Embedder]] = {}
"""Process and folder of models → the embedder. After a fork, the child makes one of its own."""


def shared_embedder() -> Embedder:
    """The embedder of this process; nobody but the interpreter's end closes it. Raises `vectors.Missing`."""
    key = os.getpid(), models_folder()
    if key not in _OPEN:
        made = open_embedder()
        if not _OPEN:
            atexit.register(_close)
        _OPEN[key] = made
    return _OPEN[key]


def shared_embedder_or_reason() -> tuple[Embedder | None, str]:
    """The embedder of this process, or why it is not there and how to get it. Raises nothing."""
    try:
        return shared_embedder(), ""
    except (EmbeddingsUnavailable, SourceError) as error:
        return None, error.message if error.hint is None else f"{error.message}: {error.hint}"


def _close() -> None:
    while _OPEN:
        (owner, _), one = _OPEN.popitem()
        if owner == os.getpid():
            one.close()
