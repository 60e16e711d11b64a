"""What a REST handler gets and gives: one call, one answer, or a refusal that says what GitHub would say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from github_simulator.world import Issue, Repository, Who, World

if TYPE_CHECKING:
    from github_simulator.identity import Identity
    from github_simulator.simulator import Simulator

__all__ = ["Answer", "Call", "Refusal", "field_error", "forbidden", "gone", "invalid", "missing", "paged"]

DOCS = "https://docs.github.com/rest"


class Answer(NamedTuple):
    """A status, what becomes the JSON body (None: no body), and further headers."""

    status: int
    data: Any = None
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """An answer outside 2xx, raised from wherever it is noticed."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.headers: tuple[tuple[str, str], ...] = more.pop("headers", ())
        docs = more.pop("documentation_url", DOCS)
        self.data = {"message": message, **more, "documentation_url": docs, "status": str(status)}


@dataclass(slots=True)
class Call:
    """One request, matched: `parts` are the path's parameters (decoded), `query` the last value of each."""

    simulator: Simulator
    identity: Identity
    method: str
    path: str
    parts: dict[str, str]
    query: dict[str, str]
    body: Any
    repository_or_none: Repository | None = None
    link_base: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.simulator.world

    @property
    def repository(self) -> Repository:
        assert self.repository_or_none is not None
        return self.repository_or_none

    @property
    def who(self) -> Who:
        return self.identity.who

    @property
    def fields(self) -> dict[str, Any]:
        return self.body if isinstance(self.body, dict) else {}

    def issue(self, name: str = "issue_number") -> Issue:
        """The issue in the path; 404 where there is none, 410 where it was deleted."""
        repository, text = self.repository, self.parts[name]
        number = int(text) if text.isdecimal() else 0
        found = repository.issues.get(number)
        if found is None:
            if number in repository.deleted:
                raise gone("This issue was deleted")
            raise missing()
        if not repository.has_issues and found.pull is None:
            raise gone("Issues are disabled for this repo")
        return found


def missing() -> Refusal:
    return Refusal(404, "Not Found")


def gone(message: str) -> Refusal:
    return Refusal(410, message)


def forbidden(message: str = "Must have admin rights to Repository.") -> Refusal:
    return Refusal(403, message)


def field_error(
    resource: str, name: str, code: str, value: Any = None, message: str | None = None
) -> Refusal:
    """A 422 as GitHub words it: which field of which resource, and why."""
    error: dict[str, Any] = {"resource": resource, "field": name, "code": code}
    if value is not None:
        error["value"] = value
    if message is not None:
        error["message"] = message
    return Refusal(422, "Validation Failed", errors=[error])


def invalid(message: str, **more: Any) -> Refusal:
    return Refusal(422, message, **more)


def paged(
    call: Call, items: Iterable[Any], render: Callable[[Any], Any], *, cap: int | None = None
) -> Answer:
    """One page of `items`, with the Link header that leads on. `per_page` is 30, at most 100, as on GitHub."""
    everything = list(items)
    size, page = page_of(call)
    if cap is not None:
        everything = everything[:cap]
    last = max(1, -(-len(everything) // size))
    shown = [render(one) for one in everything[(page - 1) * size : page * size]]
    return Answer(200, shown, link(call, page, last))


def page_of(call: Call) -> tuple[int, int]:
    """Size and number of the page asked for."""

    def number(name: str, otherwise: int) -> int:
        text = call.query.get(name, "")
        return max(1, int(text)) if text.isdecimal() else otherwise

    return min(100, number("per_page", 30)), number("page", 1)


def link(call: Call, page: int, last: int) -> tuple[tuple[str, str], ...]:
    targets = []
    if page < last:
        targets += [("next", page + 1), ("last", last)]
    if page > 1:
        targets += [("prev", min(page - 1, last)), ("first", 1)]
    if not targets:
        return ()
    # GitHub names the repository by its id here: who builds page URLs by hand notices.
    base = call.link_base
    kept = {name: value for name, value in call.query.items() if name != "page"}
    links = [f'<{base}?{urlencode({**kept, "page": number})}>; rel="{rel}"' for rel, number in targets]
    return (("Link", ", ".join(links)),)
