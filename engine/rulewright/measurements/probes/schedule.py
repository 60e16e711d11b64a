"""When measurements begin: each after the one before it, or at a fixed rate.

At a fixed rate, each measurement has a moment at which it should begin, and its duration counts from that moment. A
service that stalls therefore delays all the measurements that should have begun meanwhile, as it would delay users who
do not wait for each other. With durations that count from the moment of sending, a stall is seen in one measurement,
which is known as coordinated omission (Gil Tene, "How NOT to Measure Latency", 2015).
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from rulewright.measurements.probes.observation import Observation, ObservationFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    Observe = Callable[[int, float], Observation]


class Schedule(NamedTuple):
    """`size`: how many measurements there are. `rate` is in measurements per second; None: each begins
    when the one before it has ended. At most `concurrency` take place at the same time."""

    size: int
    rate: float | None = None
    concurrency: int = 1


def observe_all(observe: Observe, schedule: Schedule) -> list[Observation]:
    """The observations of all measurements, in the order in which they should have begun."""
    if schedule.rate is None:
        return [_observe(observe, number, time.perf_counter()) for number in range(schedule.size)]
    return _observe_at_rate(observe, schedule, schedule.rate)


def _observe_at_rate(observe: Observe, schedule: Schedule, rate: float) -> list[Observation]:
    observations: list[Observation | None] = [None] * schedule.size
    numbers = iter(range(schedule.size))
    lock = threading.Lock()
    begin = time.perf_counter() + 0.01  # until the threads have started
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while not errors:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                due = begin + number / rate
                _sleep_until(due)
                observations[number] = _observe(observe, number, due)
        except BaseException as error:  # noqa: BLE001 — raised again in the thread that waits
            errors.append(error)

    threads = [
        threading.Thread(target=work, daemon=True) for _ in range(min(schedule.concurrency, schedule.size))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [observation for observation in observations if observation is not None]


def _sleep_until(moment: float) -> None:
    while (left := moment - time.perf_counter()) > 0:
        time.sleep(left)


def _observe(observe: Observe, number: int, start: float) -> Observation:
    try:
        return observe(number, start)
    except ObservationFailed as error:
        return Observation({}, str(error))
