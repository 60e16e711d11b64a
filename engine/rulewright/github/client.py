"""GitHub's REST and GraphQL interfaces: one request at a time, paced, within the limits, tried again where it helps.

One layer retries, this one. A token stands in one header of the requests and nowhere else.
"""

from __future__ import annotations

import json
import random as randomness
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlencode

from rulewright import __version__
from rulewright.github.address import Address, next_page
from rulewright.github.answers import Trouble, rest_data, rest_trouble
from rulewright.github.clock import Clock, SystemClock
from rulewright.github.documents import DOCUMENTS
from rulewright.github.errors import GitHubError
from rulewright.github.etags import ETags
from rulewright.github.graphql import graphql_data, graphql_trouble
from rulewright.github.limits import Limits, Rate
from rulewright.github.pacing import Load, Pace
from rulewright.github.retry import Patience, Tries
from rulewright.github.secret import Secret
from rulewright.github.transport import Answer, Cut, NotSent, Refused, Transport

__all__ = ["Client", "Params"]

Params = Mapping[str, str | int | bool | None]
"""What follows the `?` of a request; None leaves a parameter out."""

VERSION: Final = "2022-11-28"
"""Of the REST interface: the one that GitHub.com and the supported GitHub Enterprise servers all know."""

WRITES: Final = frozenset(("POST", "PUT", "PATCH", "DELETE"))
READ: Final = Load()
SEARCH: Final = Load(("search",))
WRITE: Final = Load(("write",), 5)
NOTIFYING: Final = Load(("write", "notifying"), 5)
QUERY: Final = Load((), 1, "graphql")
PATIENCE: Final = Patience()

SHOWS: Final = 1.0
"""Seconds before a write is looked for on GitHub."""


class Asked(NamedTuple):
    """One request, as often as it is sent. `label` names it in errors.

    `repeatable`: sending it again does no harm. `happened`: finds out whether it was done, None when not.
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


class Client:
    """One token's way to GitHub. Safe to share between threads: requests go one at a time.

    `patience` bounds attempts and waiting; `seed` makes the jitter repeatable; `on_wait(seconds, why)` is told of
    every wait for a limit or after a failure. Raises UsageError for an address or token that cannot be one.
    """

    def __init__(
        self,
        token: str | None,
        *,
        api_url: str = "https://api.github.com",
        clock: Clock | None = None,
        transport: Transport | None = None,
        patience: Patience = PATIENCE,
        seed: int | None = None,
        on_wait: Callable[[float, str], None] | None = None,
    ) -> None:
        self._address = Address.read(api_url)
        self._secret = Secret(token)
        self._clock = clock if clock is not None else SystemClock()
        self._transport = transport if transport is not None else Transport(proxy=self._address.proxy())
        self._patience = patience
        self._random = randomness.Random(seed)
        self._on_wait = on_wait
        self._limits = Limits(self._random)
        self._pace = Pace()
        self._etags = ETags()
        self._tries: Tries | None = None
        self._waited = 0.0
        self._scopes: tuple[str, ...] | None = None
        self._turn = threading.RLock()

    def __repr__(self) -> str:
        return f"Client(api_url={self._address.base!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()

    @property
    def api_url(self) -> str:
        return self._address.base

    @property
    def scopes(self) -> tuple[str, ...] | None:
        """The scopes of a classic token, by the last answer; None where GitHub names none (other tokens)."""
        return self._scopes

    @property
    def rate(self) -> Mapping[str, Rate]:
        """The primary limits by resource (`core`, `search`, `graphql`), as the last answers told them."""
        return dict(self._limits.rates)

    def get(self, path: str, params: Params | None = None) -> Any:
        """The JSON of a resource; None when it is empty. Raises GitHubError.

        An issue that was transferred answers with the one that it became: compare `repository_url`.
        """
        return rest_data(self._read(self._url(path, params), path))

    def probe(self, path: str, params: Params | None = None) -> Answer:
        """The whole answer of a GET, refusals included, for what its status and headers tell.

        Raises GitHubError when there is none: GitHub cannot be reached, fails, or limits.
        """

        def judge(answer: Answer) -> Trouble | None:
            trouble = rest_trouble(answer)
            return trouble if trouble is not None and trouble.again != "never" else None

        return self._answer(self._asked("GET", self._url(path, params), path, judge))

    def pages(
        self, path: str, params: Params | None = None, limit: int | None = None, *, member: str = "items"
    ) -> Iterator[Any]:
        """The items of a list over all its pages, at most `limit`; each page is fetched when it is needed.

        `member` is where the list stands when the answer is an object, as in searches. Raises GitHubError.
        """
        size = 100 if limit is None else max(1, min(100, limit))
        url: str | None = self._url(path, {"per_page": size, **(params or {})})
        left, seen = limit, set[str]()
        while url is not None and (left is None or left > 0):
            seen.add(url)
            answer = self._read(url, path)
            data = rest_data(answer)
            items = data.get(member) if isinstance(data, dict) else data
            if not isinstance(items, list):
                raise GitHubError(
                    f"GET {path}: the answer is not a list", kind="server", status=answer.status
                )
            yield from items if left is None else items[:left]
            left = None if left is None else left - len(items)
            url = next_page(answer.headers.get("link"), self._address, url)
            if url in seen:
                raise GitHubError(f"GET {path}: its pages lead in a circle", kind="server")

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        notifies: bool = False,
        happened: Callable[[], Any | None] | None = None,
        repeatable: bool | None = None,
    ) -> Any:
        """A write; its answer's JSON, or what `happened` found. Raises GitHubError.

        `notifies`: people are told of it (a comment, a new issue). After a failure that leaves open whether it was
        done, `happened` is asked: anything but None means that it was, and is the answer. Without `happened`, a
        request that is `repeatable` (PUT, PATCH and DELETE are, unless said otherwise; say it of a POST that adds
        what may be there) is sent again, and any other one fails with `uncertain` set.
        """
        if method not in WRITES:
            raise ValueError(f"not a write: {method}")
        asked = Asked(
            method,
            self._url(path, None),
            f"{method} {path}",
            rest_trouble,
            json.dumps(body).encode() if body is not None else None,
            NOTIFYING if notifies else WRITE,
            repeatable=method != "POST" if repeatable is None else repeatable,
            happened=happened,
        )
        done = self._exchange(asked)
        return done.value if isinstance(done, Found) else rest_data(done)

    def graphql(self, name: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The `data` of a document of DOCUMENTS. Raises GitHubError; KeyError for a name that is none.

        What is optional in a document and not there is null in the data.
        """
        document = DOCUMENTS[name]
        sorts = (NOTIFYING if document.notifies else WRITE).sorts
        asked = Asked(
            "POST",
            self._address.graphql,
            f"GraphQL {name}",
            lambda answer: graphql_trouble(answer, document),
            json.dumps({"query": document.text, "variables": dict(variables or {})}).encode(),
            Load(sorts, 5, "graphql") if document.writes else QUERY,
            "graphql",
        )
        return graphql_data(self._answer(asked))

    def _url(self, path: str, params: Params | None) -> str:
        if not path.startswith("/") or "?" in path or "#" in path or ".." in path.split("/"):
            raise ValueError(f"not a path of GitHub's: {path[:80]!r}")
        given = {name: written(value) for name, value in (params or {}).items() if value is not None}
        return self._address.base + path + (f"?{urlencode(given)}" if given else "")

    def _asked(self, method: str, url: str, path: str, judge: Callable[[Answer], Trouble | None]) -> Asked:
        search = path.startswith("/search/")
        return Asked(
            method,
            url,
            f"{method} {path}",
            judge,
            load=SEARCH if search else READ,
            resource="search" if search else "core",
        )

    def _read(self, url: str, path: str) -> Answer:
        return self._answer(self._asked("GET", url, path, rest_trouble))

    def _answer(self, asked: Asked) -> Answer:
        done = self._exchange(asked)
        assert isinstance(done, Answer)
        return done

    def _exchange(self, asked: Asked) -> Answer | Found:
        """Send until it is done, refused, or patience is at its end."""
        with self._turn:
            outer, tries = self._tries, self._tries or Tries(self._patience)
            self._tries = tries
            try:
                return self._attempts(asked, tries)
            finally:
                self._tries = outer

    def _attempts(self, asked: Asked, tries: Tries) -> Answer | Found:
        unsure = False
        while True:
            now = self._clock.now()
            self._wait(self._limits.ready(asked.resource, now) - now, asked, tries, None)
            self._keep_pace(asked.load)
            answer, trouble = self._attempt(asked)
            if trouble is None:
                self._limits.cleared()
                assert answer is not None
                return answer
            if unsure and asked.method == "DELETE" and trouble.kind in ("not_found", "gone"):
                return Found(None)  # The attempt that nobody was sure of has done it.
            open_question = trouble.uncertain and asked.writes
            if trouble.again == "never" and not open_question:
                raise self._error(asked, trouble, unsure)
            tries.failed += 1
            last = tries.spent or trouble.again == "never"
            if not last:
                self._wait(self._pause(asked, tries, trouble, answer), asked, tries, trouble)
            if open_question:
                outcome = self._unsure(asked, trouble)
                if isinstance(outcome, Found):
                    return outcome
                unsure = outcome
            if last:
                raise self._error(asked, trouble, unsure)

    def _pause(self, asked: Asked, tries: Tries, trouble: Trouble, answer: Answer | None) -> float:
        """Seconds before the next attempt."""
        if trouble.again == "limit":
            now = self._clock.now()
            return self._limits.struck(answer.headers if answer else {}, asked.resource, now) - now
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
        headers = {
            "accept": "application/vnd.github+json",
            "user-agent": f"rulewright/{__version__}",
            "x-github-api-version": VERSION,
            **self._secret.header(),
        }
        etag = self._etags.etag(asked.url) if asked.method == "GET" else None
        if etag is not None:
            headers["if-none-match"] = etag
        if asked.body is not None:
            headers["content-type"] = "application/json"
        try:
            answer = self._transport.request(asked.method, asked.url, headers, asked.body)
        except NotSent as error:
            return None, Trouble("unreachable", f"GitHub cannot be reached: {error}", "backoff")
        except Cut as error:
            return None, Trouble("unreachable", str(error), "backoff", uncertain=True)
        except Refused as error:
            return None, Trouble("unreachable", str(error), hint=error.hint, uncertain=error.sent)
        finally:
            self._pace.ended(asked.load, self._clock.now())
        self._limits.note(answer.headers, asked.resource)
        if "x-oauth-scopes" in answer.headers:
            listed = answer.headers["x-oauth-scopes"].split(",")
            self._scopes = tuple(scope.strip() for scope in listed if scope.strip())
        if etag is not None and answer.status == 304:
            return self._etags.answer(asked.url), None
        trouble = asked.judge(answer)
        if asked.method == "GET" and trouble is None:
            self._etags.keep(asked.url, answer)
        return answer, trouble

    def _keep_pace(self, load: Load) -> None:
        while (pause := self._pace.ready(load, now := self._clock.now()) - now) > 0:
            self._clock.sleep(pause)

    def _wait(self, pause: float, asked: Asked, tries: Tries, trouble: Trouble | None) -> None:
        """Let time pass, within bounds. Raises GitHubError beyond them: a limit, and when it would go on."""
        if pause <= 0:
            return
        why = trouble if trouble is not None else Trouble("rate_limited", "GitHub's rate limit is reached")
        if tries.waited + pause > self._patience.per_call or self._waited + pause > self._patience.in_all:
            raise self._error(asked, why, retry_at=self._clock.now() + pause)
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
        status = f"{trouble.status}, " if trouble.status is not None else ""
        message = f"{asked.label[:200]}: {status}{trouble.reason}"
        if retry_at is not None:
            moment = datetime.fromtimestamp(retry_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            message += f"; it would go on at {moment}, which is longer than this run may wait"
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


def written(value: str | int | bool) -> str:
    """A parameter as GitHub reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
