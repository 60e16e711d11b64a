"""Time as something that is passed in: limits, pacing and retries are tested without waiting."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """The moment, and a way to let time pass."""

    def now(self) -> float:
        """Seconds since 1970. Never goes back."""

    def sleep(self, seconds: float) -> None:
        """Return when so many seconds have passed."""


class SystemClock:
    """The machine's clock as it stood at the start, carried on by the monotonic one.

    A clock that is set back in the middle of a run would otherwise make a pause of an hour out of a second.
    """

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        return self._offset + time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))
