"""What tests of probes have in common."""

from __future__ import annotations

import os
import time
from pathlib import Path

from rulewright.measurements.probes.observation import Observation, ObservationFailed, Probe


def observe(probe: Probe, number: int = 0) -> Observation:
    """One measurement, as the schedule makes it."""
    try:
        return probe.observe(number, time.perf_counter())
    except ObservationFailed as error:
        return Observation({}, str(error))


def wait_for_end(process: int, seconds: float = 5.0) -> None:
    """Wait until a process has ended that was killed: the system may take a moment."""
    end = time.monotonic() + seconds
    while is_running(process):
        assert time.monotonic() < end, f"process {process} still runs"


def is_running(process: int) -> bool:
    """Whether a process runs; one that has ended and was not yet waited for does not."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
