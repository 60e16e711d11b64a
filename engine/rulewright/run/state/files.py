"""State on a disk: a folder with a segment for each month, or one journal file."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import SourceError
from rulewright.run.hash_chain import ChainError, read_lines
from rulewright.run.state.memory import Memory, after, memory_of
from rulewright.run.state.store import clean_lines, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.run.hash_chain import Line


class FileStore:
    """One journal file. Its memory is folded out of it at the start; the file says everything."""

    lasting = False
    """A file is named for one run; in a workflow it is gone with the runner's disk."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.lock = self.path.with_name(f"{self.path.name}.lock")
        self._known: tuple[tuple[tuple[str, int], ...], Memory] | None = None

    def memory(self) -> Memory:
        with _trouble(self.path):
            return self._present()

    def append(self, contents: Sequence[Mapping[str, object]]) -> Memory:
        if not contents:
            return self.memory()
        with _trouble(self.path), lock_file(self.lock):
            for last in self._names()[-1:]:
                _mend(last)
            memory = self._present()
            lines = clean_lines(contents, memory)
            _write(self._segment(lines[0]), lines)
            memory = after(memory, lines)
            self._remember(memory)
            return memory

    def flush(self) -> None:
        return

    def segments(self) -> Iterator[tuple[str, bytes]]:
        for path in self._names():
            yield str(path), _whole_lines(path.read_bytes())

    def torn(self) -> Sequence[str]:
        read = ((path, path.read_bytes()) for path in self._names())
        return [str(path) for path, data in read if data != _whole_lines(data)]

    def _names(self) -> list[Path]:
        return [self.path] if self.path.exists() else []

    def _present(self) -> Memory:
        """The memory up to the last line; the one of the last look where nobody wrote since."""
        sizes = _sizes(self._names())
        if self._known is None or self._known[0] != sizes:
            self._known = sizes, self._read()
        return self._known[1]

    def _read(self) -> Memory:
        return after(Memory(), lines_of(self.segments()))

    def _segment(self, first: Line) -> Path:
        return self.path

    def _remember(self, memory: Memory) -> None:
        self._known = _sizes(self._names()), memory


class DirectoryStore(FileStore):
    """`journal/2026-01.jsonl`, a file for each month, and `memory.json`, which only saves reading them all."""

    lasting = True

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        super().__init__(self.folder / "journal")
        self.lock = self.folder / "lock"

    def _names(self) -> list[Path]:
        return sorted(self.path.glob("*.jsonl")) if self.path.is_dir() else []

    def _read(self) -> Memory:
        """The stored memory, and what was appended behind it: a run may have died between the two."""
        memory = _stored(self.folder / "memory.json")
        names = self._names()
        if memory is None:
            return after(Memory(), lines_of(self.segments()))
        behind: list[Line] = []
        for path in reversed(names):
            lines = list(read_lines(_whole_lines(path.read_bytes()), str(path)))
            if not lines:
                continue
            behind = [line for line in lines if line.seq >= memory.head.seq] + behind
            if lines[0].seq < memory.head.seq:
                last = next((line for line in lines if line.seq == memory.head.seq - 1), None)
                if last is None or last.hash != memory.head.hash:
                    raise ChainError(memory.head.seq - 1, "the memory was made of another one", str(path))
                break
        else:
            if memory.head.seq:
                raise ChainError(memory.head.seq - 1, "it is missing", str(self.path))
        return after(memory, behind)

    def _segment(self, first: Line) -> Path:
        """The month of the record; never one before the last, since segments are read in order."""
        names = self._names()
        month = str(first.content.get("at", ""))[:7] or "0000-00"
        path = self.path / f"{month}.jsonl"
        return max([path, *names[-1:]])

    def _remember(self, memory: Memory) -> None:
        super()._remember(memory)
        part = self.folder / f"memory.json.{os.getpid()}"
        part.write_text(json.dumps(memory.as_json(), sort_keys=True), "ascii")
        os.replace(part, self.folder / "memory.json")


def _sizes(paths: Sequence[Path]) -> tuple[tuple[str, int], ...]:
    return tuple((path.name, path.stat().st_size) for path in paths)


def _stored(path: Path) -> Memory | None:
    try:
        return memory_of(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return None


def _whole_lines(data: bytes) -> bytes:
    """Without a last line that has no end: its write was cut off, so nobody was told that it is there."""
    return data[: data.rfind(b"\n") + 1]


def _mend(path: Path) -> None:
    """Take away such a line, so that the next one does not stand behind it."""
    if path.is_file():
        data = path.read_bytes()
        if data and not data.endswith(b"\n"):
            os.truncate(path, len(_whole_lines(data)))


def _write(path: Path, lines: Sequence[Line]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        stream.write(b"".join(line.data() for line in lines))
        stream.flush()
        os.fsync(stream.fileno())


@contextlib.contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Hold a lock among processes. The lock goes with the process that held it."""
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _trouble(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why: object = error.strerror or "unknown reason"
        raise SourceError(f"The journal {path} cannot be read or written: {why}.") from None
