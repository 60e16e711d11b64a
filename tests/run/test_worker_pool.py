"""Batches over processes: results in order, errors and deaths reported, cancelled at once."""

from __future__ import annotations

import multiprocessing
import operator
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from rulewright.policy.diagnostics import Diagnostic, PolicyError, SourceError, Span, UsageError
from rulewright.run import worker_pool
from rulewright.run.worker_pool import AHEAD, map_batches


def square(base: int, batch: int) -> int:
    return base + batch * batch


def block(_: int, batch: int) -> int:
    threading.Event().wait(60)
    return batch


def fail(_: int, batch: int) -> int:
    if batch == 2:
        raise UsageError("the third batch is bad", hint="leave it out")
    return batch


def fail_unlike(_: int, batch: int) -> int:
    raise PolicyError([Diagnostic("RW101", f"batch {batch}", Span("a.yaml", 1, 1))])


def die(_: int, batch: int) -> int:
    if batch == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return batch


def ignore_signals(_: int, batch: int) -> int:
    os.kill(os.getpid(), signal.SIGINT)
    return batch


@pytest.mark.parametrize("processes", [0, 1, 3])
def test_the_results_come_in_the_order_of_the_batches(processes: int) -> None:
    results = list(map_batches(square, range(40), lambda: 1000, processes=processes))
    assert results == [1000 + number * number for number in range(40)]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("is_apart", [False, True])
def test_processes_end_when_there_is_no_more_work(is_apart: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "END_TIMEOUT", 60.0)
    start = time.monotonic()
    assert list(map_batches(operator.add, range(5), int, processes=2, is_apart=is_apart)) == [0, 1, 2, 3, 4]
    assert time.monotonic() - start < 30


def test_new_interpreters_give_the_same() -> None:
    results = list(map_batches(operator.add, range(5), int, processes=2, is_apart=True))
    assert results == [0, 1, 2, 3, 4]


def test_large_batches_and_results_do_not_block_each_other() -> None:
    texts = [str(number) * 1_000_000 for number in range(8)]
    results = map_batches(operator.add, texts, str, processes=2)
    assert [text[0] for text in results] == list("01234567")


def test_no_more_batches_are_read_than_memory_allows() -> None:
    read: list[int] = []

    def batches() -> Iterator[int]:
        for number in range(1000):
            read.append(number)
            yield number

    results = map_batches(square, batches(), int, processes=2)
    next(results)
    assert len(read) <= 2 * AHEAD + 1
    results.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("processes", [0, 2])
def test_an_error_of_the_work_is_raised_here(processes: int) -> None:
    with pytest.raises(UsageError) as raised:
        list(map_batches(fail, range(5), int, processes=processes))
    assert (raised.value.message, raised.value.hint) == ("the third batch is bad", "leave it out")
    assert multiprocessing.active_children() == []


def test_an_error_that_cannot_cross_keeps_its_message() -> None:
    with pytest.raises(Exception, match="1 error in policies"):
        list(map_batches(fail_unlike, range(5), int, processes=1))


def test_a_dead_process_is_reported() -> None:
    with pytest.raises(SourceError, match="a worker process crashed"):
        list(map_batches(die, range(50), int, processes=2))
    assert multiprocessing.active_children() == []


def test_an_interrupt_is_left_to_the_parent() -> None:
    assert list(map_batches(ignore_signals, range(3), int, processes=1)) == [0, 1, 2]


def test_cancelling_ends_processes_that_are_busy() -> None:
    asked = threading.Event()
    timer = threading.Timer(0.2, asked.set)
    timer.start()
    start = time.monotonic()
    assert list(map_batches(block, range(4), int, processes=2, cancel=asked.is_set)) == []
    assert time.monotonic() - start < 0.7
    assert multiprocessing.active_children() == []
    timer.join()


def test_cancelling_here_keeps_the_results_so_far() -> None:
    results: list[int] = []
    for result in map_batches(square, range(100), int, cancel=lambda: len(results) == 3):
        results.append(result)
    assert results == [0, 1, 4]
