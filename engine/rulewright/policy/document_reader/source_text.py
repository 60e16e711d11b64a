"""The text of one file, its places, and the findings that reading it gave."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Severity

MAX_FINDINGS: Final = 200
"""Findings kept per file; more of them help nobody."""

_LONG: Final = 1_000
_NEWLINE: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Source:
    """`text` without byte-order mark; `starts` holds the index of each line's first character."""

    file: str
    text: str
    starts: tuple[int, ...]
    long_lines: dict[int, str] = field(default_factory=dict, repr=False, compare=False)
    """Long lines already cut out: a thousand findings in a one-line file share one string."""

    @classmethod
    def of(cls, file: str, text: str) -> Source:
        return cls(file, text, (0, *(found.end() for found in _NEWLINE.finditer(text))))

    def position(self, index: int) -> tuple[int, int]:
        """Line and column, from 1, of a character index; an index past the end is the end."""
        index = max(0, min(index, len(self.text)))
        line = bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The place of `text[start:end]`, white space at its end left out."""
        end = start + len(self.text[start:end].rstrip(" \t\r\n"))
        return Span(self.file, *self.position(start), *self.position(end))

    def line(self, number: int) -> str:
        """Line `number` (from 1) without its line break; empty when there is no such line."""
        if not 1 <= number <= len(self.starts):
            return ""
        start = self.starts[number - 1]
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        if end - start < _LONG:
            return self.text[start:end].rstrip("\r\n")
        if number not in self.long_lines:
            self.long_lines[number] = self.text[start:end].rstrip("\r\n")
        return self.long_lines[number]


class Findings:
    """Collects diagnostics of one source by character index; stops collecting at `MAX_FINDINGS`."""

    __slots__ = ("diagnostics", "source", "told")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.told: set[tuple[str, int]] = set()

    def add(
        self,
        code: str,
        message: str,
        start: int,
        end: int,
        hint: str | None = None,
        severity: Severity = "error",
    ) -> None:
        if len(self.diagnostics) >= MAX_FINDINGS or (code, start) in self.told:
            return
        self.told.add((code, start))
        span = self.source.span(start, end)
        self.diagnostics.append(Diagnostic(code, message, span, severity, hint, self.source.line(span.line)))
