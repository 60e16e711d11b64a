"""Time as something that is passed in, and how long a call may go on trying.

What is tried again and what is not is decided where a response is judged (`response_errors.py`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from random import Random


class RetryPolicy(NamedTuple):
    """The bounds. Seconds; `attempts` counts the first one.

    `base` and `longest` shape the backoff after a failure; `per_call` bounds all waiting of one call, for failures
    and limits together (pacing aside), and `in_all` that of a client's whole life.
    """

    attempts: int = 8
    base: float = 1.0
    longest: float = 60.0
    per_call: float = 600.0
    in_all: float = 3600.0


@dataclass(slots=True)
class RetryState:
    """What one call has used up. A call made inside another (to see whether it happened) shares these."""

    retry_policy: RetryPolicy
    failed: int = 0
    waited: float = 0.0

    @property
    def spent(self) -> bool:
        return self.failed >= self.retry_policy.attempts

    def backoff(self, random: Random) -> float:
        """Seconds before the next attempt: exponential with full jitter.

        Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
        """
        ceiling = self.retry_policy.base * 2.0 ** min(self.failed - 1, 30)
        return random.uniform(0.0, min(self.retry_policy.longest, ceiling))


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
