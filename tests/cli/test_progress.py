"""Progress on a terminal: shown after two seconds of work, cleared before other output, and nowhere else."""

from __future__ import annotations

import io
import json
import os
import re
import select
import subprocess
import sys
import time
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.cli import progress
from rulewright.cli.progress import CLEAR, Progress, ProgressLine, file_share, is_shown
from rulewright.report.terminal import format_bytes, format_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEADLINE = 60.0
"""Seconds until the line must be there; a busy machine takes a few."""


class Screen(io.StringIO):
    """A stream that tells when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = Event()

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal: what a program sees, what the person sees."""
    person, program = os.openpty()
    yield program, person
    for end in (program, person):
        os.close(end)


def read_until(descriptor: int, pattern: str) -> str:
    """What comes until the pattern is found. Fails after `DEADLINE`."""
    end, text = time.monotonic() + DEADLINE, ""
    while re.search(pattern, text) is None:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"{pattern!r} did not appear in {text!r}"
        text += os.read(descriptor, 65536).decode()
    return text


@pytest.mark.parametrize(
    ("unit", "total", "done", "share", "seconds", "line"),
    [
        ("", None, 0, None, 8, "work  8 s"),
        ("events", None, 40, None, 8, "work  40 events  5.0/s  8 s"),
        ("events", 160, 40, None, 8, "work  40 of 160 events  25%  5.0/s  24 s left"),
        ("events", None, 40, 0.25, 8, "work  40 events  25%  5.0/s  24 s left"),
        ("events", None, 40, 0.0, 8, "work  40 events  0%  5.0/s  8 s"),
        ("runs", 10, 1, None, 250, "work  1 of 10 runs  10%  0.2/min  37 min 30 s left"),
        ("events", 1500, 1200, None, 4, "work  1,200 of 1,500 events  80%  300/s  1 s left"),
        ("bytes", 83_000_000, 20_750_000, None, 4, "work  20.8 MB of 83.0 MB  25%  5.2 MB/s  12 s left"),
        ("events", 0, 0, None, 3, "work  3 s"),
        ("issues", 10, 12, None, 3, "work  12 of 10 issues  100%  4.0/s  3 s"),
    ],
)
def test_the_line_tells_what_is_done_the_rate_and_the_time_left(
    unit: str, total: int | None, done: int, share: float | None, seconds: float, line: str
) -> None:
    found = Progress("work")
    found.begin(unit, total)
    found.advance(done, share=share)
    assert found.describe(found._began + seconds) == line


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (74, "1 min 14 s"), (7500, "2 h 5 min"), (-1, "0 s")]
)
def test_durations_for_people(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (83.1e6, "83.1 MB"), (2.5e9, "2.5 GB")]
)
def test_sizes_for_people(count: float, text: str) -> None:
    assert format_bytes(count) == text


def test_work_that_ends_before_the_delay_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "DELAY", DEADLINE)
    screen = Screen()
    line = ProgressLine("work", screen)
    line.advance()
    with line.hidden():
        screen.write("result\n")
    line.end()
    assert screen.getvalue() == "result\n"


def test_the_line_is_removed_before_other_output_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "DELAY", 0.0)
    screen = Screen()
    line = ProgressLine("work", screen)
    assert screen.written.wait(DEADLINE)
    with line.hidden():
        screen.written.clear()
        screen.write("result\n")
    line.end()
    text = screen.getvalue()
    assert text.startswith(f"{CLEAR}work  0 s")
    assert f"{CLEAR}result\n" in text
    assert text.endswith((f"{CLEAR}", "result\n"))


def test_a_broken_terminal_ends_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "DELAY", 0.0)
    screen = Screen()
    line = ProgressLine("work", screen)
    assert screen.written.wait(DEADLINE)
    screen.close()
    with line.hidden():
        pass
    line.end()


def test_only_a_terminal_shows_progress(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    reading, writing = os.pipe()
    with (
        open(terminal[0], "w", closefd=False) as screen,
        open(tmp_path / "file", "w") as file,
        open(writing, "w") as pipe,
        open(reading) as _,
    ):
        assert is_shown(screen, screen)
        assert is_shown(file, screen)
        assert not is_shown(pipe, screen), "the reader of the pipe may write to the same terminal"
        assert not is_shown(screen, file)
        assert not is_shown(screen, pipe)
        assert not is_shown(io.StringIO(), screen)
        assert not is_shown(screen, io.StringIO())
        monkeypatch.setenv("TERM", "dumb")
        assert not is_shown(screen, screen)


def test_the_share_of_a_file_is_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"x\n" * 50)
    with path.open("rb") as stream:
        share = file_share(stream)
        assert share() == 0
        stream.read(25)
        assert share() == 0.25
    reading, writing = os.pipe()
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert file_share(pipe)() is None


def start(terminal: int, folder: Path, *options: str) -> subprocess.Popen[bytes]:
    """`evaluate --events -` with its messages on a terminal, its results in a file, its events from a pipe."""
    command = [sys.executable, "-m", "rulewright", *options, "evaluate", "--events", "-", "--format", "json"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with open(folder / "out.jsonl", "wb") as out:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=terminal, env=environment)


def test_a_command_shows_its_progress_until_it_ends(
    folder: Path, payload: Any, terminal: tuple[int, int]
) -> None:
    program, person = terminal
    with start(program, folder) as process:
        assert process.stdin is not None
        for number in range(3):
            process.stdin.write(json.dumps(payload(f"A crash {number}", "none")).encode() + b"\n")
        process.stdin.flush()
        shown = read_until(person, r"evaluate  [23] events  \S+/\S+  \d+ s")
        assert shown.startswith(CLEAR)
        assert (folder / "out.jsonl").read_text().count("\n") >= 2, "results do not wait for the end"
        process.stdin.write(b"{bad\n")
        process.stdin.flush()
        message = read_until(person, "4 events")
        assert f"{CLEAR}error: standard input:4" in message
        process.stdin.close()
        assert process.wait(DEADLINE) == 4
    rest = read_until(person, re.escape(CLEAR) + r"$")
    assert "%" not in shown + message + rest, "nobody knows how much there is to come"


def test_quiet_shows_none(folder: Path, payload: Any, terminal: tuple[int, int]) -> None:
    program, person = terminal
    with start(program, folder, "--quiet") as process:
        assert process.stdin is not None
        process.stdin.write(b"{bad\n")
        process.stdin.flush()
        errors = read_until(person, "hint: [^\n]*\n")
        # The command waits for more events for longer than the delay.
        ready, _, _ = select.select([person], [], [], progress.DELAY + 4 * progress.INTERVAL)
        assert ready == []
        process.stdin.close()
        assert process.wait(DEADLINE) == 4
    assert CLEAR not in errors
