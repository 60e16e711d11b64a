"""Open-loop measurements: a stall of the service is seen in all measurements that it delays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from rulewright.measurements.probes.observation import Observation, ObservationFailed, Probe
from rulewright.measurements.probes.schedule import Schedule, observe_all

RATE = 100.0
STALL = 0.5


def measure_with_stall(probe: Probe, service: Any, schedule: Schedule) -> list[float]:
    """The latencies of a service that answers nothing for half a second after the first fifth of a second."""

    def stall() -> None:
        service.running.clear()
        end.append(time.perf_counter() + STALL)
        timer = threading.Timer(STALL, service.running.set)
        timer.start()

    end: list[float] = []
    begin = threading.Timer(0.2, stall)
    begin.start()
    observations = observe_all(probe.observe, schedule)
    begin.join()
    assert [one.failure for one in observations if one.failure] == []
    return [one.values[""] for one in observations]


def test_a_stall_delays_all_that_should_have_begun_meanwhile(
    build: Callable[..., Probe], service: Any
) -> None:
    probe = build("http", {"url": "/health"})
    # Ten at a time: fewer than should begin during the stall.
    latencies = measure_with_stall(probe, service, Schedule(100, RATE, 10))
    slow = [latency for latency in latencies if latency > 0.1]
    # 100 a second for half a second: 50, of which those of the last tenth of a second wait less than that.
    assert len(slow) >= 35
    assert max(latencies) >= 0.9 * STALL
    assert latencies.index(max(latencies)) < 40


def test_one_after_the_other_hides_the_stall(build: Callable[..., Probe], service: Any) -> None:
    """What the other test would see if durations counted from the sending, one request at a time."""
    probe = build("http", {"url": "/health"})
    service.delay = 0.004
    latencies = measure_with_stall(probe, service, Schedule(100))
    assert 1 <= sum(latency > 0.1 for latency in latencies) < 10  # a busy machine adds some


def test_each_begins_when_it_is_due() -> None:
    moments: list[tuple[int, float]] = []

    def observe(number: int, start: float) -> Observation:
        moments.append((number, start))
        assert time.perf_counter() >= start
        return Observation({"": float(number)})

    observations = observe_all(observe, Schedule(30, 200.0, 4))
    assert [one.values[""] for one in observations] == list(range(30))
    first = min(start for _, start in moments)
    assert all(start == pytest.approx(first + number / 200) for number, start in moments)


def test_at_most_so_many_at_the_same_time() -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def observe(number: int, start: float) -> Observation:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1
        return Observation({"": 1.0})

    observe_all(observe, Schedule(40, 10_000.0, 3))
    assert most[0] == 3


@pytest.mark.parametrize("rate", [None, 1000.0])
def test_a_failure_is_an_observation_and_an_error_is_raised(rate: float | None) -> None:
    def fail(number: int, start: float) -> Observation:
        raise ObservationFailed(f"no {number}")

    assert [one.failure for one in observe_all(fail, Schedule(2, rate, 2))] == ["no 0", "no 1"]

    def break_down(number: int, start: float) -> Observation:
        raise RuntimeError("a mistake")

    with pytest.raises(RuntimeError, match="a mistake"):
        observe_all(break_down, Schedule(2, rate, 2))
