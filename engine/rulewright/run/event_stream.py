"""Many events, one per line, in constant memory: decided here or by several processes, the results in order.

A line is a raw payload or `{"event": "issues", "payload": {…}}`. Blank lines are passed over. A line that is no event
becomes a LineError with its number, and the lines after it are still evaluated.
"""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from rulewright.compile.loader import load
from rulewright.events.reader import MAX_BYTES, parse_event
from rulewright.policy.diagnostics import RulewrightError, SourceError
from rulewright.run import exit_codes
from rulewright.run.pipeline import Inputs, SubjectResult, evaluate_document
from rulewright.run.worker_pool import map_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from rulewright.program.program import Program

T = TypeVar("T")

BATCH_LINES: Final = 200
BATCH_BYTES: Final = 1 << 20
"""Maximum size of a batch, which is what one of several processes gets at a time."""
BATCH_SECONDS: Final = 0.2
"""Time that a batch takes at most, as long as single events take less: results appear as they are made."""

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
    cancel: Callable[[], bool] | None = None,
) -> Iterator[list[T | LineError]]:
    """Evaluate every line of `stream`, which messages call `name`, and yield the results batch by batch: line by line
    without further processes.

    `render` turns a result into what crosses from one process to another; with `jobs` over 1 it must be picklable, as
    must be what it returns. Each process loads the policies of `paths` itself and has a share of the budget for models.
    The results end when `cancel` returns true. Raises SourceError when the stream cannot be read, or a process dies.
    """
    work = partial(_evaluate_batch, name=name, inputs=inputs, render=render)
    size = BatchSize(BATCH_LINES if jobs > 1 else 1)
    batches = _batches(numbered_lines(stream, name, MAX_BYTES), size)
    setup: Callable[[], Program] = partial(_load_for_one_of, jobs, paths) if jobs > 1 else lambda: program
    for batch in map_batches(work, batches, setup, processes=jobs if jobs > 1 else 0, cancel=cancel):
        size.adapt(len(batch.results), batch.seconds)
        yield batch.results


class BatchSize:
    """The number of lines in the next batch: one at first, then as many as take `BATCH_SECONDS`, at most `maximum`.

    It grows at most to the double, because the events of a batch can be quick by chance.
    """

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self.lines = 1

    def adapt(self, lines: int, seconds: float) -> None:
        """Take into account that a batch of so many lines took so many seconds."""
        wanted = int(lines * BATCH_SECONDS / seconds) if seconds > 0 else self.maximum
        self.lines = max(1, min(wanted, 2 * self.lines, self.maximum))


class BatchResult(NamedTuple, Generic[T]):
    """What became of the lines of a batch, and how many seconds it took."""

    results: list[T | LineError]
    seconds: float


def _load_for_one_of(processes: int, paths: Sequence[str]) -> Program:
    """The policies, with a share of the run's budget for models: no process knows what the others spend."""
    program = load(*paths)
    return program.with_policies(program.policies, program.config.divide_model_budget(processes))


def numbered_lines(stream: BinaryIO, name: str, limit: int) -> Iterator[Line]:
    """Lines with their numbers from 1, blank ones left out. A line of more than `limit` bytes is cut just over it.

    Raises SourceError when the stream cannot be read.
    """
    for number, _, line in placed_lines(stream, name, limit):
        yield number, line


def placed_lines(
    stream: BinaryIO, name: str, limit: int, *, start: int = 0, end: int | None = None
) -> Iterator[tuple[int, int, bytes]]:
    """The same with the byte offset of each line: (number, offset, line), of the lines that begin before `end`.

    `start` is where the stream is, and where line 1 begins.
    """
    number, offset = 0, start
    try:
        while (end is None or offset < end) and (line := stream.readline(limit + 2)):
            number += 1
            begin, offset = offset, offset + len(line)
            if len(line) > limit + 1 and not line.endswith(b"\n"):
                while (more := stream.readline(1 << 20)) and not more.endswith(b"\n"):
                    offset += len(more)
                offset += len(more)
            if not line.isspace():
                yield number, begin, line.rstrip(b"\r\n")
    except OSError as error:
        raise SourceError(f"cannot read {name}: {error.strerror or error}") from error


def _batches(lines: Iterator[Line], limit: BatchSize) -> Iterator[list[Line]]:
    """Lines in batches of bounded number and size. `limit` can change from batch to batch."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line[1])
        if len(batch) >= limit.lines or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _evaluate_batch(
    program: Program, batch: list[Line], *, name: str, inputs: Inputs, render: Callable[[SubjectResult], T]
) -> BatchResult[T]:
    began = perf_counter()
    results: list[T | LineError] = []
    for number, line in batch:
        where = f"{name}:{number}"
        try:
            results.append(render(evaluate_document(program, parse_event(line, where), inputs, where)))
        except RulewrightError as error:
            message = error.message if where in error.message else f"{where}: {error.message}"
            results.append(LineError(message, error.hint))
    return BatchResult(results, perf_counter() - began)
