"""GitHub's rate limits, held against every request on the simulator's clock.

Primary: requests per hour and token (per repository for a workflow's token), searches per minute. Secondary: points per
minute, content made per minute and hour, requests at one time. The figures are those of GitHub's documentation,
"Rate limits for the REST API"; each can be changed on the object.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from github_simulator.call import Refusal
from github_simulator.clock import RealClock, VirtualClock
from github_simulator.identity import Identity

__all__ = ["SECONDARY", "Limits", "Resource"]

SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID SIM0."
)

_DOCS = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"


class Resource(NamedTuple):
    """One count of the primary limit, as the headers tell it."""

    name: str
    limit: int
    remaining: int
    used: int
    reset: int

    def headers(self) -> tuple[tuple[str, str], ...]:
        return (
            ("X-RateLimit-Limit", str(self.limit)),
            ("X-RateLimit-Remaining", str(self.remaining)),
            ("X-RateLimit-Reset", str(self.reset)),
            ("X-RateLimit-Used", str(self.used)),
            ("X-RateLimit-Resource", self.name),
        )


@dataclass(slots=True)
class _Window:
    used: int = 0
    reset: float = 0.0


@dataclass(slots=True)
class _Recent:
    """What one token did lately: (time, weight), oldest first."""

    points: deque[tuple[float, int]] = field(default_factory=deque)
    graphql: deque[tuple[float, int]] = field(default_factory=deque)
    content: deque[tuple[float, int]] = field(default_factory=deque)
    blocked_until: float = 0.0
    told: bool = False


class Limits:
    """`hits` counts refusals for a limit; `breaches` those of them that came while the client had been told to wait.

    `advises` says whether a secondary refusal carries `retry-after`, which GitHub's do not always.
    """

    def __init__(self, clock: VirtualClock | RealClock) -> None:
        self._clock = clock
        self.core: dict[str, int] = {"user": 5000, "app": 5000, "actions": 1000, "anonymous": 60}
        self.graphql: dict[str, int] = {"user": 5000, "app": 5000, "actions": 1000, "anonymous": 0}
        self.search = 30
        self.points_per_minute = 900
        self.graphql_points_per_minute = 2000
        self.content_per_minute = 80
        self.content_per_hour = 500
        self.concurrent = 100
        self.block_seconds = 60
        self.advises = True
        self.enabled = True
        self.hits = 0
        self.breaches = 0
        self.peaks: dict[str, int] = {"points": 0, "content_minute": 0, "content_hour": 0, "concurrent": 0}
        self._windows: dict[tuple[str, str], _Window] = {}
        self._recent: dict[str, _Recent] = {}

    def resource(self, who: Identity, name: str) -> Resource:
        """How one count stands now."""
        window = self._window(who, name)
        limit = self._limit(who, name)
        return Resource(name, limit, max(0, limit - window.used), min(window.used, limit), int(window.reset))

    def overview(self, who: Identity) -> dict[str, Any]:
        shown = {}
        for name in ("core", "search", "graphql"):
            one = self.resource(who, name)
            shown[name] = {
                "limit": one.limit,
                "used": one.used,
                "remaining": one.remaining,
                "reset": one.reset,
            }
        return shown

    def block(self, who: Identity, seconds: float) -> None:
        """From now on everything of this token is refused for that long; it has been told."""
        recent = self._of(who)
        recent.blocked_until = max(recent.blocked_until, self._clock.now() + seconds)
        recent.told = True

    def exhaust(self, who: Identity, name: str, seconds: float) -> None:
        """Nothing is left of the primary limit for that long; the client has been told."""
        window = self._window(who, name)
        window.used = self._limit(who, name) + 1
        window.reset = float(-int(-(self._clock.now() + seconds) // 1))

    def admit(self, who: Identity, name: str, *, write: bool, content: bool, running: int) -> None:
        """Counts a request of the resource `name`; raises the Refusal that it earns."""
        if not self.enabled:
            return
        now = self._clock.now()
        recent = self._of(who)
        self.peaks["concurrent"] = max(self.peaks["concurrent"], running)
        if now < recent.blocked_until:
            raise self._secondary(recent, recent.blocked_until - now, again=True)
        recent.told = False
        if self._window(who, name).used >= self._limit(who, name):
            raise self._primary(who, name)
        weight = 5 if write else 1
        series, most = (
            (recent.graphql, self.graphql_points_per_minute)
            if name == "graphql"
            else (recent.points, self.points_per_minute)
        )
        series.append((now, weight))
        points = _since(series, now - 60)
        if name != "graphql":
            self.peaks["points"] = max(self.peaks["points"], points)
        over = points > most or running > self.concurrent
        if content:
            recent.content.append((now, 1))
            hour = _since(recent.content, now - 3600)
            minute = sum(one for at, one in recent.content if at > now - 60)
            self.peaks["content_minute"] = max(self.peaks["content_minute"], minute)
            self.peaks["content_hour"] = max(self.peaks["content_hour"], hour)
            over = over or minute > self.content_per_minute or hour > self.content_per_hour
        if over:
            self.block(who, self.block_seconds)
            raise self._secondary(recent, self.block_seconds, again=False)

    def charge(self, who: Identity, name: str) -> None:
        """Takes one off the primary limit: after the answer, because a 304 costs nothing."""
        self._window(who, name).used += 1

    def _primary(self, who: Identity, name: str) -> Refusal:
        window = self._window(who, name)
        self.hits += 1
        # The headers of the answers before said `remaining: 0`; the first refusal still counts as being told.
        if window.used > self._limit(who, name):
            self.breaches += 1
        window.used += 1
        subject = f"user ID {who.who.account.id}" if who.kind == "user" else "installation ID 1"
        refusal = Refusal(403, f"API rate limit exceeded for {subject}.", documentation_url=_DOCS)
        if name == "graphql":
            refusal.status = 200
            refusal.data = {"errors": [{"type": "RATE_LIMITED", "message": str(refusal)}]}
        return refusal

    def _secondary(self, recent: _Recent, wait: float, *, again: bool) -> Refusal:
        self.hits += 1
        if again:
            self.breaches += 1
        headers = (("Retry-After", str(max(1, -int(-wait // 1)))),) if self.advises else ()
        return Refusal(
            403, SECONDARY, documentation_url=f"{_DOCS}#about-secondary-rate-limits", headers=headers
        )

    def _limit(self, who: Identity, name: str) -> int:
        return (
            self.search if name == "search" else (self.graphql if name == "graphql" else self.core)[who.kind]
        )

    def _window(self, who: Identity, name: str) -> _Window:
        # A workflow's token shares its count with every other of the repository; others count by who they are.
        scope = ",".join(sorted(who.repositories or ())) if who.kind == "actions" else who.who.account.login
        window = self._windows.setdefault((f"{who.kind}:{scope}", name), _Window())
        now = self._clock.now()
        if now >= window.reset:
            # The reset is a whole second, as the header tells it.
            window.used, window.reset = 0, float(int(now) + (60 if name == "search" else 3600))
        return window

    def _of(self, who: Identity) -> _Recent:
        return self._recent.setdefault(f"{who.kind}:{who.who.account.login}", _Recent())


def _since(series: deque[tuple[float, int]], start: float) -> int:
    """The sum of what is later than `start`; what is older is forgotten."""
    while series and series[0][0] <= start:
        series.popleft()
    return sum(weight for _, weight in series)
