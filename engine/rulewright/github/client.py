"""GitHub's REST and GraphQL interfaces: one request at a time, paced, within the limits, tried again where it helps.

A token stands in one header of the requests and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlencode

from rulewright.github.address import Address, next_page
from rulewright.github.clock import Clock, SystemClock
from rulewright.github.documents import DOCUMENTS
from rulewright.github.errors import GitHubError
from rulewright.github.exchange import READ, Asked, Exchange, Found
from rulewright.github.graphql import graphql_data, graphql_trouble
from rulewright.github.pacing import Load
from rulewright.github.response_errors import Trouble, rest_data, rest_trouble
from rulewright.github.retry import Patience
from rulewright.github.secret import Secret
from rulewright.github.transport import Answer, Transport

if TYPE_CHECKING:
    from rulewright.github.limits import Rate
    from rulewright.github.secret import TokenKind

Params = Mapping[str, str | int | bool | None]
"""What follows the `?` of a request; None leaves a parameter out."""

WRITES: Final = frozenset(("POST", "PUT", "PATCH", "DELETE"))
SEARCH: Final = Load(("search",))
WRITE: Final = Load(("write",), 5)
NOTIFYING: Final = Load(("write", "notifying"), 5)
QUERY: Final = Load((), 1, "graphql")
PATIENCE: Final = Patience()


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
        self._transport = transport if transport is not None else Transport(proxy=self._address.proxy())
        secret = Secret(token)
        self._token_kind = secret.kind
        self._exchange = Exchange(
            secret,
            self._transport,
            clock if clock is not None else SystemClock(),
            patience,
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

    def get(self, path: str, params: Params | None = None) -> Any:
        """The JSON of a resource, which is an object. Raises GitHubError.

        An issue that was transferred answers with the one that it became: compare `repository_url`.
        """
        answer = self._read(self._url(path, params), path)
        data = rest_data(answer)
        if not isinstance(data, dict):
            raise GitHubError(f"GET {path}: the answer is not an object", kind="server", status=answer.status)
        return data

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
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise GitHubError(
                    f"GET {path}: the answer is not a list of objects", kind="server", status=answer.status
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
        done = self._exchange.send(asked)
        return done.value if isinstance(done, Found) else rest_data(done)

    def keep_pace(self, *, notifies: bool = False) -> None:
        """Wait until a write may be sent, so that what is read next is as new as can be when it is."""
        self._exchange.keep_pace(NOTIFYING if notifies else WRITE)

    @contextmanager
    def looking_again(self, look: Callable[[], None]) -> Iterator[None]:
        """Call `look` before the first write within that had to wait; what it raises prevents the write."""
        self._exchange.look = look
        try:
            yield
        finally:
            self._exchange.look = None

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
        done = self._exchange.send(asked)
        assert isinstance(done, Answer)
        return done


def written(value: str | int | bool) -> str:
    """A parameter as GitHub reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
