"""Commands of measurements: started without a shell, through the launcher, in a process group of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.json_types import as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.json_types import JsonObject

LAUNCHER: Final = str(Path(__file__).with_name("launcher.py"))
ENDS_WITHIN: Final = 10.0
"""Seconds that a process has to end after SIGTERM; then it is killed."""
POLL: Final = 0.01
LAST_LINE: Final = 160
"""Characters of the last line of a command's errors that are told."""
MOST_OUTPUT: Final = 4096


class CommandResult(NamedTuple):
    """How a command ended. `duration` in seconds, `peak` in bytes; `status` is negative for a signal. `failure`: why it
    was not started, or not until its end. `last_line`: of its errors."""

    duration: float = 0.0
    status: int | None = None
    peak: int = 0
    failure: str = ""
    last_line: str = ""


class RunningCommand:
    """A command that was started. Its group also holds all processes that it starts, unless they leave it."""

    def __init__(
        self, command: Sequence[str], *, folder: str = ".", environment: Mapping[str, str] | None = None
    ) -> None:
        """Start it. Raises OSError if the folder does not exist."""
        self._errors = TemporaryFile()  # noqa: SIM115 — closed by `close`
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", LAUNCHER, *command],
                cwd=folder,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=True,
            )
        except OSError:
            self._errors.close()
            raise

    def wait(self, timeout: float) -> CommandResult:
        """Wait for the end; after `timeout` seconds the group is killed."""
        try:
            # `communicate` would close standard input, which ends the command.
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return CommandResult(failure=f"no end within {timeout:g} s", last_line=self.read_last_line())
        return self.read_result()

    def read_result(self) -> CommandResult:
        """How it ended, of a command whose launcher has ended."""
        assert self._process.stdout is not None
        told = _parse_result(self._process.stdout.read(MOST_OUTPUT))
        last_line = self.read_last_line()
        status, duration, peak = told.get("status"), told.get("duration"), told.get("peak")
        if not (isinstance(status, int) and isinstance(duration, float) and isinstance(peak, int)):
            return CommandResult(
                failure=as_text(told.get("error")) or "the command was killed", last_line=last_line
            )
        return CommandResult(duration, status, peak, last_line=last_line)

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        """Ask the group to end, and kill it if it does not."""
        self._signal(signal.SIGTERM)
        end = time.monotonic() + ENDS_WITHIN
        while not self.has_ended() and time.monotonic() < end:
            time.sleep(POLL)
        self.kill()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._process.wait()

    def read_last_line(self) -> str:
        """The last line of its errors that is not empty, shortened."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - MOST_OUTPUT))
        lines = self._errors.read().decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")[:LAST_LINE]

    def close(self) -> None:
        """Release its streams; a command that still runs is killed."""
        self.kill()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                stream.close()

    def _signal(self, number: int) -> None:
        # The group exists as long as one of its processes does, also when the launcher has ended.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def run_command(
    command: Sequence[str],
    *,
    folder: str = ".",
    environment: Mapping[str, str] | None = None,
    timeout: float,
) -> CommandResult:
    """Run a command until its end. A folder that does not exist is a failure."""
    try:
        running = RunningCommand(command, folder=folder, environment=environment)
    except OSError as error:
        return CommandResult(failure=f"{folder}: {error.strerror}")
    try:
        return running.wait(timeout)
    finally:
        running.close()


def _parse_result(line: bytes) -> JsonObject:
    try:
        return as_object(json.loads(line)) or {}
    except ValueError:
        return {}
