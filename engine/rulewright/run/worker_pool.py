"""Batches of work, done here or by several processes: results in order, cancelled at once, a dead process reported.

A process gets its next batches while it works on one. Only so many batches are under way that memory stays bounded.
"""

from __future__ import annotations

import os
import pickle
import signal
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from rulewright.policy.diagnostics import RulewrightError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

S = TypeVar("S")
B = TypeVar("B")
R = TypeVar("R")

AHEAD: Final = 3
"""Batches under way per process: enough to keep it busy, few enough for constant memory."""
CANCEL_INTERVAL: Final = 0.1
"""Seconds between two looks at `cancel` while no result comes."""
END_TIMEOUT: Final = 5.0
"""Seconds that a process without further work has to end by itself."""

Reply = tuple[int, Any, BaseException | None]
"""What a process sends: the number of the batch, its result, or the error that ended it."""


def map_batches(
    work: Callable[[S, B], R],
    batches: Iterable[B],
    setup: Callable[[], S],
    *,
    processes: int = 0,
    cancel: Callable[[], bool] | None = None,
    is_apart: bool = False,
) -> Iterator[R]:
    """`work(state, batch)` for each batch, in the order of the batches. `setup` makes the state, once in each process.

    With 0 `processes` the work is done here, else everything that crosses must be picklable. When `cancel` returns
    true, the processes are ended and the results end: after the present batch here, at once in processes.
    `is_apart`: each process is a new interpreter, as a caller with threads or a screen needs it.
    Raises what `work` and `setup` raise, and SourceError when a process dies.
    """
    if processes:
        return _PoolRun(work, batches, setup, processes, cancel, is_apart).results()
    return _results_here(work, batches, setup, cancel)


def _results_here(
    work: Callable[[S, B], R],
    batches: Iterable[B],
    setup: Callable[[], S],
    cancel: Callable[[], bool] | None,
) -> Iterator[R]:
    state = setup()
    for batch in batches:
        if cancel is not None and cancel():
            return
        yield work(state, batch)


class _Worker(NamedTuple):
    """One process: the parent's end of its pipe, the numbers of the batches that it has, and how it is ended."""

    connection: Connection
    pending: set[int]
    kill: Callable[[], None]
    join: Callable[[float | None], bool]
    """Waits so many seconds for its end, None without limit; whether it has ended."""


def _fork_worker(work: Callable[[S, B], R], setup: Callable[[], S]) -> _Worker:
    """A process of the platform's usual kind: on Linux a fork, which has all modules already."""
    from multiprocessing import Pipe, Process

    ours, theirs = Pipe()
    process = Process(target=_serve_fork, args=(ours, theirs, work, setup), daemon=True)
    process.start()
    theirs.close()

    def join(seconds: float | None) -> bool:
        process.join(seconds)
        return not process.is_alive()

    return _Worker(ours, set(), process.kill, join)


def _serve_fork(
    inherited: Connection, connection: Connection, work: Callable[[S, B], R], setup: Callable[[], S]
) -> None:
    """Serve in a fork, which must close the parent's end that it inherited, to notice that the parent has ended."""
    inherited.close()
    _serve(connection, work, setup)


def _start_interpreter(work: Callable[[S, B], R], setup: Callable[[], S]) -> _Worker:
    """A new interpreter, which shares nothing with this process: neither its threads nor its terminal."""
    import subprocess
    import sys
    from multiprocessing import Pipe

    ours, theirs = Pipe()
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _COMMAND, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    theirs.close()
    here = os.getcwd()
    # Where the task's modules are; never the folder that this runs in, which may be a stranger's checkout.
    ours.send([place for place in sys.path if place and os.path.realpath(place) != here])
    ours.send((work, setup))

    def join(seconds: float | None) -> bool:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    return _Worker(ours, set(), process.kill, join)


_COMMAND: Final = (
    "import sys; from rulewright.run.worker_pool import serve_pipe; serve_pipe(int(sys.argv[1]))"
)


def serve_pipe(descriptor: int) -> None:
    """Do the work that comes through a pipe. `_start_interpreter` runs it in a new process."""
    import sys
    from multiprocessing.connection import Connection

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection(descriptor)
    try:
        sys.path += [place for place in connection.recv() if place not in sys.path]
        work, setup = connection.recv()
    except EOFError:
        return  # the parent has ended
    except Exception as error:  # noqa: BLE001 — the parent raises it
        connection.send((-1, None, _portable_error(error)))
        return
    _serve(connection, work, setup)


class _PoolRun(Generic[B, R]):
    """One run of `map_batches` over processes."""

    def __init__(
        self,
        work: Callable[[S, B], R],
        batches: Iterable[B],
        setup: Callable[[], S],
        processes: int,
        cancel: Callable[[], bool] | None,
        is_apart: bool,
    ) -> None:
        start = _start_interpreter if is_apart else _fork_worker
        self._start_worker = partial(start, work, setup)
        self._batches = enumerate(batches)
        self._count = processes
        self._cancel = cancel
        self._workers: list[_Worker] = []
        self._results: dict[int, R] = {}
        self._next = 0
        self._unread = True

    def results(self) -> Iterator[R]:
        is_complete = False
        try:
            for _ in range(self._count):
                self._workers.append(self._start_worker())
            while not self._is_cancelled():
                self._send_batches()
                if self._next in self._results:
                    self._next += 1
                    yield self._results.pop(self._next - 1)
                    self._receive(0)
                elif self._unread or any(worker.pending for worker in self._workers):
                    self._receive(CANCEL_INTERVAL)
                else:
                    is_complete = True
                    return
        finally:
            self._end_workers(kill=not is_complete)

    def _is_cancelled(self) -> bool:
        return self._cancel is not None and self._cancel()

    def _send_batches(self) -> None:
        """Give batches to the processes that have the fewest, as long as memory stays bounded."""
        while self._unread and sum(len(worker.pending) for worker in self._workers) + len(self._results) < (
            self._count * AHEAD
        ):
            item = next(self._batches, None)
            if item is None:
                self._unread = False
                return
            worker = min(self._workers, key=lambda worker: len(worker.pending))
            worker.pending.add(item[0])
            try:
                worker.connection.send(item)
            except OSError:
                while True:  # until what the process sent last, or its end, is raised
                    self._take_reply(worker)

    def _receive(self, timeout: float) -> None:
        from multiprocessing.connection import wait

        by_connection = {worker.connection: worker for worker in self._workers}
        for connection in wait(list(by_connection), timeout):
            self._take_reply(by_connection[connection])  # type: ignore[index]

    def _take_reply(self, worker: _Worker) -> None:
        try:
            number, result, error = worker.connection.recv()
        except (EOFError, OSError) as cause:
            raise SourceError(
                "a worker process crashed", hint="run with --jobs 1, or with fewer processes"
            ) from cause
        if error is not None:
            raise error
        worker.pending.discard(number)
        self._results[number] = result

    def _end_workers(self, *, kill: bool) -> None:
        for worker in self._workers:
            if kill:
                worker.kill()
            else:
                with suppress(OSError):  # one that is dead has nothing more to do either
                    worker.connection.send(None)
        for worker in self._workers:
            worker.connection.close()
            if not worker.join(END_TIMEOUT):
                worker.kill()
                worker.join(None)


def _serve(connection: Connection, work: Callable[[S, B], R], setup: Callable[[], S]) -> None:
    """The life of a process: make the state, work on batches until there are no more. Ctrl-C is for the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    batches: SimpleQueue[tuple[int, B] | None] = SimpleQueue()
    # Read in a thread, so that the parent never waits to send while this process waits to send.
    Thread(target=_read_batches, args=(connection, batches), daemon=True).start()
    number = -1
    try:
        state = setup()
        while (item := batches.get()) is not None:
            number, batch = item
            connection.send((number, work(state, batch), None))
    except (BrokenPipeError, ConnectionResetError):
        return  # the parent has ended or wants no more
    except Exception as error:  # noqa: BLE001 — the parent raises it
        connection.send((number, None, _portable_error(error)))


def _read_batches(connection: Connection, batches: SimpleQueue[tuple[int, B] | None]) -> None:
    item: tuple[int, B] | None
    try:
        while (item := connection.recv()) is not None:
            batches.put(item)
    except (EOFError, OSError):
        pass  # the parent has ended
    batches.put(None)


def _portable_error(error: Exception) -> Exception:
    """The error if it survives pickling, else one with its message."""
    try:
        copy = pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 — an error may refuse in any way
        copy = None
    if type(copy) is type(error):
        return error
    if isinstance(error, RulewrightError):
        return RulewrightError(error.message, hint=error.hint)
    return RuntimeError(f"{type(error).__name__}: {error}")
