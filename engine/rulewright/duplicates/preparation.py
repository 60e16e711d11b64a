"""Preparation of texts for the index (terms, marks, lines, counts), in this process or in workers."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from rulewright.duplicates.content import read_report
from rulewright.duplicates.details import pack_details
from rulewright.duplicates.shared_lines import pack_lines
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MOST_WORKERS: Final = 4
"""More processes than this wait for the one that writes."""

Text = tuple[str, str, str]
"""Key, title and body of an issue."""


class PreparedIssue(NamedTuple):
    """An issue's columns as they are stored: its marks and its details (`details.py`), one per line, the body's lines
    (`shared_lines.py`), and the terms of its title and of its body."""

    marks: str
    details: str
    lines: bytes
    title_terms: str
    body_terms: str


class PreparedTexts(NamedTuple):
    """`issues`: by their keys.

    `documents`: term → in how many of the issues it stands; `title_terms` and `body_terms`: how many there are.
    """

    issues: Mapping[str, PreparedIssue]
    documents: Mapping[str, int]
    title_terms: int
    body_terms: int


def prepare_texts(texts: Iterable[Text]) -> PreparedTexts:
    """Terms, marks, lines and counts of `texts`."""
    issues: dict[str, PreparedIssue] = {}
    counts: Counter[str] = Counter()
    of_titles = of_bodies = 0
    for key, title, body in texts:
        report = read_report(title, body)
        counts.update(set(report.title).union(*(words for words, _ in report.segments)))
        of_titles += len(report.title)
        of_bodies += sum(len(words) for words, _ in report.segments)
        joined = [" ".join(words) for words, _ in report.segments]
        lines = pack_lines(joined, report.segments)
        issues[key] = PreparedIssue(
            "\n".join(report.marks),
            pack_details(report.details),
            lines,
            " ".join(report.title),
            " ".join(joined),
        )
    return PreparedTexts(issues, dict(counts), of_titles, of_bodies)


class StartPreparing(Protocol):
    """Begins to prepare texts; what it returns waits for the result."""

    def __call__(self, texts: list[Text], /) -> Callable[[], PreparedTexts]: ...


def prepare_on_demand(texts: list[Text], /) -> Callable[[], PreparedTexts]:
    """Prepares them when the result is asked for, in this process."""
    return lambda: prepare_texts(texts)


def usable_cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def start_workers(workers: int) -> Iterator[StartPreparing]:
    """Begins to prepare texts in one of `workers` processes; in this one where none can be had."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    try:
        # Not forked: a connection to SQLite must not cross a fork.
        pool = ProcessPoolExecutor(
            min(workers, MOST_WORKERS), get_context("spawn"), initializer=_ignore_interrupt
        )
    except (ImportError, OSError):  # no semaphores here
        yield prepare_on_demand
        return

    def begin(texts: list[Text], /) -> Callable[[], PreparedTexts]:
        return pool.submit(prepare_texts, texts).result

    try:
        yield begin
    except BrokenProcessPool as error:
        raise SourceError(
            "a process that prepares issues was ended from outside", hint="is there memory enough?"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _ignore_interrupt() -> None:
    """An interrupt is for the process that writes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
