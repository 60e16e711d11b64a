"""GitHub's REST and GraphQL interfaces: one request at a time, paced, within the limits, tried again where it helps.

A token stands in one header of the requests and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlencode

from rulewright.github.documents import DOCUMENTS
from rulewright.github.errors import GitHubError
from rulewright.github.exchange import READ, AlreadyDone, Exchange, Request
from rulewright.github.graphql import find_graphql_error, parse_graphql_data
from rulewright.github.limits import RequestCost
from rulewright.github.response_errors import ResponseError, find_rest_error, parse_rest_data
from rulewright.github.secret import Secret
from rulewright.github.transport import HttpResponse, Transport
from rulewright.github.urls import Address, next_page
from rulewright.github.waiting import Clock, RetryPolicy, SystemClock
from rulewright.policy.json_types import as_objects

if TYPE_CHECKING:
    from rulewright.github.limits import Rate
    from rulewright.github.secret import TokenKind
    from rulewright.policy.json_types import JsonObject

Params = Mapping[str, str | int | bool | None]
"""What follows the `?` of a request; None leaves a parameter out."""

WRITES: Final = frozenset(("POST", "PUT", "PATCH", "DELETE"))
SEARCH: Final = RequestCost(("search",))
WRITE: Final = RequestCost(("write",), 5)
NOTIFYING: Final = RequestCost(("write", "notifying"), 5)
QUERY: Final = RequestCost((), 1, "graphql")
RETRY_POLICY: Final = RetryPolicy()


class Client:
    """One token's way to GitHub. Safe to share between threads: requests go one at a time.

    `retry_policy` bounds attempts and waiting; `seed` makes the jitter repeatable; `on_wait(seconds, why)` is told of
    every wait for a limit or after a failure. Raises UsageError for an address or token that cannot be one.
    """

    def __init__(
        self,
        token: str | None,
        *,
        api_url: str = "https://api.github.com",
        clock: Clock | None = None,
        transport: Transport | None = None,
        retry_policy: RetryPolicy = RETRY_POLICY,
        seed: int | None = None,
        on_wait: Callable[[float, str], None] | None = None,
    ) -> None:
        self._address = Address.read(api_url)
        self._transport = transport if transport is not None else Transport()
        secret = Secret(token)
        self._token_kind = secret.kind
        self._exchange = Exchange(
            secret,
            self._transport,
            clock if clock is not None else SystemClock(),
            retry_policy,
            seed,
            on_wait,
        )

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
    def token_kind(self) -> TokenKind:
        """What kind of token it is, by its prefix."""
        return self._token_kind

    @property
    def scopes(self) -> tuple[str, ...] | None:
        """The scopes of a classic token, by the last answer; None where GitHub names none (other tokens)."""
        return self._exchange.scopes

    @property
    def rate(self) -> Mapping[str, Rate]:
        """The primary limits by resource (`core`, `search`, `graphql`), as the last answers told them."""
        return dict(self._exchange.limits.rates)

    def get(self, path: str, params: Params | None = None) -> JsonObject:
        """The JSON of a resource, which is an object. Raises GitHubError.

        An issue that was transferred answers with the one that it became: compare `repository_url`.
        """
        answer = self._read(self._url(path, params), path)
        data = parse_rest_data(answer)
        if not isinstance(data, dict):
            raise GitHubError(
                f"GET {path}: the response is not an object", kind="server", status=answer.status
            )
        return data

    def probe(self, path: str, params: Params | None = None) -> HttpResponse:
        """The whole answer of a GET, refusals included, for what its status and headers tell.

        Raises GitHubError when there is none: GitHub cannot be reached, fails, or limits.
        """

        def judge(answer: HttpResponse) -> ResponseError | None:
            trouble = find_rest_error(answer)
            return trouble if trouble is not None and trouble.again != "never" else None

        return self._answer(self._read_request("GET", self._url(path, params), path, judge))

    def pages(
        self, path: str, params: Params | None = None, limit: int | None = None, *, member: str = "items"
    ) -> Iterator[JsonObject]:
        """The items of a list over all its pages, at most `limit`; each page is fetched when it is needed.

        `member` is where the list stands when the answer is an object, as in searches. Raises GitHubError.
        """
        size = 100 if limit is None else max(1, min(100, limit))
        url: str | None = self._url(path, {"per_page": size, **(params or {})})
        left, seen = limit, set[str]()
        while url is not None and (left is None or left > 0):
            seen.add(url)
            answer = self._read(url, path)
            items = _read_items(answer, path, member)
            yield from items if left is None else items[:left]
            left = None if left is None else left - len(items)
            url = next_page(answer.headers.get("link"), self._address, url)
            if url in seen:
                raise GitHubError(f"GET {path}: pagination loop", kind="server")

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
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
        request = Request(
            method,
            self._url(path, None),
            f"{method} {path}",
            find_rest_error,
            json.dumps(body).encode() if body is not None else None,
            NOTIFYING if notifies else WRITE,
            repeatable=method != "POST" if repeatable is None else repeatable,
            happened=happened,
        )
        done = self._exchange.send(request)
        return done.value if isinstance(done, AlreadyDone) else parse_rest_data(done)

    def keep_pace(self, *, notifies: bool = False) -> None:
        """Wait until a write may be sent, so that what is read next is as new as can be when it is."""
        self._exchange.keep_pace(NOTIFYING if notifies else WRITE)

    @contextmanager
    def looking_again(self, look: Callable[[], None]) -> Iterator[None]:
        """Call `look` before the first write within that had to wait; what it raises prevents the write."""
        self._exchange.write_check = look
        try:
            yield
        finally:
            self._exchange.write_check = None

    def graphql(self, name: str, variables: Mapping[str, object] | None = None) -> Any:
        """The `data` of a document of DOCUMENTS. Raises GitHubError; KeyError for a name that is none.

        What is optional in a document and not there is null in the data.
        """
        document = DOCUMENTS[name]
        sorts = (NOTIFYING if document.notifies else WRITE).sorts
        request = Request(
            "POST",
            self._address.graphql,
            f"GraphQL {name}",
            lambda answer: find_graphql_error(answer, document),
            json.dumps({"query": document.text, "variables": dict(variables or {})}).encode(),
            RequestCost(sorts, 5, "graphql") if document.writes else QUERY,
            "graphql",
        )
        return parse_graphql_data(self._answer(request))

    def _url(self, path: str, params: Params | None) -> str:
        if not path.startswith("/") or "?" in path or "#" in path or ".." in path.split("/"):
            raise ValueError(f"not a path of GitHub's: {path[:80]!r}")
        given = {
            name: _format_parameter(value) for name, value in (params or {}).items() if value is not None
        }
        return self._address.base + path + (f"?{urlencode(given)}" if given else "")

    def _read_request(
        self, method: str, url: str, path: str, judge: Callable[[HttpResponse], ResponseError | None]
    ) -> Request:
        search = path.startswith("/search/")
        return Request(
            method,
            url,
            f"{method} {path}",
            judge,
            load=SEARCH if search else READ,
            resource="search" if search else "core",
        )

    def _read(self, url: str, path: str) -> HttpResponse:
        return self._answer(self._read_request("GET", url, path, find_rest_error))

    def _answer(self, request: Request) -> HttpResponse:
        done = self._exchange.send(request)
        assert isinstance(done, HttpResponse)
        return done


def _read_items(answer: HttpResponse, path: str, member: str) -> list[JsonObject]:
    """The items of one page of a list. Raises GitHubError."""
    data = parse_rest_data(answer)
    items = data.get(member) if isinstance(data, dict) else data
    if not isinstance(items, list) or len(as_objects(items)) < len(items):
        message = f"GET {path}: the response is not a list of objects"
        raise GitHubError(message, kind="server", status=answer.status)
    return as_objects(items)


def _format_parameter(value: str | int | bool) -> str:
    """A parameter as GitHub reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
