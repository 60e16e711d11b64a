"""Many events, one per line, in constant memory: decided here or by several processes, the results in order.

A line is a raw payload or `{"event": "issues", "payload": {…}}`. Blank lines are passed over. A line that is no event
becomes a LineError with its number, and the lines after it are still evaluated.
"""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import rulewright
from rulewright.events.reader import MAX_BYTES, parse_event
from rulewright.policy.diagnostics import RulewrightError, SourceError
from rulewright.run import exit_codes
from rulewright.run.pipeline import Inputs, SubjectResult, evaluate_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from rulewright.program.program import Program

T = TypeVar("T")

BATCH_LINES: Final = 200
BATCH_BYTES: Final = 1 << 20
"""A batch ends at whichever comes first; a batch is what one process gets at a time."""
AHEAD: Final = 3
"""Batches under way per process: enough to keep it busy, few enough for constant memory."""

Line = tuple[int, bytes]


class LineError(NamedTuple):
    """A line that is no event, or that the policies cannot be evaluated for."""

    message: str
    hint: str | None
    code: int = exit_codes.FAILED


def evaluate_stream(
    program: Program,
    stream: BinaryIO,
    name: str,
    inputs: Inputs,
    render: Callable[[SubjectResult], T],
    *,
    paths: Sequence[str] = (),
    jobs: int = 1,
) -> Iterator[list[T | LineError]]:
    """Evaluate every line of `stream`, which messages call `name`, and yield the results batch by batch.

    `render` turns a result into what crosses from one process to another; with `jobs` over 1 it must be picklable, as
    must be what it returns, and each process loads the policies of `paths` itself.
    Raises SourceError when the stream cannot be read, or a process dies.
    """
    work = partial(_evaluate_batch, name=name, inputs=inputs, render=render)
    batches = _batches(numbered_lines(stream, name, MAX_BYTES))
    if jobs > 1:
        return _in_processes(batches, work, tuple(paths), jobs)
    return (work(program, batch) for batch in batches)


def numbered_lines(stream: BinaryIO, name: str, limit: int) -> Iterator[Line]:
    """Lines with their numbers from 1, blank ones left out. A line of more than `limit` bytes is cut just over it.

    Raises SourceError when the stream cannot be read.
    """
    number = 0
    try:
        while line := stream.readline(limit + 2):
            number += 1
            if len(line) > limit + 1:
                while (more := stream.readline(1 << 20)) and not more.endswith(b"\n"):
                    pass
            if not line.isspace():
                yield number, line.rstrip(b"\r\n")
    except OSError as error:
        raise SourceError(f"cannot read {name}: {error.strerror or error}") from error


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Lines in batches of bounded number and size."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line[1])
        if len(batch) >= BATCH_LINES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _evaluate_batch(
    program: Program, batch: list[Line], *, name: str, inputs: Inputs, render: Callable[[SubjectResult], T]
) -> list[T | LineError]:
    results: list[T | LineError] = []
    for number, line in batch:
        where = f"{name}:{number}"
        try:
            results.append(render(evaluate_document(program, parse_event(line, where), inputs, where)))
        except RulewrightError as error:
            message = error.message if where in error.message else f"{where}: {error.message}"
            results.append(LineError(message, error.hint))
    return results


_WORKER_PROGRAM: list[Program] = []
"""The program of a worker process, loaded once by `_start_worker`."""


def _start_worker(paths: tuple[str, ...]) -> None:
    """Load the policies, and leave Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _WORKER_PROGRAM.append(rulewright.load(*paths))


def _run_in_worker(work: Callable[[Program, list[Line]], list[T]], batch: list[Line]) -> list[T]:
    return work(_WORKER_PROGRAM[0], batch)


def _in_processes(
    batches: Iterator[list[Line]],
    work: Callable[[Program, list[Line]], list[T]],
    paths: tuple[str, ...],
    jobs: int,
) -> Iterator[list[T]]:
    """The results of `work`, by `jobs` processes, in the order of the batches."""
    from collections import deque
    from concurrent.futures import Future, ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    pool = ProcessPoolExecutor(jobs, initializer=_start_worker, initargs=(paths,))
    under_way: deque[Future[list[T]]] = deque()
    try:
        for batch in batches:
            under_way.append(pool.submit(_run_in_worker, work, batch))
            if len(under_way) >= jobs * AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool as error:
        raise SourceError(
            "a worker process crashed", hint="run with --jobs 1, or with fewer processes"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
