"""All loaded events by row number: what a list shows of each is in memory, the event itself is read when asked for."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from rulewright.policy.diagnostics import RulewrightError
from rulewright_tui.session.event_sources import FIELD, PLACE, LineFile, read_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.events.model import Event
    from rulewright_tui.session.event_sources import EventSource, IndexedBatch, Tags


class EventSummary(NamedTuple):
    """What a list shows of an event. `where` is `FILE` or `FILE:LINE`, `event` is `issues.opened`, empty for a row with
    an `error`. Texts are cut and on one line, and not masked."""

    row: int
    where: str
    event: str
    number: int | None
    title: str
    author: str
    target: str
    labels: tuple[str, ...]
    error: str | None = None


class Chunk(NamedTuple):
    """Rows that were indexed together, from row `start`. `tags` are numbers of `Archive.tags`."""

    start: int
    source: EventSource
    offsets: array[int]
    lines: array[int]
    shown: bytes
    folded: bytes
    tags: array[int]

    def folded_rows(self) -> list[bytes]:
        """The casefolded text of each row, UTF-8."""
        return self.folded.split(b"\n")


class Archive:
    """Rows in the order in which batches were added. Some 200 bytes a row; the events stay in their files.

    One thread adds batches; others may read at the same time, and see the rows that were complete.
    `tags` are the distinct event names with labels; `problems` are sources that could not be read to their end.
    """

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.tags: list[Tags] = []
        self.problems: list[str] = []
        self.error_rows = array("I")
        self._starts = array("I")
        self._numbers: dict[Tags, int] = {}
        self._count = 0
        self._recent: tuple[int, list[bytes]] = (-1, [])

    def __len__(self) -> int:
        return self._count

    def add_batch(self, batch: IndexedBatch) -> range:
        """Add the rows of a batch, and give their numbers."""
        if batch.problem is not None:
            self.problems.append(batch.problem)
        rows = range(self._count, self._count + len(batch.offsets))
        if not rows:
            return rows
        numbers = [self._number_tags(tags) for tags in batch.distinct_tags]
        tags = array("I", [numbers[local] for local in batch.tags])
        chunk = Chunk(rows.start, batch.source, batch.offsets, batch.lines, batch.shown, batch.folded, tags)
        self.chunks.append(chunk)
        self._starts.append(rows.start)
        self.error_rows.extend(rows.start + row for row in batch.errors)
        self._count = rows.stop
        return rows

    def event(self, row: int) -> Event:
        """The event of a row, read from its source.

        Raises RulewrightError for a row that is no event, and for a file that has changed, vanished or cannot be read.
        """
        chunk, position = self._locate(row)
        (event,) = read_events(
            chunk.source, chunk.offsets[position : position + 1], chunk.lines[position : position + 1]
        )
        if isinstance(event, RulewrightError):
            raise event
        return event

    def where(self, row: int) -> str:
        """The place of a row: `FILE`, or `FILE:LINE`."""
        chunk, position = self._locate(row)
        return chunk.source.place(chunk.offsets[position], chunk.lines[position])

    def summary(self, row: int) -> EventSummary:
        """What a list shows of a row."""
        chunk, position = self._locate(row)
        if self._recent[0] != chunk.start:
            self._recent = (chunk.start, chunk.shown.split(b"\n"))
        text = self._recent[1][position].decode("utf-8", "surrogatepass")
        number, title, author, target, error = text.split(FIELD)
        where = chunk.source.place(chunk.offsets[position], chunk.lines[position])
        event, labels = self.tags[chunk.tags[position]]
        told = error.replace(PLACE, where) or None
        return EventSummary(
            row, where, event, int(number) if number else None, title, author, target, labels, told
        )

    def chunks_of(self, rows: range) -> list[Chunk]:
        """The chunks that hold any of these rows, in order."""
        if not rows:
            return []
        return self.chunks[
            bisect_right(self._starts, rows.start) - 1 : bisect_right(self._starts, rows.stop - 1)
        ]

    def errors(self) -> Iterator[tuple[str, str]]:
        """(place, message) of every row that is no event."""
        for row in self.error_rows:
            summary = self.summary(row)
            yield summary.where, summary.error or ""

    def changed_files(self) -> tuple[str, ...]:
        """The JSONL files that are no longer what was indexed: vanished, replaced, cut or rewritten."""
        return tuple(source.path for source in self._line_files() if source.has_changed())

    def grown_files(self) -> dict[str, int]:
        """JSONL files that lines were added to, with the number of bytes that are not indexed."""
        grown = {source.path: source.grown_bytes() for source in self._line_files()}
        return {path: size for path, size in grown.items() if size}

    def _line_files(self) -> set[LineFile]:
        return {chunk.source for chunk in self.chunks if isinstance(chunk.source, LineFile)}

    def _locate(self, row: int) -> tuple[Chunk, int]:
        if not 0 <= row < self._count:
            raise IndexError(f"no row {row}")
        chunk = self.chunks[bisect_right(self._starts, row) - 1]
        return chunk, row - chunk.start

    def _number_tags(self, tags: Tags) -> int:
        number = self._numbers.setdefault(tags, len(self.tags))
        if number == len(self.tags):
            self.tags.append(tags)
        return number
