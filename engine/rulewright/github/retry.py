"""How long a call may go on trying. The only place where a request is given another chance.

What is tried again and what is not is said where an answer is judged (`response_errors.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from random import Random


class Patience(NamedTuple):
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
class Tries:
    """What one call has used up. A call made inside another (to see whether it happened) shares these."""

    patience: Patience
    failed: int = 0
    waited: float = 0.0

    @property
    def spent(self) -> bool:
        return self.failed >= self.patience.attempts

    def backoff(self, random: Random) -> float:
        """Seconds before the next attempt: exponential with full jitter.

        Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
        """
        ceiling = self.patience.base * 2.0 ** min(self.failed - 1, 30)
        return random.uniform(0.0, min(self.patience.longest, ceiling))
