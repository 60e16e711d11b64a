"""How fast GitHub may be asked, so that its secondary limits are not met in the first place.

Source: "Best practices for using the REST API": writes one at a time with a second between them, and the points
per minute of "Rate limits for the REST API". Requests that notify people are limited further.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

GAPS: Final = {"write": 1.0, "notifying": 3.0, "search": 2.0}
"""Seconds from the end of one request to the start of the next of the same sort."""

WINDOWS: Final = {"rest": (60.0, 900), "graphql": (60.0, 2000), "content": (3600.0, 500)}
"""Seconds, and the most points within any such time. A read is 1 point, a write 5; `content` counts what notifies."""


class Load(NamedTuple):
    """What a request costs. `sorts`: which gaps it keeps; `window`: which count of points it is part of."""

    sorts: tuple[str, ...] = ()
    points: int = 1
    window: str = "rest"

    @property
    def costs(self) -> tuple[tuple[str, int], ...]:
        """Window → points. What notifies counts once more, among the content that is made."""
        own = (self.window, self.points)
        return (own, ("content", 1)) if "notifying" in self.sorts else (own,)


class Pace:
    """When the last request of each sort ended, and the points of the last minute and hour."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._spent: dict[str, deque[tuple[float, int]]] = {name: deque() for name in WINDOWS}

    def ready(self, load: Load, now: float) -> float:
        """The moment from which this request may be sent; `now` or earlier means at once."""
        gaps = (self._last[sort] + GAPS[sort] for sort in load.sorts if sort in self._last)
        return max(now, *gaps, *(self._free(window, points, now) for window, points in load.costs))

    def _free(self, window: str, points: int, now: float) -> float:
        """When so many more points fit into the window."""
        spent, (seconds, most) = self._spent[window], WINDOWS[window]
        while spent and spent[0][0] + seconds <= now:
            spent.popleft()
        over, moment = sum(cost for _, cost in spent) + points - most, now
        for ended, cost in spent:
            if over <= 0:
                break
            over -= cost
            moment = max(moment, ended + seconds)
        return moment

    def ended(self, load: Load, now: float) -> None:
        """The request has come to its end, however it went: from here on its gap counts."""
        for sort in load.sorts:
            self._last[sort] = now
        for window, points in load.costs:
            self._spent[window].append((now, points))
