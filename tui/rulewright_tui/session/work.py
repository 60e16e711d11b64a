"""Long work in a thread: it goes on step by step, tells how far it is, and can be stopped."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rulewright.policy.diagnostics import RulewrightError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVERY: Final = 0.1
"""Seconds between two reports of progress."""


Steps: TypeAlias = "Callable[[Callable[[], bool]], Iterator[int]]"
"""Work: called with a function that says whether to stop, it yields how many things were done since its last step."""


class WorkReport(NamedTuple):
    """How far work is. `is_ended`: there is no further report; `error`: why it ended early."""

    what: str
    done: int
    total: int
    seconds: float
    is_ended: bool = False
    is_stopped: bool = False
    error: RulewrightError | None = None

    @property
    def rate(self) -> float:
        """Steps in a second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until all is done at this rate; None before anything is done."""
        return (self.total - self.done) / self.rate if self.rate else None


class Work:
    """One piece of work. `steps` and `tell` are called in the thread, once `former`, which was stopped, has ended: both
    may add to the same results."""

    def __init__(
        self,
        what: str,
        total: Callable[[], int],
        steps: Steps,
        tell: Callable[[Work, WorkReport], None],
        former: Work | None = None,
    ) -> None:
        self.what = what
        self._total, self._steps, self._tell = total, steps, tell
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(former,), name=what, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the step under way."""
        self._stop.set()

    def _run(self, former: Work | None) -> None:
        if former is not None:
            former._thread.join()
        began = told = time.monotonic()
        done = 0
        error: RulewrightError | None = None
        try:
            for count in self._steps(self._stop.is_set):
                done += count
                now = time.monotonic()
                if now - told >= EVERY:
                    told = now
                    self._tell(self, WorkReport(self.what, done, self._total(), now - began))
                if self._stop.is_set():
                    break
        except RulewrightError as problem:
            error = problem
        except Exception as problem:  # noqa: BLE001 — told on the screen; the session goes on
            error = SourceError(f"unexpected {type(problem).__name__}: {problem}")
        seconds = time.monotonic() - began
        self._tell(
            self, WorkReport(self.what, done, self._total(), seconds, True, self._stop.is_set(), error)
        )
