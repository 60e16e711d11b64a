"""GitHub's rate limits as headers tell them, and the pace that keeps requests below its secondary limits.

Source: "Rate limits for the REST API" and "Best practices for using the REST API" in GitHub's documentation: writes one
at a time with a second between them, and points per minute; requests that notify people are limited further. A header
that is missing says nothing; it is not a zero.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from rulewright.policy.json_types import Json

PHRASES: Final = ("rate limit", "abuse detection")
"""What the message of a refusal holds when it is about a limit (compared in lower case)."""

SECONDARY: Final = 60.0
"""Seconds to wait after a secondary limit that names no time; doubled each time it comes again."""

LONGEST: Final = 86_400.0
"""A limit that is said to hold longer than this many seconds is a mistake, and is cut."""


class Rate(NamedTuple):
    """One primary limit. `reset`: seconds since 1970. None is unknown."""

    resource: str
    limit: int | None
    remaining: int | None
    reset: float | None


def read_rate(headers: Mapping[str, str], resource: str) -> Rate | None:
    """What an answer says about its primary limit; None when it says nothing."""
    limit, remaining, reset = (
        parse_count(headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset")
    )
    if limit is None and remaining is None and reset is None:
        return None
    named = headers.get("x-ratelimit-resource", "")
    return Rate(named if named.isidentifier() else resource, limit, remaining, reset)


def parse_count(text: str | None) -> int | None:
    """A count as a header writes it; None for anything else."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait by `retry-after`, which is a number or a date; None when missing or neither."""
    text = headers.get("retry-after")
    if text is None:
        return None
    seconds = parse_count(text.strip())
    if seconds is not None:
        return float(seconds)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def is_limit(status: int, headers: Mapping[str, str], answer: Json) -> bool:
    """Is this refusal (403, 429) about a limit, so that waiting helps, and not about a permission?"""
    if status == 429:
        return True
    if status != 403:
        return False
    said = answer.get("message") if isinstance(answer, dict) else None
    message = said.lower() if isinstance(said, str) else ""
    if "retry-after" in headers or any(phrase in message for phrase in PHRASES):
        return True
    # The last request of the hour may itself be refused for want of a permission.
    return headers.get("x-ratelimit-remaining") == "0" and not message


class Limits:
    """What is known of the limits of one token."""

    def __init__(self, random: Random) -> None:
        self.rates: dict[str, Rate] = {}
        self._random = random
        self._blocked_until = 0.0
        self._strikes = 0

    def note_headers(self, headers: Mapping[str, str], resource: str) -> None:
        """Remember what an answer says about its limit."""
        rate = read_rate(headers, resource)
        if rate is not None:
            self.rates[rate.resource] = rate

    def ready(self, resource: str, now: float) -> float:
        """The moment from which a request of this resource may be sent; `now` or earlier means at once."""
        rate = self.rates.get(resource)
        moment = self._blocked_until
        if rate is not None and rate.remaining == 0 and rate.reset is not None and rate.reset + 1 > now:
            moment = max(moment, rate.reset + 1)
        return min(moment, now + LONGEST)

    def note_refusal(self, headers: Mapping[str, str], resource: str, now: float) -> float:
        """A request was refused for a limit: the moment from which to try again.

        `retry-after` is honoured; else the reset of a spent primary limit, and a second; else, for a secondary
        limit, at least a minute, doubled each time.
        """
        after = retry_after(headers, now)
        rate = read_rate(headers, resource)
        if after is not None:
            self._blocked_until = now + min(after, LONGEST) + self._random.random()
        elif rate is not None and rate.remaining == 0 and rate.reset is not None and rate.reset + 1 > now:
            return min(rate.reset + 1, now + LONGEST)
        else:
            wait = SECONDARY * 2 ** min(self._strikes, 10)
            self._strikes += 1
            self._blocked_until = now + min(wait, LONGEST) * (1 + 0.1 * self._random.random())
        return self._blocked_until

    def reset_strikes(self) -> None:
        """A request went through: the next secondary limit starts at a minute again."""
        self._strikes = 0


GAPS: Final = {"write": 1.0, "notifying": 3.0, "search": 2.0}
"""Seconds from the end of one request to the start of the next of the same sort."""


WINDOWS: Final = {"rest": (60.0, 900), "graphql": (60.0, 2000), "content": (3600.0, 500)}
"""Seconds, and the most points within any such time. A read is 1 point, a write 5; `content` counts what notifies."""


class RequestCost(NamedTuple):
    """What a request costs. `sorts`: which gaps it keeps; `window`: which count of points it is part of."""

    sorts: tuple[str, ...] = ()
    points: int = 1
    window: str = "rest"

    @property
    def costs(self) -> tuple[tuple[str, int], ...]:
        """Window → points. What notifies counts once more, among the content that is made."""
        own = (self.window, self.points)
        return (own, ("content", 1)) if "notifying" in self.sorts else (own,)


class RequestPacer:
    """When the last request of each sort ended, and the points of the last minute and hour."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._spent: dict[str, deque[tuple[float, int]]] = {name: deque() for name in WINDOWS}

    def ready(self, load: RequestCost, now: float) -> float:
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

    def note_end(self, load: RequestCost, now: float) -> None:
        """The request has come to its end, however it went: from here on its gap counts."""
        for sort in load.sorts:
            self._last[sort] = now
        for window, points in load.costs:
            self._spent[window].append((now, points))
