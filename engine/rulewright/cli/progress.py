"""Progress of a command: one line on stderr, which is overwritten, with what is done, the rate and the time left.

It is shown while a command takes longer than `DELAY`, where stderr is a terminal: not with --quiet, and not when stdout
is a pipe, because the program that reads it may write to the same terminal. `main` starts it for every command; a
command that knows how much there is to do says so with `track`, `track_file` or `begin`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

import click

from rulewright.report.terminal import format_bytes, format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from threading import Event, RLock
    from typing import BinaryIO, TextIO

T = TypeVar("T")

DELAY: Final = 2.0
"""Seconds of work without a progress line."""
INTERVAL: Final = 0.2
"""Seconds between two lines."""
CLEAR: Final = "\r\x1b[K"
_KEY: Final = "rulewright.progress"


class Progress:
    """What is known of the work so far. This one shows nothing; `ProgressLine` shows it."""

    def __init__(self, task: str = "") -> None:
        self._task = task
        self.begin("")

    def begin(self, unit: str, total: float | None = None, *, task: str | None = None) -> None:
        """Begin a part of the work. `unit`: what is counted, such as `events`; `bytes` are shown as sizes."""
        self._task = self._task if task is None else task
        self._total, self._unit = total, unit
        self._done = 0.0
        self._share: float | None = None
        self._began = monotonic()

    def advance(self, done: float = 1, *, share: float | None = None) -> None:
        """Add what was done. `share`: which part of the whole this is, from 0 to 1, where no total is known."""
        self._done += done
        self._share = share

    def set(self, done: float, total: float | None = None) -> None:
        """What was done in all, for work that counts by itself, and of how much, if that is known only now."""
        self._done = done
        self._total = self._total if total is None else total

    @contextlib.contextmanager
    def hidden(self) -> Iterator[None]:
        """Keep the line away from what is written within."""
        yield

    def end(self) -> None:
        """Remove the line for good."""

    def describe(self, now: float) -> str:
        """The text of the line at a time of the clock `monotonic`."""
        show = format_bytes if self._unit == "bytes" else _format_count
        unit = "" if self._unit == "bytes" or not self._unit else f" {self._unit}"
        seconds = now - self._began
        share = self._done / self._total if self._total else self._share
        parts = [self._task]
        if self._total:
            parts.append(f"{show(self._done)} of {show(self._total)}{unit}")
        elif self._done:
            parts.append(f"{show(self._done)}{unit}")
        if share is not None and (self._total or self._done):
            parts.append(f"{min(share, 1.0):.0%}")
        if self._done and seconds > 0:
            parts.append(_format_rate(self._done / seconds, show))
        if share is not None and 0 < share <= 1:
            parts.append(f"{format_seconds(seconds * (1 - share) / share)} left")
        else:
            parts.append(format_seconds(seconds))
        return "  ".join(parts)


class ProgressLine(Progress):
    """Progress on a terminal, drawn by a thread of its own, so that time passes while one step takes long."""

    def __init__(self, task: str, stream: TextIO) -> None:
        from threading import Event, RLock, Thread

        super().__init__(task)
        self._stream = stream
        self._is_drawn = False
        self._ended: Event = Event()
        self._lock: RLock = RLock()
        Thread(target=self._draw_until_end, daemon=True).start()

    @contextlib.contextmanager
    def hidden(self) -> Iterator[None]:
        with self._lock:
            self._clear()
            yield

    def end(self) -> None:
        self._ended.set()
        with self._lock:
            self._clear()

    def _draw_until_end(self) -> None:
        if self._ended.wait(DELAY):
            return
        while not self._ended.is_set():
            with self._lock:
                if not self._ended.is_set():
                    self._draw()
            self._ended.wait(INTERVAL)

    def _draw(self) -> None:
        self._is_drawn = True
        # A line that wraps could not be overwritten.
        self._write(CLEAR + self.describe(monotonic())[: _columns(self._stream) - 1])

    def _clear(self) -> None:
        if self._is_drawn:
            self._is_drawn = False
            self._write(CLEAR)

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


def start_progress(context: click.Context, task: str) -> None:
    """Show progress from now until the context is closed, if there is a terminal that can show it."""
    if is_shown(sys.stdout, sys.stderr):
        line = ProgressLine(task, sys.stderr)
        context.find_root().meta[_KEY] = line
        context.find_root().call_on_close(line.end)


def stop_progress(context: click.Context) -> None:
    """Show no progress of this run of a command."""
    line = context.find_root().meta.pop(_KEY, None)
    if isinstance(line, Progress):
        line.end()


def current_progress() -> Progress:
    """The progress of the command that runs; one that shows nothing where none is shown."""
    context = click.get_current_context(silent=True)
    line = None if context is None else context.meta.get(_KEY)
    return line if isinstance(line, Progress) else Progress()


def is_shown(stdout: TextIO, stderr: TextIO) -> bool:
    """Whether there is a terminal that shows progress without disturbing what is written to stdout."""
    try:
        if not stderr.isatty() or os.environ.get("TERM") == "dumb":
            return False
        return stdout.isatty() or not _is_pipe(stdout.fileno())
    except (OSError, ValueError):
        return False  # a closed stream, or one without a descriptor


def track(items: Iterable[T], unit: str, total: int | None = None, *, task: str | None = None) -> Iterator[T]:
    """The items one by one, each counted when the next is asked for. `total`: their number, if they are no sequence."""
    progress = current_progress()
    length = getattr(items, "__len__", None)
    progress.begin(unit, length() if total is None and length is not None else total, task=task)
    for item in items:
        yield item
        progress.advance()


def track_file(
    results: Iterable[T], stream: BinaryIO, unit: str, count: Callable[[T], int] = lambda _: 1
) -> Iterator[T]:
    """What is made of the lines of a file, one by one; how much of it was read tells how much is left.

    `count`: for how many lines a result stands.
    """
    progress = current_progress()
    progress.begin(unit)
    share = file_share(stream)
    for result in results:
        yield result
        progress.advance(count(result), share=share())


def file_share(stream: BinaryIO) -> Callable[[], float | None]:
    """A function that returns which part of a file was read, from 0 to 1: None for standard input and pipes."""
    try:
        size = os.fstat(stream.fileno()).st_size if stream.seekable() else 0
    except (OSError, ValueError):
        size = 0

    def share() -> float | None:
        return stream.tell() / size if size else None

    return share


def _is_pipe(descriptor: int) -> bool:
    from stat import S_ISFIFO

    return S_ISFIFO(os.fstat(descriptor).st_mode)


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _format_count(count: float) -> str:
    return f"{count:,.0f}"


def _format_rate(rate: float, show: Callable[[float], str]) -> str:
    """A number per second, or per minute if it is small."""
    if show is format_bytes:
        return f"{show(rate)}/s"
    if rate < 1:
        return f"{rate * 60:.1f}/min"
    return f"{rate:.1f}/s" if rate < 10 else f"{rate:,.0f}/s"
