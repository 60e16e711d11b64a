"""Events that are opened: their first rows at once, the rest while the screen is there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.events.snapshot import subject
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.run.subject_event import name_event
from rulewright_tui.session.archive import Archive
from rulewright_tui.session.event_sources import find_event_files, index_event_list, index_events
from rulewright_tui.session.field_text import describe_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rulewright.events.model import Event
    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.github.reader import GitHubReader
    from rulewright.program.program import Program
    from rulewright_tui.session.event_sources import IndexedBatch

BATCH: Final = 50
ATTEMPTS: Final = 3
LONGEST_WAIT: Final = 5.0
"""Seconds that a person waits for a limit of GitHub; of a longer one, the end is told."""


class OpenedEvents(NamedTuple):
    """An archive, the batches that are not in it yet, the name of where they come from, and, for events of a
    repository, the reader of what stands around a subject. `reopen`: reads all batches anew; None for files."""

    archive: Archive
    batches: Iterator[IndexedBatch]
    name: str = ""
    reader: PayloadReader | None = None
    reopen: Callable[[], Iterator[IndexedBatch]] | None = None


def open_archive(places: Sequence[str], line_files: Sequence[str]) -> tuple[Archive, Iterator[IndexedBatch]]:
    """An archive with the first rows of event files and folders, then of JSONL files, and the batches of the others.

    Raises UsageError and SourceError for a place that is no file and no folder of events.
    """
    archive = Archive()
    batches = index_events(find_event_files(places), line_files)
    for batch in batches:
        if archive.add_batch(batch):
            break
    return archive, batches


def open_repository(
    repository: str,
    numbers: Sequence[int],
    token_env: str | None,
    api_url: str | None,
    program: Program,
) -> OpenedEvents:
    """The open issues and pull requests of a repository as `schedule` events, or those of `numbers` as the events that
    `rulewright.run.subject_event` names. The first is read
    at once, the others with the batches; a failure of GitHub is the problem of a batch.

    Raises UsageError for a repository, token or first number that cannot be meant.
    """
    from rulewright.github.waiting import RetryPolicy
    from rulewright.run.connection import connect

    retry_policy = RetryPolicy(attempts=ATTEMPTS, per_call=LONGEST_WAIT)
    connection = connect(
        repository, token_env, api_url, identity=program.config.identity, retry_policy=retry_policy
    )
    reopen = partial(_read_subjects, connection.reader, connection.repository, tuple(numbers), program)
    archive, batches = Archive(), reopen()
    for batch in batches:
        archive.add_batch(batch)
        break
    return OpenedEvents(archive, batches, connection.repository, connection.reader, reopen)


def _read_subjects(
    reader: GitHubReader, repository: str, numbers: Sequence[int], program: Program
) -> Iterator[IndexedBatch]:
    """The first subject alone, then the others."""
    try:
        if numbers:
            yield from _read_numbers(reader, repository, numbers, program)
            return
        first = reader.first_subject(repository)
        if first is None:
            return
        yield index_event_list([(repository, first)])
        others = (event for event in reader.subjects(repository) if subject(event) != subject(first))
        yield from _batch_events(repository, others)
    except SourceError as error:
        yield index_event_list((), describe_error(error))


def _read_numbers(
    reader: GitHubReader, repository: str, numbers: Sequence[int], program: Program
) -> Iterator[IndexedBatch]:
    for position, number in enumerate(numbers):
        found = reader.event(repository, number, "schedule")
        if found is not None:
            event, _ = name_event(found, program, None)
            yield index_event_list([(repository, event)])
            continue
        problem = f"{repository} has no issue or pull request {number}"
        if not position:
            raise UsageError(problem)
        yield index_event_list((), problem)


def _batch_events(repository: str, events: Iterable[Event]) -> Iterator[IndexedBatch]:
    pending: list[tuple[str, Event]] = []
    for event in events:
        pending.append((repository, event))
        if len(pending) == BATCH:
            yield index_event_list(pending)
            pending = []
    if pending:
        yield index_event_list(pending)
