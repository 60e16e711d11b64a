"""Drafts decided in a thread of their own: the latest request wins, and one waits at most."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from rulewright_tui.session.outcome import Outcome, decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.program.program import Program
    from rulewright_tui.session.edits import Draft


class Request(NamedTuple):
    """A draft to be decided. `number` grows with each request: an answer to an older one is out of date."""

    number: int
    program: Program
    draft: Draft
    before: Outcome | None = None
    ask_models: bool = False
    reader: PayloadReader | None = None


class Decider:
    """The thread; `deliver` is called in it with the request and its outcome, out-of-date ones left out."""

    def __init__(self, deliver: Callable[[Request, Outcome], None]) -> None:
        self._deliver = deliver
        self._condition = threading.Condition()
        self._waiting: Request | None = None
        self._answer: tuple[Request, Outcome] | None = None
        self._number = 0
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def submit(
        self,
        program: Program,
        draft: Draft,
        before: Outcome | None = None,
        *,
        ask_models: bool = False,
        reader: PayloadReader | None = None,
    ) -> int:
        """Decide a draft next, in place of one that waits; the number of the request."""
        with self._condition:
            self._number += 1
            self._waiting = Request(self._number, program, draft, before, ask_models, reader)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="decide", daemon=True)
                self._thread.start()
            self._condition.notify_all()
            return self._number

    def take(self, number: int, seconds: float) -> Outcome | None:
        """The outcome of a request if it is there within that time; then it is not delivered any more."""
        with self._condition:
            self._condition.wait_for(
                lambda: self._answer is not None and self._answer[0].number == number, seconds
            )
            if self._answer is None or self._answer[0].number != number:
                return None
            outcome = self._answer[1]
            self._answer = None
            return outcome

    def close(self) -> None:
        """End the thread after the draft that it decides."""
        with self._condition:
            self._is_closed = True
            self._waiting = None
            self._condition.notify_all()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._waiting is not None or self._is_closed)
                request, self._waiting = self._waiting, None
                if request is None:
                    return
            outcome = decide(
                request.program,
                request.draft,
                request.before,
                ask_models=request.ask_models,
                reader=request.reader,
            )
            with self._condition:
                if request.number != self._number:
                    continue
                self._answer = request, outcome
                self._condition.notify_all()
            self._deliver(request, outcome)
