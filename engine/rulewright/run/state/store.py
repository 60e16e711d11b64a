"""What every place for state can do: remember, append, and show its journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rulewright.planning.redaction import clean_content
from rulewright.run.hash_chain import read_lines, seal_contents, verify_lines
from rulewright.run.state.memory import Memory, after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rulewright.run.hash_chain import Line


class Store(Protocol):
    """A journal in segments, and the memory folded out of it. All raise SourceError when the place fails.

    `lasting`: whether the next run finds what this one remembers, as `state:` of rulewright.yaml promises.
    """

    lasting: bool

    def memory(self) -> Memory:
        """What is remembered now."""

    def append(self, contents: Sequence[Mapping[str, object]]) -> Memory:
        """Take these records behind all others; they are kept when this returns. Texts are masked first."""

    def flush(self) -> None:
        """Put away what `append` has only collected yet."""

    def segments(self) -> Iterator[tuple[str, bytes]]:
        """The journal's files in order: name and bytes, without a last line that has no end."""

    def torn(self) -> Sequence[str]:
        """The files whose last line has no end."""


class NoStore:
    """Remembers for the length of the run only."""

    lasting = False

    def __init__(self) -> None:
        self._memory = Memory()
        self._lines: list[Line] = []

    def memory(self) -> Memory:
        return self._memory

    def append(self, contents: Sequence[Mapping[str, object]]) -> Memory:
        lines = clean_lines(contents, self._memory)
        self._memory = after(self._memory, lines)
        self._lines += lines
        return self._memory

    def flush(self) -> None:
        return

    def segments(self) -> Iterator[tuple[str, bytes]]:
        yield "journal", b"".join(line.data() for line in self._lines)

    def torn(self) -> Sequence[str]:
        return ()


def clean_lines(contents: Iterable[Mapping[str, object]], memory: Memory) -> tuple[Line, ...]:
    """Contents as the lines that come next, free of personal data and secrets."""
    return seal_contents([clean_content(content) for content in contents], memory.head)


def lines_of(segments: Iterable[tuple[str, bytes]]) -> Iterator[Line]:
    """All lines of a journal in order, the chain checked over all segments. Raises ChainError."""
    from rulewright.run.hash_chain import Head

    head = Head()
    for name, data in segments:
        for line in verify_lines(read_lines(data, name), head, name):
            head = line.head
            yield line
