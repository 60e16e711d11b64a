"""Events that are opened: their first rows at once, the rest while the screen is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.policy.diagnostics import UsageError
from rulewright_tui.session.archive import Archive
from rulewright_tui.session.event_sources import find_event_files, index_event_list, index_events

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rulewright.events.model import Event
    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.policy.config import Identity
    from rulewright_tui.session.event_sources import IndexedBatch

BATCH = 50


class OpenedEvents(NamedTuple):
    """An archive, the batches that are not in it yet, the name of where they come from, and the reader of what stands
    around a subject, for events of a repository."""

    archive: Archive
    batches: Iterator[IndexedBatch]
    name: str = ""
    reader: PayloadReader | None = None


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
    identity: Identity,
) -> OpenedEvents:
    """The open issues and pull requests of a repository, or those of `numbers`, as `schedule` events.

    Raises UsageError for a repository, token or number that cannot be meant, SourceError when GitHub fails.
    """
    from rulewright.run.connection import connect

    connection = connect(repository, token_env, api_url, identity=identity)
    reader = connection.reader
    events: Iterable[Event]
    if numbers:
        named = []
        for number in numbers:
            event = reader.event(connection.repository, number, "schedule")
            if event is None:
                raise UsageError(f"{connection.repository} has no issue or pull request {number}")
            named.append(event)
        events = named
    else:
        events = reader.subjects(connection.repository)
    archive, batches = Archive(), _batch_events(connection.repository, events)
    for batch in batches:
        archive.add_batch(batch)
        break
    return OpenedEvents(archive, batches, connection.repository, reader)


def _batch_events(repository: str, events: Iterable[Event]) -> Iterator[IndexedBatch]:
    pending: list[tuple[str, Event]] = []
    for event in events:
        pending.append((repository, event))
        if len(pending) == BATCH:
            yield index_event_list(pending)
            pending = []
    if pending:
        yield index_event_list(pending)
