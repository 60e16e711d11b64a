"""The parent's side of the model process: a queue of requests, a hard time limit, crashes contained and counted.

One request is processed at a time; the others wait in order of arrival. A process that crashes, hangs or takes too much
memory is killed, and the next request starts another one. After MAX_CRASHES in a row without an answer none is started
for REST_SECONDS.
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
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from rulewright.models.local.messages import (
    HEAD,
    MAX_MESSAGE_BYTES,
    ModelProcessError,
    pack_message,
    unpack_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rulewright.models.local.messages import (
        ClassifyReply,
        EmbedReply,
        GenerateReply,
        LlamaSettings,
        MeasureReply,
        ModelRequest,
        ScoreReply,
        SpeedReply,
        TokenizeReply,
    )
    from rulewright.models.local.prompt_parts import PromptParts
    from rulewright.policy.json_types import JsonObject

MAX_CRASHES: Final = 3
REST_SECONDS: Final = 60.0
GRACE_SECONDS: Final = 2.0
"""Seconds between the limit, at which the process stops by itself, and its end by force."""
POLL_SECONDS: Final = 0.25
"""Seconds between two looks at the process's memory."""
MAX_WAITING: Final = 256
"""Requests that may wait; one more is refused."""

COMMAND: Final = (sys.executable, "-P", "-m", "rulewright.models.local.server")


class ProcessCounts(NamedTuple):
    """Events since the start of the run."""

    started: int = 0
    answered: int = 0
    refused: int = 0
    crashed: int = 0
    killed: int = 0


class ModelProcess:
    """A model that answers requests of `request_handler.ACTIONS`; safe to call from several threads, and after a fork.

    `command` starts the process; `clock` gives monotonic seconds. Every request raises ModelProcessError.
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
        self.context = 0
        """Tokens that the loaded model can hold; 0 before the first answer."""
        self._waiting: deque[object] = deque()
        self._turn = threading.Condition()
        self._child: _ChildProcess | None = None
        self._in_a_row = 0
        self._resting_until = 0.0
        self._owner = os.getpid()

    @property
    def pid(self) -> int | None:
        """The running process, if there is one."""
        return self._child.popen.pid if self._child else None

    def classify(self, prompt: PromptParts, labels: Sequence[str]) -> ClassifyReply:
        """The probability of each label as the answer."""
        request: ModelRequest = {**prompt.as_request(), "do": "classify", "labels": labels}
        return cast("ClassifyReply", self.ask(request))

    def generate(self, prompt: PromptParts, grammar: str, most: int) -> GenerateReply:
        """A text that the GBNF grammar allows, of at most `most` tokens."""
        request: ModelRequest = {**prompt.as_request(), "do": "generate", "grammar": grammar, "most": most}
        return cast("GenerateReply", self.ask(request))

    def score(self, prompt: PromptParts, continuations: Sequence[str]) -> ScoreReply:
        """The log-likelihood of each continuation as the answer, each alone after the prompt."""
        request: ModelRequest = {**prompt.as_request(), "do": "score", "continuations": continuations}
        return cast("ScoreReply", self.ask(request))

    def time_prompt(self, prompt: PromptParts, most: int) -> SpeedReply:
        """Read the prompt and generate `most` tokens greedily; how long both took."""
        return cast("SpeedReply", self.ask({**prompt.as_request(), "do": "speed", "most": most}))

    def measure(self, text: str, prefill: int, decode: int) -> MeasureReply:
        """Evaluate `prefill` tokens of `text` at once and `decode` tokens one by one, without sampling."""
        request: ModelRequest = {"do": "measure", "text": text, "prefill": prefill, "decode": decode}
        return cast("MeasureReply", self.ask(request))

    def embed(self, texts: Sequence[str]) -> EmbedReply:
        return cast("EmbedReply", self.ask({"do": "embed", "texts": list(texts)}))

    def tokenize(self, texts: Sequence[str]) -> TokenizeReply:
        """The tokens of texts read as untrusted."""
        return cast("TokenizeReply", self.ask({"do": "tokenise", "texts": list(texts)}))

    def ask(self, request: ModelRequest) -> JsonObject:
        """The reply to one request, at the latest when its time and that of those before it is up."""
        with self._in_turn():
            for attempt in (1, 2):
                try:
                    return self._ask({**request, "saved": attempt == 1})
                except _ProcessEnded as ended:
                    self._record_crash(ended.how)
                    error = ModelProcessError("crashed", f"the model process ended twice: {ended.how}")
        raise error

    def close(self) -> None:
        """Ends the process, and waits for it; the next request starts another one."""
        with self._in_turn():
            self._drop()

    def _ask(self, request: ModelRequest) -> JsonObject:
        child = self._start()
        timeout = self.settings.timeout
        reply = self._exchange(child, {**request, "timeout": timeout}, timeout)
        self._in_a_row = 0
        if "refused" in reply:
            self.counts = self.counts._replace(refused=self.counts.refused + 1)
        else:
            self.counts = self.counts._replace(answered=self.counts.answered + 1)
        return _unwrap_reply(reply)

    def _start(self) -> _ChildProcess:
        if self._owner != os.getpid():
            self._child, self._owner = None, os.getpid()
        if self._child is not None:
            return self._child
        rest = self._resting_until - self.clock()
        if rest > 0:
            raise ModelProcessError(
                "crashed", f"the model process crashed {self.crashes} times; next try in {rest:.0f} s"
            )
        self.counts = self.counts._replace(started=self.counts.started + 1)
        self._child = child = _ChildProcess(self.command)
        reply = self._exchange(child, self.settings._asdict(), self.settings.load_timeout)
        if "refused" in reply:
            self._drop()
        self.context = int(str(_unwrap_reply(reply)["context"]))
        return child

    def _exchange(self, child: _ChildProcess, message: Mapping[str, object], limit: float) -> JsonObject:
        try:
            return child.exchange(pack_message(message), limit + GRACE_SECONDS, self.settings.memory)
        except _ProcessEnded:
            raise
        except ModelProcessError:
            self.counts = self.counts._replace(killed=self.counts.killed + 1)
            self._drop()
            raise
        except ValueError:
            raise _ProcessEnded("it sent an invalid message") from None

    def _record_crash(self, how: str) -> None:
        self._drop()
        self.counts = self.counts._replace(crashed=self.counts.crashed + 1)
        self._in_a_row += 1
        if self._in_a_row >= self.crashes:
            self._resting_until, self._in_a_row = self.clock() + REST_SECONDS, 0
            raise ModelProcessError(
                "crashed", f"the model process crashed {self.crashes} times in a row: {how}"
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
                raise ModelProcessError("busy", f"{MAX_WAITING} requests are waiting for the model")
            self._waiting.append(ticket)
            self._turn.wait_for(lambda: self._waiting[0] is ticket)
        try:
            yield
        finally:
            with self._turn:
                self._waiting.remove(ticket)
                self._turn.notify_all()


def _unwrap_reply(reply: JsonObject) -> JsonObject:
    """What a reply holds. Raises ModelProcessError for a refusal."""
    if "refused" in reply:
        raise ModelProcessError(str(reply["refused"]), str(reply["reason"]))
    return cast("JsonObject", reply["ok"])


class _ProcessEnded(Exception):
    """The process ended, or sent what is no message."""

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

    def exchange(self, data: bytes, limit: float, memory: int | None) -> JsonObject:
        """Send `data` and read the reply. `limit`: seconds; `memory`: bytes.

        Raises _ProcessEnded, ValueError for what is no message, ModelProcessError when a limit is exceeded.
        """
        deadline = monotonic() + limit
        while data:
            self._wait(self.to, select.POLLOUT, deadline, memory)
            try:
                data = data[os.write(self.to, data) :]
            except BlockingIOError:
                continue
            except OSError:
                raise _ProcessEnded(self._describe_end()) from None
        (length,) = HEAD.unpack(self._read(HEAD.size, deadline, memory))
        if length > MAX_MESSAGE_BYTES:
            raise ValueError("the message is too long")
        return unpack_message(self._read(length, deadline, memory))

    def _read(self, size: int, deadline: float, memory: int | None) -> bytes:
        out = bytearray()
        while len(out) < size:
            self._wait(self.out, select.POLLIN, deadline, memory)
            try:
                part = os.read(self.out, size - len(out))
            except BlockingIOError:
                continue
            if not part:
                raise _ProcessEnded(self._describe_end())
            out += part
        return bytes(out)

    def _wait(self, file: int, what: int, deadline: float, memory: int | None) -> None:
        poll = select.poll()
        poll.register(file, what)
        while True:
            left = deadline - monotonic()
            if left <= 0:
                raise ModelProcessError("timeout", "the model process did not answer in time and was stopped")
            ready = poll.poll(min(left, POLL_SECONDS) * 1000)
            if memory is not None and _resident_bytes(self.popen.pid) > memory:
                raise ModelProcessError(
                    "memory", f"the model process took more than {memory >> 20} MB and was stopped"
                )
            if ready:
                return

    def _describe_end(self) -> str:
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
