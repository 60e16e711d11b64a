"""Sending a request until it is done, refused, or patience is at its end. The one layer that tries again."""

from __future__ import annotations

import random as randomness
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from rulewright.github.errors import GitHubError
from rulewright.github.etags import ETags
from rulewright.github.limits import Limits
from rulewright.github.pacing import Load, Pace
from rulewright.github.response_errors import Trouble
from rulewright.github.retry import Patience, Tries
from rulewright.github.transport import Answer, Cut, NotSent, Refused, Transport
from rulewright.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.github.clock import Clock
    from rulewright.github.secret import Secret

VERSION: Final = "2022-11-28"
"""Of the REST interface: the one that GitHub.com and the supported GitHub Enterprise servers all know."""

SHOWS: Final = 1.0
"""Seconds before a write is looked for on GitHub."""

MINUTE: Final = 60.0
READ: Final = Load()
LIMITED: Final = Trouble("rate_limited", "GitHub's rate limit is reached")


class Asked(NamedTuple):
    """One request, as often as it is sent. `label` names it in errors.

    `judge` says what is wrong with an answer. `repeatable`: sending it again does no harm. `happened`: finds out
    whether it was done, None when not.
    """

    method: str
    url: str
    label: str
    judge: Callable[[Answer], Trouble | None]
    body: bytes | None = None
    load: Load = READ
    resource: str = "core"
    repeatable: bool = True
    happened: Callable[[], Any | None] | None = None

    @property
    def writes(self) -> bool:
        return "write" in self.load.sorts


class Found(NamedTuple):
    """Instead of an answer: the write was found done, and this is what `happened` found."""

    value: Any


class Exchange:
    """What is remembered from one request to the next: limits, pace, ETags, and how long was waited."""

    def __init__(
        self,
        secret: Secret,
        transport: Transport,
        clock: Clock,
        patience: Patience,
        seed: int | None,
        on_wait: Callable[[float, str], None] | None,
    ) -> None:
        self.limits = Limits(random := randomness.Random(seed))
        self.scopes: tuple[str, ...] | None = None
        self._secret = secret
        self._transport = transport
        self._clock = clock
        self._patience = patience
        self._random = random
        self._on_wait = on_wait
        self._pace = Pace()
        self._etags = ETags()
        self._tries: Tries | None = None
        self._waited = 0.0
        self._turn = threading.RLock()
        self.look: Callable[[], None] | None = None
        """Called before the next write where that had to wait; forgotten once a write was sent."""

    def send(self, asked: Asked) -> Answer | Found:
        """The answer that `judge` found nothing wrong with, or what `happened` found. Raises GitHubError.

        A request that `happened` makes shares attempts and waiting with the one that it is made for: nothing
        multiplies.
        """
        with self._turn:
            outer, tries = self._tries, self._tries or Tries(self._patience)
            self._tries = tries
            try:
                return self._attempts(asked, tries)
            finally:
                self._tries = outer

    def _attempts(self, asked: Asked, tries: Tries) -> Answer | Found:
        unsure = waited = False
        while True:
            now = self._clock.now()
            held = max(self.limits.ready(asked.resource, now), self._hourly(asked.load, now)) - now
            if self._beyond(held, tries):
                raise self._error(asked, LIMITED, unsure, now + held)
            self._wait(held, LIMITED, tries)
            self.keep_pace(asked.load)
            waited = waited or self._clock.now() > now
            if asked.writes:
                look, self.look = self.look, None
                if waited and look is not None and not unsure:  # else it may be our own doing that is seen
                    look()
                self.look = look
            answer, trouble = self._attempt(asked)
            if asked.writes and trouble is None:
                self.look = None
            if trouble is None:
                self.limits.cleared()
                assert answer is not None
                return answer
            if unsure and asked.method == "DELETE" and trouble.kind in ("not_found", "gone"):
                return Found(None)  # The attempt that nobody was sure of has done it.
            open_question = trouble.uncertain and asked.writes
            if trouble.again == "never" and not open_question:
                raise self._error(asked, trouble, unsure)
            tries.failed += 1
            pause = self._pause(asked, tries, trouble, answer) if trouble.again != "never" else 0.0
            over = self._beyond(pause, tries) or (tries.spent and trouble.again == "limit")
            late = self._clock.now() + pause if over else None
            last = tries.spent or trouble.again == "never" or over
            if not last:
                self._wait(pause, trouble, tries)
                waited = waited or pause > 0
            if open_question:
                outcome = self._unsure(asked, trouble)
                if isinstance(outcome, Found):
                    return outcome
                unsure = outcome
            if last:
                raise self._error(asked, trouble, unsure, late)

    def _pause(self, asked: Asked, tries: Tries, trouble: Trouble, answer: Answer | None) -> float:
        """Seconds before the next attempt, if there is one."""
        if trouble.again == "limit":
            now = self._clock.now()
            return self.limits.struck(answer.headers if answer else {}, asked.resource, now) - now
        pause = tries.backoff(self._random)
        # What was written shows after a moment; to look sooner would be to miss it.
        return max(pause, SHOWS) if trouble.uncertain and asked.happened is not None else pause

    def _unsure(self, asked: Asked, trouble: Trouble) -> Found | bool:
        """A write may have been done: found so, or not done for sure (False), or open but harmless (True).

        Raises GitHubError when it is open and must not be sent again.
        """
        if asked.happened is None:
            if asked.repeatable:
                return True
            raise self._error(asked, trouble, uncertain=True)
        try:
            found = asked.happened()
        except GitHubError:
            raise self._error(asked, trouble, uncertain=True) from None
        return Found(found) if found is not None else False

    def _attempt(self, asked: Asked) -> tuple[Answer | None, Trouble | None]:
        """Once over the wire, and judged."""
        etag = self._etags.etag(asked.url) if asked.method == "GET" else None
        try:
            answer = self._transport.request(asked.method, asked.url, self._headers(asked, etag), asked.body)
        except NotSent as error:
            return None, Trouble(
                "unreachable", f"{urlsplit(asked.url).netloc} cannot be reached: {error}", "backoff"
            )
        except Cut as error:
            return None, Trouble("unreachable", str(error), "backoff", uncertain=True)
        except Refused as error:
            return None, Trouble("unreachable", str(error), hint=error.hint, uncertain=error.sent)
        finally:
            self._pace.ended(asked.load, self._clock.now())
            if asked.writes:
                self._etags.forget()
        self.limits.note(answer.headers, asked.resource)
        if "x-oauth-scopes" in answer.headers:
            listed = answer.headers["x-oauth-scopes"].split(",")
            self.scopes = tuple(scope.strip() for scope in listed if scope.strip())
        if etag is not None and answer.status == 304:
            return self._etags.answer(asked.url), None
        trouble = asked.judge(answer)
        if asked.method == "GET" and trouble is None:
            self._etags.keep(asked.url, answer)
        return answer, trouble

    def _headers(self, asked: Asked, etag: str | None) -> dict[str, str]:
        headers = {
            "accept": "application/vnd.github+json",
            "accept-encoding": "gzip",
            "user-agent": f"rulewright/{__version__}",
            "x-github-api-version": VERSION,
            **self._secret.header(),
        }
        if etag is not None:
            headers["if-none-match"] = etag
        if asked.body is not None:
            headers["content-type"] = "application/json"
        return headers

    def _hourly(self, load: Load, now: float) -> float:
        """The moment until which an hour's measure is full: as long as a limit, and treated as one."""
        ready = self._pace.ready(load, now)
        return ready if ready - now > MINUTE else now

    def keep_pace(self, load: Load) -> None:
        """Wait until a request of this load may be sent."""
        while (pause := self._pace.ready(load, now := self._clock.now()) - now) > 0:
            self._clock.sleep(pause)

    def _beyond(self, pause: float, tries: Tries) -> bool:
        """Is this longer than may still be waited?"""
        return pause > 0 and (
            tries.waited + pause > self._patience.per_call or self._waited + pause > self._patience.in_all
        )

    def _wait(self, pause: float, why: Trouble, tries: Tries) -> None:
        """Let time pass, and tell of it."""
        if pause <= 0:
            return
        tries.waited += pause
        self._waited += pause
        if self._on_wait is not None:
            self._on_wait(pause, why.reason)
        end = self._clock.now() + pause
        while (left := end - self._clock.now()) > 0:
            self._clock.sleep(left)

    def _error(
        self, asked: Asked, trouble: Trouble, uncertain: bool = False, retry_at: float | None = None
    ) -> GitHubError:
        """The error that the caller gets: our words, and the request's own method and path."""
        uncertain = uncertain and asked.writes
        status = f"{trouble.status}, " if trouble.status is not None else ""
        message = f"{asked.label[:200]}: {status}{trouble.reason}"
        if retry_at is not None:
            moment = datetime.fromtimestamp(retry_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            message += f"; it would go on at {moment}, and this run does not wait that long"
        if uncertain:
            message += "; whether it was done is not known"
        return GitHubError(
            self._secret.out_of(message),
            kind=trouble.kind,
            status=trouble.status,
            hint=trouble.hint,
            retry_at=retry_at,
            uncertain=uncertain,
        )
