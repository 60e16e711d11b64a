"""How fast GitHub may be asked, so that its secondary limits are not met in the first place.

Source: "Best practices for using the REST API": writes one at a time with a second between them, and the points
per minute of "Rate limits for the REST API". Requests that notify people are limited further.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

__all__ = ["GAPS", "POINTS", "Load", "Pace"]

GAPS: Final = {"write": 1.0, "notifying": 3.0, "search": 2.0}
"""Seconds from the end of one request to the start of the next of the same sort."""

POINTS: Final = {"rest": 900, "graphql": 2000}
"""Points within any minute. A read is 1 point, a write 5."""

MINUTE: Final = 60.0


class Load(NamedTuple):
    """What a request costs. `sorts`: which gaps it keeps; `window`: which count of points it is part of."""

    sorts: tuple[str, ...] = ()
    points: int = 1
    window: str = "rest"


class Pace:
    """When the last request of each sort ended, and the points of the last minute."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._spent: dict[str, deque[tuple[float, int]]] = {name: deque() for name in POINTS}

    def ready(self, load: Load, now: float) -> float:
        """The moment from which this request may be sent; `now` or earlier means at once."""
        moment = max(
            (self._last[sort] + GAPS[sort] for sort in load.sorts if sort in self._last), default=now
        )
        spent = self._spent[load.window]
        while spent and spent[0][0] + MINUTE <= now:
            spent.popleft()
        over = sum(points for _, points in spent) + load.points - POINTS[load.window]
        for ended, points in spent:
            if over <= 0:
                break
            over -= points
            moment = max(moment, ended + MINUTE)
        return moment

    def ended(self, load: Load, now: float) -> None:
        """The request has come to its end, however it went: from here on its gap counts."""
        for sort in load.sorts:
            self._last[sort] = now
        self._spent[load.window].append((now, load.points))
