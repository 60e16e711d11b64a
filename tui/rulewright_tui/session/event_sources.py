"""Where loaded events are read from: files of one event, JSONL files by byte offset, events in memory.

`index_events` reads them once and yields an `IndexedBatch` for every few hundred rows; `read_events` reads single rows
again. The rules are those of `rulewright evaluate`: bounded UTF-8 JSON, recognised by envelope or shape.
"""

from __future__ import annotations

import os
from array import array
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.events.reader import MAX_BYTES, event_path, list_event_files, parse_event, read_event_file
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import subject, subject_data
from rulewright.policy.diagnostics import RulewrightError, SourceError
from rulewright.policy.file_bytes import open_file
from rulewright.policy.json_types import as_object, as_objects, as_text
from rulewright.run.event_stream import placed_lines
from rulewright.run.worker_pool import map_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from rulewright.events.model import Event

FIRST_ROWS: Final = 100
"""Rows of the first batch of a file, which is read at once and in this process."""
RANGE_BYTES: Final = 1 << 20
"""Bytes of a JSONL file that one batch covers."""
PROCESSES_FROM: Final = 4 << 20
"""Bytes from which a file is indexed by processes: less is done before they have started."""
FILES_IN_BATCH: Final = 100
LONGEST_TEXT: Final = 300
"""Characters of a title, an author, a target, a label or an error that are kept for a row."""
MOST_LABELS: Final = 100

FIELD: Final = "\x1f"
"""Ends a field of a row's text."""
PLACE: Final = "\x1d"
"""Takes the place of `FILE:LINE` in the text of an error, whose line number is known later."""
_CONTROLS: Final = {ord(character): " " for character in "\n\r\x1d\x1e\x1f"}
"""Characters that would end a field or a row."""

Tags = tuple[str, tuple[str, ...]]
"""What many rows share: the event's name with its action, and the names of its labels."""


class LineFile(NamedTuple):
    """A JSONL file as it was when it was indexed. A row's offset is that of its line in bytes."""

    path: str
    inode: int
    size: int
    modified: int

    def place(self, offset: int, line: int) -> str:
        return f"{self.path}:{line}"

    def has_changed(self) -> bool:
        """Whether the file that was indexed is no longer there as it was; lines may have been added."""
        try:
            return self._differs(os.stat(self.path))
        except (OSError, ValueError):
            return True

    def grown_bytes(self) -> int:
        """Bytes that were added after the file was indexed; 0 for a file that has changed otherwise."""
        try:
            now = os.stat(self.path)
        except (OSError, ValueError):
            return 0
        return 0 if self._differs(now) else now.st_size - self.size

    def _differs(self, now: os.stat_result) -> bool:
        changed = now.st_size == self.size and now.st_mtime_ns != self.modified
        return now.st_ino != self.inode or now.st_size < self.size or changed


class EventFiles(NamedTuple):
    """Files with one event each. A row's offset is its position in `paths`."""

    paths: tuple[str, ...]

    def place(self, offset: int, line: int) -> str:
        return self.paths[offset]


class EventList(NamedTuple):
    """Events that are in memory, with the place that each came from. A row's offset is its position."""

    events: tuple[tuple[str, Event], ...]

    def place(self, offset: int, line: int) -> str:
        return self.events[offset][0]


EventSource = LineFile | EventFiles | EventList


class IndexedBatch(NamedTuple):
    """Rows of one source, as a list of events shows them.

    `offsets` and `lines` have one number for each row; `lines` counts from 1, and is 0 where the source has no lines.
    `shown` has a line of text for each row with the fields number, title, author, target and error; `folded` has one
    with title, author, target and error, casefolded. `tags` numbers the row's entry in `distinct_tags`. `errors` holds
    the rows with an error. `problem`: why the source could not be read further, if so.
    """

    source: EventSource
    offsets: array[int]
    lines: array[int]
    shown: bytes
    folded: bytes
    tags: array[int]
    distinct_tags: tuple[Tags, ...]
    errors: array[int]
    problem: str | None = None
    read_lines: int = 0


def find_event_files(places: Iterable[str]) -> list[str]:
    """The files that `--event` names: each place a file, the name of a shipped example, or a folder with its *.json
    files.

    Raises UsageError and SourceError for a folder that has none or cannot be read.
    """
    return [
        file
        for place in places
        for file in (list_event_files(place) if os.path.isdir(place) else [event_path(place)])
    ]


def index_events(
    files: Sequence[str],
    line_files: Sequence[str],
    *,
    cancel: Callable[[], bool] | None = None,
    processes: int | None = None,
) -> Iterator[IndexedBatch]:
    """The rows of event files, then those of JSONL files, in order, the first ones at once.

    A large JSONL file is read by `processes`, by default one for each processor; 0: in this process. What cannot be
    read is an error of its row, or the `problem` of a batch. The batches end when `cancel` returns true.
    """
    for start in range(0, len(files), FILES_IN_BATCH):
        if cancel is not None and cancel():
            return
        yield index_files(files[start : start + FILES_IN_BATCH])
    for path in line_files:
        yield from _index_line_file(path, cancel, processor_count() if processes is None else processes)


def index_files(paths: Sequence[str]) -> IndexedBatch:
    """The rows of files with one event each."""
    source = EventFiles(tuple(paths))
    index = _BatchIndex(source)
    for offset, path in enumerate(paths):
        index.add_row(offset, 0, lambda path=path: recognise(read_event_file(path)))  # type: ignore[misc]
    return index.finish()


def index_event_list(events: Sequence[tuple[str, Event]], problem: str | None = None) -> IndexedBatch:
    """The rows of events in memory, given with the place that each came from. `problem`: why there are no more."""
    index = _BatchIndex(EventList(tuple(events)))
    for offset, (_, event) in enumerate(events):
        index.add_row(offset, 0, lambda event=event: event)  # type: ignore[misc]
    return index.finish(problem=problem)


def read_events(
    source: EventSource, offsets: Sequence[int], lines: Sequence[int]
) -> Iterator[Event | RulewrightError]:
    """The event of each row, or why there is none; a file of lines is opened once.

    Raises SourceError when the source has changed since it was indexed, or cannot be read.
    """
    if isinstance(source, LineFile):
        yield from _read_lines(source, offsets, lines)
        return
    for offset in offsets:
        try:
            if isinstance(source, EventList):
                yield source.events[offset][1]
            else:
                yield recognise(read_event_file(source.paths[offset]))
        except RulewrightError as error:
            yield _with_place(error, source.place(offset, 0))


def _read_lines(
    source: LineFile, offsets: Sequence[int], lines: Sequence[int]
) -> Iterator[Event | RulewrightError]:
    if source.has_changed():
        raise SourceError(f"{source.path} has changed since it was read", hint="open it again")
    try:
        with open_file(source.path) as stream:
            for offset, line in zip(offsets, lines, strict=True):
                stream.seek(offset)
                place = source.place(offset, line)
                data = stream.readline(MAX_BYTES + 2).rstrip(b"\r\n")
                try:
                    yield recognise(parse_event(data, place))
                except RulewrightError as error:
                    yield _with_place(error, place)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"cannot read {source.path}: {reason}") from error


def _with_place(error: RulewrightError, place: str) -> RulewrightError:
    if place in error.message:
        return error
    return type(error)(f"{place}: {error.message}", hint=error.hint)


def processor_count() -> int:
    """The processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1


def _index_line_file(path: str, cancel: Callable[[], bool] | None, processes: int) -> Iterator[IndexedBatch]:
    lines = 0
    source = LineFile(path, 0, 0, 0)
    try:
        with open_file(path) as stream:
            found = os.fstat(stream.fileno())
            source = LineFile(path, found.st_ino, found.st_size, found.st_mtime_ns)
            first, end = _index_first_lines(source, stream)
            yield first
            lines = first.read_lines
            several = processes if source.size - end >= PROCESSES_FROM else 0
            ranges = _cut_ranges(stream, end, source.size)
            work: Callable[[int, tuple[int, int]], IndexedBatch] = partial(_index_range, source)
            for batch in map_batches(work, ranges, int, processes=several, cancel=cancel, is_apart=True):
                yield batch._replace(lines=array("I", [lines + number for number in batch.lines]))
                lines += batch.read_lines
    except RulewrightError as error:
        yield _BatchIndex(source).finish(problem=error.message)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        yield _BatchIndex(source).finish(problem=f"cannot read {path}: {reason}")


def _index_first_lines(source: LineFile, stream: BinaryIO) -> tuple[IndexedBatch, int]:
    """The first rows, and the offset of the line after them."""
    index = _BatchIndex(source)
    number = 0
    end = source.size
    for number, offset, line in placed_lines(stream, source.path, MAX_BYTES, end=source.size):
        if len(index.offsets) == FIRST_ROWS:
            number, end = number - 1, offset
            break
        index.add_row(offset, number, lambda line=line: recognise(parse_event(line, PLACE)))  # type: ignore[misc]
    return index.finish(read_lines=number), end


def _cut_ranges(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges of whole lines between two offsets, each of about `RANGE_BYTES`. Moves the position of `stream`."""
    while start < end:
        stream.seek(min(start + RANGE_BYTES, end) - 1)
        while (part := stream.readline(1 << 20)) and not part.endswith(b"\n"):
            pass
        stop = min(max(stream.tell(), start + 1), end)
        yield start, stop
        start = stop


def _index_range(source: LineFile, _: int, between: tuple[int, int]) -> IndexedBatch:
    """The rows of a range of a JSONL file, whose line numbers count from the start of the range."""
    start, end = between
    index = _BatchIndex(source)
    try:
        with open_file(source.path) as stream:
            stream.seek(start)
            for number, offset, line in placed_lines(stream, source.path, MAX_BYTES, start=start, end=end):
                index.add_row(offset, number, lambda line=line: recognise(parse_event(line, PLACE)))  # type: ignore[misc]
            stream.seek(start)
            read_lines = stream.read(end - start).count(b"\n")
    except OSError as error:
        raise SourceError(f"cannot read {source.path}: {error.strerror or error}") from error
    return index.finish(read_lines=read_lines)


class _BatchIndex:
    """Collects the rows of one batch."""

    def __init__(self, source: EventSource) -> None:
        self.source = source
        self.offsets = array("Q")
        self.lines = array("I")
        self.shown: list[str] = []
        self.folded: list[str] = []
        self.tags = array("I")
        self.numbers: dict[Tags, int] = {}
        self.errors = array("I")

    def add_row(self, offset: int, line: int, read: Callable[[], Event]) -> None:
        """Add the row of the event that `read` gives, or of the RulewrightError that it raises."""
        try:
            self._add_event(read())
        except RulewrightError as error:
            place = PLACE if isinstance(self.source, LineFile) else self.source.place(offset, line)
            self._add_error(_with_place(error, place).message)
        self.offsets.append(offset)
        self.lines.append(line)

    def finish(self, *, problem: str | None = None, read_lines: int = 0) -> IndexedBatch:
        return IndexedBatch(
            self.source,
            self.offsets,
            self.lines,
            _encode_rows(self.shown),
            _encode_rows(self.folded),
            self.tags,
            tuple(self.numbers),
            self.errors,
            problem,
            read_lines,
        )

    def _add_event(self, event: Event) -> None:
        payload = event.payload
        about = subject(event)
        data = subject_data(payload)
        number = "" if about is None or about.number is None else str(about.number)
        texts = (
            _clean(as_text(data.get("title"))),
            _clean(_author(payload, data)),
            "" if about is None else _clean(about.target),
            "",
        )
        self.shown.append(FIELD.join((number, *texts)))
        self.folded.append(FIELD.join(texts).casefold())
        name = event.name if event.action is None else f"{event.name}.{event.action}"
        labels = tuple(
            _clean(as_text(label.get("name"))) for label in as_objects(data.get("labels"))[:MOST_LABELS]
        )
        self._add_tags((_clean(name), labels))

    def _add_error(self, message: str) -> None:
        text = message[:LONGEST_TEXT].translate(_NOT_PLACE)
        self.errors.append(len(self.shown))
        self.shown.append(FIELD.join(("", "", "", "", text)))
        self.folded.append(FIELD.join(("", "", "", text)).casefold())
        self._add_tags(("", ()))

    def _add_tags(self, tags: Tags) -> None:
        self.tags.append(self.numbers.setdefault(tags, len(self.numbers)))


_NOT_PLACE: Final = {key: value for key, value in _CONTROLS.items() if key != ord(PLACE)}


def _author(payload: Mapping[str, object], data: Mapping[str, object]) -> str | None:
    """The login of who wrote the subject, else of who caused the event."""
    for person in (data.get("user"), payload.get("sender")):
        login = (as_object(person) or {}).get("login")
        if isinstance(login, str):
            return login
    return None


def _clean(text: str | None) -> str:
    """A text cut to what a row keeps, on one line."""
    if not text:
        return ""
    kept = text[:LONGEST_TEXT]
    return kept if kept.isprintable() else kept.translate(_CONTROLS)


def _encode_rows(rows: list[str]) -> bytes:
    return "\n".join(rows).encode("utf-8", "surrogatepass")
