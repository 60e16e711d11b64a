"""Work on many events of an archive in processes: deciding them, and comparing what two programs decide.

The processes use the program of the session, whatever it was loaded from, and read the events from their files.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.compile.cache import dump_program, parse_program
from rulewright.evaluate.evaluator import evaluate
from rulewright.facts.gather import gather
from rulewright.planning.planner import plan
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import RulewrightError
from rulewright.run.comparison import NO_DIFFERENCE, ProgramPair, summarize_event
from rulewright.run.worker_pool import map_batches
from rulewright_tui.session.event_sources import processor_count, read_events
from rulewright_tui.session.row_results import ResultBatch, RowResult, collect_results, summarize_decision

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rulewright.events.model import Event
    from rulewright.program.program import Program
    from rulewright.run.comparison import ComparisonSummary
    from rulewright_tui.session.archive import Archive
    from rulewright_tui.session.event_sources import EventSource

ROWS_IN_TASK: Final = 50
"""Rows that a process works on at a time: few enough that progress is steady."""
NO_EVENT: Final = RowResult(error="not an event")
"""The result of a row whose own error says more."""


class RowsTask(NamedTuple):
    """Consecutive rows from `first_row`, by the place of each in its source."""

    first_row: int
    source: EventSource
    offsets: array[int]
    lines: array[int]

    def events(self) -> Iterator[Event | RulewrightError]:
        """The event of each row, or why there is none, also where the source cannot be read any more."""
        count = 0
        try:
            for event in read_events(self.source, self.offsets, self.lines):
                count += 1
                yield event
        except RulewrightError as error:
            yield from [error] * (len(self.offsets) - count)


class BulkInputs(NamedTuple):
    """What holds for every row. `now`: an ISO 8601 moment, the clock's where it is None. `given`: facts by name, which
    are not gathered. `plans`: whether effects are planned and counted."""

    now: str | None = None
    given: Mapping[str, object] | None = None
    plans: bool = True


class DecidedRows(NamedTuple):
    """The results of consecutive rows from `first_row`."""

    first_row: int
    results: ResultBatch[RowResult]


class ComparedRows(NamedTuple):
    """What differs about consecutive rows from `first_row`."""

    first_row: int
    results: ResultBatch[ComparisonSummary]


def without_models(program: Program) -> Program:
    """The same program without model providers: facts that a model would answer are absent, or what `otherwise:` says.

    Work on many events must not ask a model a hundred thousand times unless a person wants that.
    """
    data = program.config.to_json()
    data.pop("providers", None)
    models = data.get("models")
    if isinstance(models, dict):
        data["models"] = {name: value for name, value in models.items() if name != "chain"}
    return program.with_policies(program.policies, Config(data))


def decide_rows(
    archive: Archive,
    rows: Iterable[range],
    program: Program,
    inputs: BulkInputs,
    *,
    processes: int | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Iterator[DecidedRows]:
    """Decide about rows of an archive, and yield the results as they come, in the order of `rows`.

    `processes`: by default one for each processor; 0: in this process. The results end when `cancel` returns true; what
    is still open then is `ResultTable.undecided_ranges`. A row without a decision has a result with an error.
    Raises SourceError when a process dies.
    """
    work: Callable[[Program, RowsTask], DecidedRows] = partial(_decide_task, inputs)
    return map_batches(
        work,
        cut_tasks(archive, rows),
        partial(parse_program, dump_program(program)),
        processes=processor_count() if processes is None else processes,
        cancel=cancel,
        is_apart=True,
    )


def compare_rows(
    archive: Archive,
    rows: Iterable[range],
    before: Program,
    after: Program,
    inputs: BulkInputs,
    *,
    processes: int | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Iterator[ComparedRows]:
    """Compare what two programs decide about rows of an archive; else as `decide_rows`."""
    work: Callable[[ProgramPair, RowsTask], ComparedRows] = partial(_compare_task, inputs)
    return map_batches(
        work,
        cut_tasks(archive, rows),
        partial(_parse_pair, dump_program(before), dump_program(after)),
        processes=processor_count() if processes is None else processes,
        cancel=cancel,
        is_apart=True,
    )


def _parse_pair(before: bytes, after: bytes) -> ProgramPair:
    return ProgramPair(parse_program(before), parse_program(after))


def _compare_task(inputs: BulkInputs, pair: ProgramPair, task: RowsTask) -> ComparedRows:
    results = [
        NO_DIFFERENCE
        if isinstance(event, RulewrightError)
        else summarize_event(pair, event, now=inputs.now, given=inputs.given)
        for event in task.events()
    ]
    return ComparedRows(task.first_row, collect_results(results))


def cut_tasks(archive: Archive, rows: Iterable[range]) -> Iterator[RowsTask]:
    """The rows as tasks for processes, each within one source and of at most `ROWS_IN_TASK` rows."""
    for part in rows:
        for chunk in archive.chunks_of(part):
            first = max(part.start, chunk.start)
            end = min(part.stop, chunk.start + len(chunk.offsets))
            for start in range(first, end, ROWS_IN_TASK):
                own = slice(start - chunk.start, min(start + ROWS_IN_TASK, end) - chunk.start)
                yield RowsTask(start, chunk.source, chunk.offsets[own], chunk.lines[own])


def _decide_task(inputs: BulkInputs, program: Program, task: RowsTask) -> DecidedRows:
    results = [_decide_row(inputs, program, event) for event in task.events()]
    return DecidedRows(task.first_row, collect_results(results))


def _decide_row(inputs: BulkInputs, program: Program, event: Event | RulewrightError) -> RowResult:
    if isinstance(event, RulewrightError):
        return NO_EVENT
    try:
        decision = evaluate(program, gather(program, event, now=inputs.now, given=inputs.given))
        effects = len(plan(decision).effects) if inputs.plans else None
        return summarize_decision(decision, effects)
    except RulewrightError as error:
        return RowResult(error=error.message)
