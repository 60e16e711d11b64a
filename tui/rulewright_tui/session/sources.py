"""The texts of policy files, read again when they change, and the lines that each entry takes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.diagnostics import Diagnostic

MAX_BYTES: Final = 4_000_000
"""What is read of a file. A policy is much smaller."""


class SourceView(NamedTuple):
    """The file shown: its name and text, the place of the cursor, the lines of the rule, and errors by line."""

    file: str
    text: str
    line: int
    first: int = 0
    last: int = 0
    errors: Mapping[int, str] = {}
    problem: str = ""


class _Text(NamedTuple):
    stamp: tuple[int, int]
    text: str


class SourceFiles:
    """Texts by file name. Entries are looked for once `reads_entries` is set: that imports the YAML reader, which the
    first frame does without."""

    def __init__(self) -> None:
        self.reads_entries = False
        self._texts: dict[str, _Text] = {}
        self._spans: dict[str, tuple[tuple[int, int], Mapping[int, tuple[int, int]]]] = {}

    def read(self, file: str) -> tuple[str, str]:
        """The text, and why there is none."""
        try:
            stat = os.stat(file)
            stamp = (stat.st_mtime_ns, stat.st_size)
            known = self._texts.get(file)
            if known is None or known.stamp != stamp:
                with open(file, "rb") as stream:
                    known = _Text(stamp, stream.read(MAX_BYTES).decode("utf-8", "replace"))
                self._texts[file] = known
        except (OSError, ValueError) as error:
            return "", f"{file}: {getattr(error, 'strerror', None) or error}"
        return known.text, ""

    def view(
        self, file: str, line: int, entry_line: int | None, findings: Sequence[Diagnostic]
    ) -> SourceView:
        """The view of a place; `entry_line` is that of the id of its entry."""
        text, problem = self.read(file)
        errors = {
            found.span.line: found.message
            for found in findings
            if found.span.file == file and found.severity == "error"
        }
        first, last = self._entry(file, entry_line) if entry_line is not None and not problem else (0, -1)
        return SourceView(file, text, line, first, last, errors, problem)

    def _entry(self, file: str, line: int) -> tuple[int, int]:
        if not self.reads_entries:
            return line, line
        text = self._texts[file]
        known = self._spans.get(file)
        if known is None or known[0] != text.stamp:
            from rulewright.policy.entry_spans import read_entry_spans

            spans = {
                span.line: (span.first_line, span.last_line) for span in read_entry_spans(text.text, file)
            }
            known = self._spans[file] = text.stamp, spans
        return known[1].get(line, (line, line))
