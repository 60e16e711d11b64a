"""Sending a request until it is done, refused, or the retry policy allows no more. The one layer that tries again."""

from __future__ import annotations

import random as randomness
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from rulewright.github.errors import GitHubError
from rulewright.github.limits import Limits, RequestCost, RequestPacer
from rulewright.github.response_errors import ResponseError
from rulewright.github.transport import ConnectionBroken, HttpResponse, NotRetryable, NotSent, Transport
from rulewright.github.waiting import RetryPolicy, RetryState
from rulewright.policy.quantity import format_moment
from rulewright.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.github.secret import Secret
    from rulewright.github.waiting import Clock

VERSION: Final = "2022-11-28"
"""Of the REST interface: the one that GitHub.com and the supported GitHub Enterprise servers all know."""

SHOWS: Final = 1.0
"""Seconds before a write is looked for on GitHub."""

MINUTE: Final = 60.0
READ: Final = RequestCost()
LIMITED: Final = ResponseError("rate_limited", "GitHub's rate limit is reached")


class Request(NamedTuple):
    """One request, as often as it is sent. `label` names it in errors.

    `judge` says what is wrong with an answer. `repeatable`: sending it again does no harm. `happened`: finds out
    whether it was done, None when not.
    """

    method: str
    url: str
    label: str
    judge: Callable[[HttpResponse], ResponseError | None]
    body: bytes | None = None
    load: RequestCost = READ
    resource: str = "core"
    repeatable: bool = True
    happened: Callable[[], Any | None] | None = None

    @property
    def writes(self) -> bool:
        return "write" in self.load.sorts


class AlreadyDone(NamedTuple):
    """Instead of an answer: the write was found done, and this is what `happened` found."""

    value: Any


@dataclass(slots=True)
class _Sending:
    """A request on its way. `is_unsure`: an earlier attempt may have been carried out."""

    request: Request
    tries: RetryState
    is_unsure: bool = False
    has_waited: bool = False

    def is_done_by(self, error: ResponseError) -> bool:
        """Whether the error proves that an attempt that was left open has deleted it."""
        return self.is_unsure and self.request.method == "DELETE" and error.kind in ("not_found", "gone")


class Exchange:
    """What is remembered from one request to the next: limits, pace, ETags, and how long was waited."""

    def __init__(
        self,
        secret: Secret,
        transport: Transport,
        clock: Clock,
        policy: RetryPolicy,
        seed: int | None,
        on_wait: Callable[[float, str], None] | None,
    ) -> None:
        self.limits = Limits(random := randomness.Random(seed))
        self.scopes: tuple[str, ...] | None = None
        self._secret = secret
        self._transport = transport
        self._clock = clock
        self._policy = policy
        self._random = random
        self._on_wait = on_wait
        self._pacer = RequestPacer()
        self._etags = ETagCache()
        self._tries: RetryState | None = None
        self._waited = 0.0
        self._turn = threading.RLock()
        self.write_check: Callable[[], None] | None = None
        """Called before the next write where that had to wait; forgotten once a write was sent."""

    def send(self, request: Request) -> HttpResponse | AlreadyDone:
        """The answer that `judge` found nothing wrong with, or what `happened` found. Raises GitHubError.

        A request that `happened` makes shares attempts and waiting with the one that it is made for: nothing
        multiplies.
        """
        with self._turn:
            outer, tries = self._tries, self._tries or RetryState(self._policy)
            self._tries = tries
            try:
                sending = _Sending(request, tries)
                while (outcome := self._try_once(sending)) is None:
                    pass
                return outcome
            finally:
                self._tries = outer

    def _try_once(self, sending: _Sending) -> HttpResponse | AlreadyDone | None:
        """One attempt, and the wait before the next; None where another one follows. Raises GitHubError."""
        request, started = sending.request, self._clock.now()
        self._wait_for_limits(sending)
        sending.has_waited = sending.has_waited or self._clock.now() > started
        # After an attempt that was left open, the check may see this request's own change.
        if request.writes and sending.has_waited and not sending.is_unsure:
            self._run_write_check()
        response, error = self._attempt(request)
        if error is not None:
            return self._handle_error(sending, error, response)
        self.limits.reset_strikes()
        if request.writes:
            self.write_check = None
        return response

    def _handle_error(
        self, sending: _Sending, error: ResponseError, response: HttpResponse | None
    ) -> AlreadyDone | None:
        """What follows a failed attempt: the proof that it was done all the same, None for another attempt, or the
        GitHubError that is raised."""
        request, tries = sending.request, sending.tries
        if sending.is_done_by(error):
            return AlreadyDone(None)
        may_be_done = error.uncertain and request.writes
        if error.again == "never" and not may_be_done:
            raise self._error(request, error, sending.is_unsure)
        tries.failed += 1
        pause = self._pause_after(sending, error, response)
        is_over = self._exceeds_policy(pause, tries) or (tries.spent and error.again == "limit")
        retry_at = self._clock.now() + pause if is_over else None
        is_last = tries.spent or error.again == "never" or is_over
        if not is_last:
            self._wait(pause, error, tries)
            sending.has_waited = sending.has_waited or pause > 0
        outcome = self._check_whether_done(request, error) if may_be_done else sending.is_unsure
        if isinstance(outcome, AlreadyDone):
            return outcome
        sending.is_unsure = outcome
        if is_last:
            raise self._error(request, error, sending.is_unsure, retry_at)
        return None

    def _wait_for_limits(self, sending: _Sending) -> None:
        """Wait for a primary limit, an hourly window, and the pace. Raises GitHubError where that takes too long."""
        request, tries, now = sending.request, sending.tries, self._clock.now()
        ready = self._pacer.ready(request.load, now)
        full_until = (
            ready if ready - now > MINUTE else now
        )  # an hourly window that is full is treated as a limit
        pause = max(self.limits.ready(request.resource, now), full_until) - now
        if self._exceeds_policy(pause, tries):
            raise self._error(request, LIMITED, sending.is_unsure, now + pause)
        self._wait(pause, LIMITED, tries)
        self.keep_pace(request.load)

    def _run_write_check(self) -> None:
        """Call `write_check`, without it being called by the requests that it makes."""
        check, self.write_check = self.write_check, None
        if check is not None:
            check()
        self.write_check = check

    def _pause_after(self, sending: _Sending, error: ResponseError, response: HttpResponse | None) -> float:
        """Seconds before the next attempt, 0 if there is none."""
        request = sending.request
        if error.again == "never":
            return 0.0
        if error.again == "limit":
            now = self._clock.now()
            headers = response.headers if response else {}
            return self.limits.note_refusal(headers, request.resource, now) - now
        pause = sending.tries.backoff(self._random)
        # What was written shows after a moment; to look sooner would be to miss it.
        return max(pause, SHOWS) if error.uncertain and request.happened is not None else pause

    def _check_whether_done(self, request: Request, error: ResponseError) -> AlreadyDone | bool:
        """A write may have been done: found so, or not done for sure (False), or open but harmless (True).

        Raises GitHubError when it is open and must not be sent again.
        """
        if request.happened is None:
            if request.repeatable:
                return True
            raise self._error(request, error, uncertain=True)
        try:
            found = request.happened()
        except GitHubError:
            raise self._error(request, error, uncertain=True) from None
        return AlreadyDone(found) if found is not None else False

    def _attempt(self, request: Request) -> tuple[HttpResponse | None, ResponseError | None]:
        """Once over the wire, and judged."""
        etag = self._etags.etag(request.url) if request.method == "GET" else None
        try:
            answer = self._transport.request(
                request.method, request.url, self._headers(request, etag), request.body
            )
        except NotSent as error:
            return None, ResponseError(
                "unreachable", f"{urlsplit(request.url).netloc} cannot be reached: {error}", "backoff"
            )
        except ConnectionBroken as error:
            return None, ResponseError("unreachable", str(error), "backoff", uncertain=True)
        except NotRetryable as error:
            return None, ResponseError("unreachable", str(error), hint=error.hint, uncertain=error.sent)
        finally:
            self._pacer.note_end(request.load, self._clock.now())
            if request.writes:
                self._etags.forget()
        self.limits.note_headers(answer.headers, request.resource)
        if "x-oauth-scopes" in answer.headers:
            listed = answer.headers["x-oauth-scopes"].split(",")
            self.scopes = tuple(scope.strip() for scope in listed if scope.strip())
        if etag is not None and answer.status == 304:
            return self._etags.answer(request.url), None
        refusal = request.judge(answer)
        if request.method == "GET" and refusal is None:
            self._etags.keep(request.url, answer)
        return answer, refusal

    def _headers(self, request: Request, etag: str | None) -> dict[str, str]:
        headers = {
            "accept": "application/vnd.github+json",
            "accept-encoding": "gzip",
            "user-agent": f"rulewright/{__version__}",
            "x-github-api-version": VERSION,
            **self._secret.header(),
        }
        if etag is not None:
            headers["if-none-match"] = etag
        if request.body is not None:
            headers["content-type"] = "application/json"
        return headers

    def keep_pace(self, load: RequestCost) -> None:
        """Wait until a request of this load may be sent."""
        while (pause := self._pacer.ready(load, now := self._clock.now()) - now) > 0:
            self._clock.sleep(pause)

    def _exceeds_policy(self, pause: float, tries: RetryState) -> bool:
        """Whether the pause is longer than may still be waited."""
        return pause > 0 and (
            tries.waited + pause > self._policy.per_call or self._waited + pause > self._policy.in_all
        )

    def _wait(self, pause: float, why: ResponseError, tries: RetryState) -> None:
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
        self, request: Request, error: ResponseError, uncertain: bool = False, retry_at: float | None = None
    ) -> GitHubError:
        """The error that the caller gets: our words, and the request's own method and path."""
        uncertain = uncertain and request.writes
        status = f"{error.status}, " if error.status is not None else ""
        message = f"{request.label[:200]}: {status}{error.reason}"
        if retry_at is not None:
            message += f"; the limit ends at {format_moment(retry_at)}, longer than this run waits"
        if uncertain:
            message += "; it is unknown whether the change was made"
        return GitHubError(
            self._secret.out_of(message),
            kind=error.kind,
            status=error.status,
            hint=error.hint,
            retry_at=retry_at,
            uncertain=uncertain,
        )


class CachedResponse(NamedTuple):
    etag: str
    answer: HttpResponse


class ETagCache:
    """By address, the least lately used forgotten first. `bound`: bytes of bodies that are kept."""

    def __init__(self, bound: int = 32 << 20) -> None:
        self._bound = bound
        self._size = 0
        self._kept: OrderedDict[str, CachedResponse] = OrderedDict()

    def etag(self, url: str) -> str | None:
        """What to send as `if-none-match`."""
        kept = self._kept.get(url)
        return kept.etag if kept is not None else None

    def answer(self, url: str) -> HttpResponse:
        """The answer that a 304 stands for."""
        self._kept.move_to_end(url)
        return self._kept[url].answer

    def forget(self) -> None:
        """Drop everything: something was changed, and an answer from before must not be taken for today's."""
        self._kept.clear()
        self._size = 0

    def keep(self, url: str, answer: HttpResponse) -> None:
        """Remember an answer of 200 that has an ETag."""
        old = self._kept.pop(url, None)
        if old is not None:
            self._size -= len(old.answer.body)
        etag = answer.headers.get("etag")
        if etag is None or answer.status != 200 or len(answer.body) > self._bound // 4:
            return
        self._kept[url] = CachedResponse(etag, answer)
        self._size += len(answer.body)
        while self._size > self._bound:
            _, first = self._kept.popitem(last=False)
            self._size -= len(first.answer.body)
