"""Many events, one per line, in constant memory: judged here or by several processes, reported in order.

A line is a raw payload or `{"event": "issues", "payload": {…}}`. Blank lines are passed over. A bad line is
told with its number, the rest is done, and the exit code is 4.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.cli import exit as codes
from rulewright.cli.output import complain
from rulewright.cli.pipeline import Outcome, judged, load
from rulewright.events.reader import MAX_BYTES, parse_event
from rulewright.policy.diagnostics import RulewrightError, SourceError
from rulewright.policy.files import open_input

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from rulewright.cli.pipeline import Settings
    from rulewright.cli.result_writer import Sink
    from rulewright.program.program import Program

BATCH_LINES: Final = 200
BATCH_BYTES: Final = 1 << 20
"""A batch ends at whichever comes first; a batch is what one process gets at a time."""
AHEAD: Final = 3
"""Batches under way per process: enough to keep it busy, few enough for constant memory."""


class Complaint(NamedTuple):
    """A line that is no event, or policies that go in circles on it."""

    message: str
    hint: str | None
    code: int = codes.FAILED


Line = tuple[int, bytes]
Result = Outcome | Complaint


def run_stream(
    program: Program, places: tuple[str, ...], settings: Settings, sink: Sink, path: str, jobs: int
) -> None:
    """Judge every line of the file `path` (`-`: standard input).

    Raises UsageError when there is no such file, SourceError when it cannot be read.
    """
    name = "standard input" if path == "-" else path
    with sys.stdin.buffer if path == "-" else open_input(path) as stream:
        found = batches(numbered(stream, name))
        results = (
            in_processes(found, name, places, settings, jobs)
            if jobs > 1
            else (judge_batch(program, batch, name, settings) for batch in found)
        )
        for batch in results:
            for result in batch:
                if isinstance(result, Complaint):
                    complain(f"error: {result.message}", hint=result.hint)
                    sink.held.add(result.code)
                else:
                    sink.take(result)
            sink.out.flush()
            if sink.closed:
                break


def numbered(stream: BinaryIO, name: str) -> Iterator[Line]:
    """Lines with their numbers from 1, blank ones left out. A line over the bound is cut just over it."""
    number = 0
    try:
        while line := stream.readline(MAX_BYTES + 2):
            number += 1
            if len(line) > MAX_BYTES + 1:
                while (more := stream.readline(1 << 20)) and not more.endswith(b"\n"):
                    pass
            if not line.isspace():
                yield number, line.rstrip(b"\r\n")
    except OSError as error:
        raise SourceError(f"cannot read {name}: {error.strerror or error}") from error


def batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
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


def judge_batch(program: Program, batch: list[Line], name: str, settings: Settings) -> list[Result]:
    return [judge_line(program, number, line, name, settings) for number, line in batch]


def judge_line(program: Program, number: int, line: bytes, name: str, settings: Settings) -> Result:
    where = f"{name}:{number}"
    try:
        return judged(program, parse_event(line, where), settings, where)
    except RulewrightError as error:
        message = error.message if where in error.message else f"{where}: {error.message}"
        return Complaint(message, error.hint, codes.FAILED)


PROGRAM: list[Program] = []
"""The program of a worker process, loaded once by `start_worker`."""


def start_worker(places: tuple[str, ...]) -> None:
    """A worker loads the policies itself, and leaves Ctrl-C to its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    PROGRAM.append(load(places))


def work(batch: list[Line], name: str, settings: Settings) -> list[Result]:
    return judge_batch(PROGRAM[0], batch, name, settings)


def in_processes(
    found: Iterator[list[Line]], name: str, places: tuple[str, ...], settings: Settings, jobs: int
) -> Iterator[list[Result]]:
    """The results of `judge_batch`, by `jobs` processes, in the order of the batches.

    Raises SourceError when a process dies.
    """
    from collections import deque
    from concurrent.futures import Future, ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    pool = ProcessPoolExecutor(jobs, initializer=start_worker, initargs=(places,))
    under_way: deque[Future[list[Result]]] = deque()
    try:
        for batch in found:
            under_way.append(pool.submit(work, batch, name, settings))
            if len(under_way) >= jobs * AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool as error:
        raise SourceError(
            "a worker process died", hint="run with --jobs 1, or with fewer processes"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
