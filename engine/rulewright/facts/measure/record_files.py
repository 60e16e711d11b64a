"""Files of measurement records: of `rulewright measure`, of the pytest plugin, and `measurement` events."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.facts.measure.files import read_source_files
from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.records import read_event_records
from rulewright.policy.json_types import as_object
from rulewright.policy.strict_json import decode_utf8, parse_strictly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.facts.measure.files import SourceFile
    from rulewright.policy.json_types import JsonObject

_ENDINGS: Final = (".jsonl", ".json")
_EVENT_KEY: Final = b'"measurements"'


class Records(NamedTuple):
    """The records of files. `problem`: why a file could not be read, "" where all could: what such a file holds is not
    known, so nothing that records measure is judged then."""

    records: tuple[JsonObject, ...] = ()
    problem: str = ""


def read_records(place: str) -> Records:
    """The records of a file, or of the files in a folder: `*.jsonl`, and `*.json` that hold a `measurement` event.

    Other JSON of a folder is left alone: it is the output of tools.
    """
    is_folder = os.path.isdir(place)
    folder, name = (place, "") if is_folder else os.path.split(place)
    names = sorted(entry for entry in os.listdir(place) if entry.endswith(_ENDINGS)) if is_folder else [name]
    found: list[JsonObject] = []
    for entry in names:
        try:
            for file in read_source_files(entry, folder or "."):
                found += _parse(file, is_named=not is_folder)
        except UnusableSource as error:
            return Records((), error.reason)
    return Records(tuple(found))


def parse_records(file: SourceFile) -> list[JsonObject]:
    """The records of one file. Raises UnusableSource with the line."""
    return [*_parse(file, is_named=True)]


def _parse(file: SourceFile, *, is_named: bool) -> Iterator[JsonObject]:
    if file.path.endswith(".json"):
        event = _parse_event(file)
        if event is not None:
            try:
                yield from read_event_records(event)
            except UnusableSource as error:
                raise UnusableSource(error.code, f"{file.path}: {error.reason}") from None
            return
        if not is_named:
            return
    text = _decode(file)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = as_object(parse_strictly(line))
        except ValueError as error:
            raise UnusableSource("unreadable", f"{file.path}:{number}: {error}") from None
        if record is None or not isinstance(record.get("metric"), str):
            reason = f"{file.path}:{number}: a record is an object with a `metric`"
            raise UnusableSource("unreadable", reason)
        yield record


def _parse_event(file: SourceFile) -> JsonObject | None:
    """A `measurement` event, bare or in an envelope; None for any other JSON. Raises UnusableSource for what looks like
    an event and is cut off or damaged: without it the other files would be judged as if they were all."""
    try:
        document = as_object(parse_strictly(decode_utf8(file.data)))
    except ValueError as error:
        if _EVENT_KEY in file.data and file.data.lstrip()[:1] == b"{" and not _holds_lines(file):
            raise UnusableSource("unreadable", f"{file.path}: {error}") from None
        return None
    if document is not None and document.get("event") == "measurement":
        document = as_object(document.get("payload"))
    return document if document is not None and isinstance(document.get("measurements"), list) else None


def _holds_lines(file: SourceFile) -> bool:
    """Whether the first line is a record of its own: a file of records may have any name that is given."""
    try:
        return as_object(parse_strictly(decode_utf8(file.data.lstrip().split(b"\n", 1)[0]))) is not None
    except ValueError:
        return False


def _decode(file: SourceFile) -> str:
    try:
        return decode_utf8(file.data)
    except ValueError as error:
        raise UnusableSource("unreadable", f"{file.path}: {error}") from None
