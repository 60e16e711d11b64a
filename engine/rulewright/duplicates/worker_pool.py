"""Processes that prepare texts for the index while this one writes: the larger part of the work is theirs."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from rulewright.duplicates.prepared import prepared
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.duplicates.prepared import Prepared, Text

MOST: Final = 4
"""More processes than this wait for the one that writes."""


class Begin(Protocol):
    """Begins to prepare texts; what it returns waits for the result."""

    def __call__(self, texts: list[Text], /) -> Callable[[], Prepared]: ...


def later(texts: list[Text], /) -> Callable[[], Prepared]:
    """Prepares them when the result is asked for, in this process."""
    return lambda: prepared(texts)


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def crew(workers: int) -> Iterator[Begin]:
    """Begins to prepare texts in one of `workers` processes; in this one where none can be had."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    try:
        # Not forked: a connection to SQLite must not cross a fork.
        pool = ProcessPoolExecutor(min(workers, MOST), get_context("spawn"), initializer=deaf)
    except (ImportError, OSError):  # no semaphores here
        yield later
        return

    def begin(texts: list[Text], /) -> Callable[[], Prepared]:
        return pool.submit(prepared, texts).result

    try:
        yield begin
    except BrokenProcessPool as error:
        raise SourceError(
            "a process that prepares issues was ended from outside", hint="is there memory enough?"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def deaf() -> None:
    """An interrupt is for the process that writes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
