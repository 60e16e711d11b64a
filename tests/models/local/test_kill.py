"""Killed at random points of many requests: every request ends as an answer or an abstention, and none hangs."""

from __future__ import annotations

import os
import random
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from rulewright.models.task import Abstention, TaskAnswer
from sizes import size

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.models.local.local_provider import LocalProvider
    from rulewright.models.task import Task

REQUESTS = size("killed_requests")
KILLS = REQUESTS // 12
SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP)


@pytest.mark.slow
def test_every_request_ends(providers: Callable[..., LocalProvider], task: Task) -> None:
    """Three threads ask; at random requests the process is killed, torn down or stopped a few milliseconds later."""
    source = random.Random(7)
    provider = providers(timeout=3.0, crashes=10_000)
    fresh = {number: task._replace(inputs=(("body", f"Crash {number} " * 40),)) for number in range(20)}
    wanted = {number: provider.answer(one) for number, one in fresh.items()}
    marked = {at: source.choice(SIGNALS[:2]) for at in source.sample(range(REQUESTS), KILLS)}
    marked |= dict.fromkeys(source.sample(sorted(set(range(REQUESTS)) - set(marked)), 3), SIGNALS[2])
    delays = [source.uniform(0, 0.03) for _ in range(REQUESTS)]

    def strike(how: signal.Signals) -> None:
        pid = provider.process.pid
        if pid is not None:
            os.kill(pid, how)

    def ask(at: int) -> tuple[int, TaskAnswer | Abstention]:
        timer = threading.Timer(delays[at], strike, [marked[at]]) if at in marked else None
        if timer is not None:
            timer.start()
        said = provider.answer(fresh[at % 20])
        if timer is not None:
            timer.join(10)
        return at, said

    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(ask, range(REQUESTS), timeout=600))

    assert len(said) == REQUESTS
    answers = 0
    for at, one in said:
        if isinstance(one, TaskAnswer):
            answers += 1
            assert one.probabilities == wanted[at % 20].probabilities, (
                "an answer after a crash is the same answer"
            )
        else:
            assert one.code in ("crashed", "timeout")
            assert one.reason
    assert answers > REQUESTS * 0.8
    assert provider.process.counts.crashed >= KILLS // 2
