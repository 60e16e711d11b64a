"""The parent's side of the model's process: requests in their turn, a hard time limit, crashes contained and counted.

One request is in work at a time; the others wait in the order in which they came. A process that crashed, that hangs
or takes too much memory is killed, and the next request starts another one. After `CRASHES` in a row without an
answer nobody starts one for `REST` seconds.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import weakref
from collections import deque
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.models.local import messages as frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rulewright.models.local.llama_settings import LlamaSettings

MAX_CRASHES: Final = 3
REST_SECONDS: Final = 60.0
GRACE_SECONDS: Final = 2.0
"""Seconds between the limit, at which the process stops by itself, and its end by force."""
POLL_SECONDS: Final = 0.25
"""Seconds between two looks at the process's memory."""
MAX_WAITING: Final = 256
"""Requests that may wait; one more is refused."""

COMMAND: Final = (sys.executable, "-P", "-m", "rulewright.models.local.server")


class ModelProcessError(Exception):
    """No answer: `code` as in `task.Abstention`, and why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class ProcessCounts(NamedTuple):
    """What happened so far."""

    started: int = 0
    answered: int = 0
    refused: int = 0
    crashed: int = 0
    killed: int = 0


class ModelProcess:
    """A model that answers requests of `answering.ACTIONS`; safe to call from several threads, and after a fork.

    `command` starts the process; `clock` gives seconds and never goes back.
    """

    def __init__(
        self,
        settings: LlamaSettings,
        *,
        command: tuple[str, ...] = COMMAND,
        clock: Callable[[], float] = monotonic,
        crashes: int = MAX_CRASHES,
    ) -> None:
        self.settings = settings
        self.command = command
        self.clock = clock
        self.crashes = crashes
        self.counts = ProcessCounts()
        self.info: Mapping[str, Any] = {}
        self._waiting: deque[object] = deque()
        self._turn = threading.Condition()
        self._child: _ChildProcess | None = None
        self._in_a_row = 0
        self._resting_until = 0.0
        self._owner = os.getpid()

    @property
    def pid(self) -> int | None:
        """The process that runs, if one does."""
        return self._child.popen.pid if self._child else None

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one request. Raises Trouble, at the latest when its time and that of those before is up."""
        with self._in_turn():
            for attempt in (1, 2):
                try:
                    return self._ask({**request, "saved": attempt == 1})
                except _ProcessEnded as gone:
                    self._crashed(gone.how)
                    trouble = ModelProcessError("crashed", f"the model's process ended twice: {gone.how}")
        raise trouble

    def close(self) -> None:
        """Ends the process, and waits for it; the next request starts another one."""
        with self._in_turn():
            self._drop()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        settings = self.settings
        child = self._running()
        request["timeout"] = settings.timeout
        reply = self._exchange(child, request, settings.timeout)
        self._in_a_row = 0
        if "refused" in reply:
            self.counts = self.counts._replace(refused=self.counts.refused + 1)
            raise ModelProcessError(str(reply["refused"]), str(reply["reason"]))
        self.counts = self.counts._replace(answered=self.counts.answered + 1)
        return dict(reply["ok"])

    def _running(self) -> _ChildProcess:
        if self._owner != os.getpid():
            self._child, self._owner = None, os.getpid()
        if self._child is not None:
            return self._child
        rest = self._resting_until - self.clock()
        if rest > 0:
            raise ModelProcessError(
                "crashed", f"the model's process crashed {self.crashes} times; next try in {rest:.0f} s"
            )
        self.counts = self.counts._replace(started=self.counts.started + 1)
        self._child = _ChildProcess(self.command)
        reply = self._exchange(self._child, self.settings.message(), self.settings.load_timeout)
        if "refused" in reply:
            self._drop()
            raise ModelProcessError(str(reply["refused"]), str(reply["reason"]))
        self.info = reply["ok"]
        return self._child

    def _exchange(self, child: _ChildProcess, message: dict[str, Any], limit: float) -> dict[str, Any]:
        try:
            return child.exchange(frames.pack_message(message), limit + GRACE_SECONDS, self.settings.memory)
        except _ProcessEnded:
            raise
        except ModelProcessError:
            self.counts = self.counts._replace(killed=self.counts.killed + 1)
            self._drop()
            raise
        except ValueError:
            raise _ProcessEnded("it sent what is no message") from None

    def _crashed(self, how: str) -> None:
        self._drop()
        self.counts = self.counts._replace(crashed=self.counts.crashed + 1)
        self._in_a_row += 1
        if self._in_a_row >= self.crashes:
            self._resting_until, self._in_a_row = self.clock() + REST_SECONDS, 0
            raise ModelProcessError(
                "crashed", f"the model's process crashed {self.crashes} times in a row: {how}"
            )

    def _drop(self) -> None:
        if self._child is not None and self._owner == os.getpid():
            self._child.end()
        self._child = None

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        ticket = object()
        with self._turn:
            if len(self._waiting) >= MAX_WAITING:
                raise ModelProcessError("busy", f"{MAX_WAITING} requests wait for the model already")
            self._waiting.append(ticket)
            self._turn.wait_for(lambda: self._waiting[0] is ticket)
        try:
            yield
        finally:
            with self._turn:
                self._waiting.remove(ticket)
                self._turn.notify_all()


class _ProcessEnded(Exception):
    """The process ended, or speaks no longer as agreed."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class _ChildProcess:
    """One process and its two pipes, read and written with a time limit."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self.popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        self.to, self.out = self.popen.stdin.fileno(), self.popen.stdout.fileno()
        os.set_blocking(self.to, False)
        os.set_blocking(self.out, False)
        self.end = weakref.finalize(self, _end_process, self.popen)

    def exchange(self, data: bytes, limit: float, memory: int | None) -> dict[str, Any]:
        """Raises _Gone, ValueError for what is no message, Trouble when the limit in seconds or bytes is passed."""
        deadline = monotonic() + limit
        while data:
            self._wait(self.to, select.POLLOUT, deadline, memory)
            try:
                data = data[os.write(self.to, data) :]
            except BlockingIOError:
                continue
            except OSError:
                raise _ProcessEnded(self._how()) from None
        (length,) = frames.HEAD.unpack(self._read(frames.HEAD.size, deadline, memory))
        if length > frames.MAX_MESSAGE_BYTES:
            raise ValueError("too long a message")
        return frames.unpack_message(self._read(length, deadline, memory))

    def _read(self, size: int, deadline: float, memory: int | None) -> bytes:
        out = bytearray()
        while len(out) < size:
            self._wait(self.out, select.POLLIN, deadline, memory)
            try:
                part = os.read(self.out, size - len(out))
            except BlockingIOError:
                continue
            if not part:
                raise _ProcessEnded(self._how())
            out += part
        return bytes(out)

    def _wait(self, file: int, what: int, deadline: float, memory: int | None) -> None:
        poll = select.poll()
        poll.register(file, what)
        while True:
            left = deadline - monotonic()
            if left <= 0:
                raise ModelProcessError(
                    "timeout", "the model's process did not answer in time, and was ended"
                )
            ready = poll.poll(min(left, POLL_SECONDS) * 1000)
            if memory is not None and _resident_bytes(self.popen.pid) > memory:
                raise ModelProcessError(
                    "memory", f"the model's process took more than {memory >> 20} MB, and was ended"
                )
            if ready:
                return

    def _how(self) -> str:
        try:
            code = self.popen.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "it closed its pipes"
        return f"signal {-code}" if code < 0 else f"exit code {code}"


def _end_process(popen: subprocess.Popen[bytes]) -> None:
    for stream in (popen.stdin, popen.stdout):
        if stream is not None:
            stream.close()
    popen.kill()
    popen.wait()


def _resident_bytes(pid: int) -> int:
    """Bytes of memory that a process holds; 0 where that cannot be seen (not Linux)."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
