"""What goes wrong between a client and GitHub, on purpose: seeded by rate, or scripted for the nth request.

- `error_before`: a 5xx, and nothing was done. `error_after`: a 5xx, and it was done.
- `html`: a 502 with a page instead of JSON. `slow`: the answer takes its time.
- `cut_before`, `cut_after`: the connection ends without an answer, before or after the effect.
- `truncated`: the effect happened, the body stops half way.
- `secondary`: the secondary limit, for everything of this token until it is over. `too_many`: 429 with `retry-after`.
- `stale_304`: "not modified", although it was. Only to a request that asked with an ETag.
- `graphql_limited`: 200 with RATE_LIMITED. `graphql_partial`: 200 with errors beside half of the data.
"""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["MODES", "Fault", "Faults"]

MODES = (
    "error_before",
    "error_after",
    "html",
    "slow",
    "cut_before",
    "cut_after",
    "truncated",
    "secondary",
    "too_many",
    "stale_304",
    "graphql_limited",
    "graphql_partial",
)

_GRAPHQL = frozenset({"graphql_limited", "graphql_partial"})


class Fault(NamedTuple):
    """One fault for one request. `seconds`: how slow, or how long a limit lasts."""

    mode: str
    status: int = 502
    seconds: float = 10.0

    @property
    def effect(self) -> bool:
        """Whether the request still does what it asks."""
        return self.mode in ("error_after", "slow", "cut_after", "truncated", "graphql_partial")


@dataclass(slots=True)
class _Script:
    fault: Fault
    method: str | None
    path: re.Pattern[str]
    nth: int
    times: int
    seen: int = 0


@dataclass(slots=True)
class Faults:
    """`rate` is the share of requests that fail, in one of `modes`, chosen by `seed`.

    `happened` counts the faults by mode. `slow_seconds` and `limit_seconds` are (least, most).
    """

    seed: int = 0
    rate: float = 0.0
    modes: tuple[str, ...] = MODES
    slow_seconds: tuple[float, float] = (1.0, 25.0)
    limit_seconds: tuple[float, float] = (5.0, 90.0)
    happened: Counter[str] = field(default_factory=Counter)
    _random: random.Random = field(init=False)
    _scripts: list[_Script] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def script(
        self,
        mode: str,
        *,
        method: str | None = None,
        path: str = ".*",
        nth: int = 1,
        times: int = 1,
        status: int = 502,
        seconds: float = 10.0,
    ) -> None:
        """The nth request from now on that matches fails so, and the `times - 1` after it.

        `path` is a regular expression over the whole path (without query); `/graphql` for GraphQL.
        """
        if mode not in MODES:
            raise ValueError(f"no fault is called {mode}")
        self._scripts.append(_Script(Fault(mode, status, seconds), method, re.compile(path), nth, times))

    def clear(self) -> None:
        """No fault any more."""
        self.rate = 0.0
        self._scripts.clear()

    def choose(self, method: str, path: str, *, graphql: bool, conditional: bool) -> Fault | None:
        """The fault of this request. Scripts come first."""
        with self._lock:
            chosen = self._scripted(method, path)
            if chosen is None and self.rate and self._random.random() < self.rate:
                fitting = [mode for mode in self.modes if _fits(mode, graphql, conditional)]
                if fitting:
                    chosen = self._drawn(self._random.choice(fitting))
            if chosen is not None:
                if not _fits(chosen.mode, graphql, conditional):
                    return None
                self.happened[chosen.mode] += 1
            return chosen

    def _scripted(self, method: str, path: str) -> Fault | None:
        found = None
        for script in self._scripts:
            if script.method in (None, method) and script.path.fullmatch(path):
                script.seen += 1
                if found is None and script.nth <= script.seen < script.nth + script.times:
                    found = script.fault
        return found

    def _drawn(self, mode: str) -> Fault:
        draw = self._random
        least, most = self.slow_seconds if mode == "slow" else self.limit_seconds
        return Fault(mode, draw.choice((500, 502, 503, 504)), round(draw.uniform(least, most), 1))


def _fits(mode: str, graphql: bool, conditional: bool) -> bool:
    if mode in _GRAPHQL:
        return graphql
    return conditional if mode == "stale_304" else True
