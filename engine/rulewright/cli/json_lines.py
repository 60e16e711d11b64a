"""Files with one JSON document per line, the input of `duplicates` and `model`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from rulewright.cli.output import print_error
from rulewright.cli.progress import file_share, track_file
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.file_bytes import open_input
from rulewright.run.event_stream import numbered_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

LONGEST_LINE: Final = 16 << 20
"""Maximum bytes of a line; a longer line is an error."""


class JsonLines(Generic[T]):
    """The results of `read` for each line of a file; `-` is standard input.

    `bad` counts the lines that are not JSON, or for which `read` raises SourceError. Each is reported when it is read.
    `is_progress`: whether a line that is read is work done; not for a command that reads ahead of long work.
    """

    def __init__(self, path: str, read: Callable[[object], T], *, is_progress: bool = True) -> None:
        self.bad = 0
        self._lines = 0
        self._is_progress = is_progress
        self._name = "standard input" if path == "-" else path
        self._read = read
        self._stream = sys.stdin.buffer if path == "-" else open_input(path)

    def __enter__(self) -> JsonLines[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def estimate_total(self) -> float | None:
        """About how many lines the file has, by how much of it was read; None for standard input."""
        share = file_share(self._stream)()
        return self._lines / share if share else None

    def __iter__(self) -> Iterator[T]:
        lines = numbered_lines(self._stream, self._name, LONGEST_LINE)
        for number, line in track_file(lines, self._stream, "issues") if self._is_progress else lines:
            self._lines += 1
            try:
                yield self._read(_parse_line(line))
            except SourceError as error:
                self.bad += 1
                print_error(f"error: {self._name}:{number}: {error.message}", hint=error.hint)


def _parse_line(line: bytes) -> object:
    if len(line) > LONGEST_LINE:
        raise SourceError(f"the line is longer than {LONGEST_LINE >> 20} MiB")
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise SourceError("the line is not valid JSON") from None
