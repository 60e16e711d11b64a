"""Time that tests can turn, and time as GitHub writes it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

__all__ = ["RealClock", "VirtualClock", "seconds", "stamp"]

START = 1_767_603_600.0
"""2026-01-05T09:00:00Z, a Monday."""


class VirtualClock:
    """A clock that moves only when somebody sleeps or advances it. Safe to share between threads.

    `start` is seconds since 1970 or a time as GitHub writes it. `slept` adds up what was slept through.
    """

    def __init__(self, start: float | str = START) -> None:
        self._now = seconds(start) if isinstance(start, str) else float(start)
        self._lock = threading.Lock()
        self.slept = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        with self._lock:
            return self._now

    def sleep(self, duration: float) -> None:
        """Returns at once, `duration` seconds later."""
        if duration < 0:
            raise ValueError("a sleep is not negative")
        with self._lock:
            self._now += duration
            self.slept += duration

    def advance(self, duration: float) -> None:
        """Lets `duration` seconds pass that nobody slept through."""
        if duration < 0:
            raise ValueError("time does not go back")
        with self._lock:
            self._now += duration


class RealClock:
    """The machine's own time, for the runs that must not be virtual."""

    def now(self) -> float:
        return time.time()

    def sleep(self, duration: float) -> None:
        time.sleep(duration)

    def advance(self, duration: float) -> None:
        time.sleep(duration)


def stamp(moment: float) -> str:
    """`2026-01-05T09:00:00Z`: whole seconds, as in GitHub's answers."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> float:
    """Seconds since 1970 of a time in ISO 8601; raises ValueError."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
