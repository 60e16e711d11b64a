"""One request from its bytes to its answer: who asks, is it well-formed, limited, failed; and what it does."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from github_simulator.call import Answer, Call, Refusal, missing
from github_simulator.faults import Fault
from github_simulator.identity import Identity, admit, anonymous, visible
from github_simulator.limits import SECONDARY, Resource
from github_simulator.rest.route import Route
from github_simulator.rest.table import find, methods
from github_simulator.server import Raw, Reply, encoded

if TYPE_CHECKING:
    from github_simulator.simulator import Simulator

__all__ = ["Logged", "Pipeline"]

_BY_ID = re.compile(r"/repositories/(\d+)(/.*)?")
_UNICORN = (
    b"<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head><body>502</body></html>\n"
)


@dataclass(slots=True)
class Logged:
    """One request as the simulator saw it. `effect`: whether it changed anything it asked for."""

    number: int
    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: Mapping[str, str]  # without Authorization
    login: str
    at: float
    status: int = 0
    fault: str | None = None
    effect: bool = False
    operation: str | None = None  # the GraphQL operation's name


class Pipeline:
    """Turns requests into replies. One effect at a time; requests may still overlap while they wait."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator
        self._numbers = itertools.count(1)
        self._running = 0
        self._count = threading.Lock()
        self.lock = threading.RLock()

    def answer(self, raw: Raw) -> Reply:
        with self._count:
            self._running += 1
            running = self._running
        try:
            return self._answer(raw, running)
        finally:
            with self._count:
                self._running -= 1

    def _answer(self, raw: Raw, running: int) -> Reply:
        sim = self._sim
        path, _, query_text = raw.target.partition("?")
        path = path.removeprefix("/api/v3")
        if path.startswith("/_hooks/"):
            return sim.hooks.receive(unquote(path.removeprefix("/_hooks/")), raw)
        if path == "/api/graphql":
            path = "/graphql"
        query = dict(parse_qsl(query_text, keep_blank_values=True))
        shown = {name: value for name, value in raw.headers.items() if name != "authorization"}
        entry = Logged(next(self._numbers), raw.method, path, query, None, shown, "", sim.clock.now())
        if sim.latency:
            sim.clock.advance(sim.latency)
        with self.lock:
            sim.requests.append(entry)
        try:
            who = self._who(raw)
            entry.login = who.who.account.login
            entry.body = _body(raw)
        except Refusal as refusal:
            return self._refused(entry, refusal, None)
        graphql = path == "/graphql"
        conditional = "if-none-match" in raw.headers
        fault = sim.faults.choose(raw.method, path, graphql=graphql, conditional=conditional)
        entry.fault = fault.mode if fault else None
        if fault is not None and fault.mode == "slow":
            sim.clock.advance(fault.seconds)
        with self.lock:
            reply = self._serve(raw, entry, who, fault, running)
        return _transported(reply, fault)

    def _serve(self, raw: Raw, entry: Logged, who: Identity, fault: Fault | None, running: int) -> Reply:
        sim, path = self._sim, entry.path
        resource = "graphql" if path == "/graphql" else ("search" if path.startswith("/search/") else "core")
        found = None if resource == "graphql" else find(raw.method, self._named(path))
        operation = sim.graphql.inspect(entry) if resource == "graphql" else None
        write = operation.write if operation else raw.method not in ("GET", "HEAD")
        content = operation.creates if operation else bool(found and found[0].creates)
        try:
            if path != "/rate_limit":
                sim.limits.admit(who, resource, write=write, content=content, running=running)
            if fault is not None and (early := self._early(fault, who)) is not None:
                return self._finished(entry, early, sim.limits.resource(who, resource))
            if operation is not None:
                answer, entry.effect = sim.graphql.run(operation, entry, who, fault)
            else:
                answer, entry.effect = self._rest(raw, entry, who, found), write
        except Refusal as refusal:
            if path != "/rate_limit":
                sim.limits.charge(who, resource)
            refusal.headers += self._scopes(who, found)
            return self._refused(entry, refusal, sim.limits.resource(who, resource))
        if resource != "graphql":
            sim.checks.response(raw.method, self._named(path), answer.status, answer.data)
        body = b"" if answer.data is None else encoded(answer.data)
        tag = f'W/"{hashlib.sha256(body + who.token.encode()).hexdigest()[:40]}"'
        same = tag in raw.headers.get("if-none-match", "") or (
            fault is not None and fault.mode == "stale_304"
        )
        if raw.method == "GET" and same and answer.status == 200:
            # Not modified: free when the request was authenticated.
            if who.kind == "anonymous":
                sim.limits.charge(who, resource)
            return self._finished(
                entry, Answer(304, None, (("ETag", tag),)), sim.limits.resource(who, resource)
            )
        if path != "/rate_limit":
            sim.limits.charge(who, resource)
        headers = (*answer.headers, *self._scopes(who, found))
        if raw.method == "GET" and answer.status == 200:
            headers = (*headers, ("ETag", tag), ("Cache-Control", "private, max-age=60, s-maxage=60"))
        counted = sim.limits.resource(who, resource)
        return self._finished(entry, answer._replace(headers=headers), counted, body)

    def _rest(
        self, raw: Raw, entry: Logged, who: Identity, found: tuple[Route, dict[str, str]] | None
    ) -> Answer:
        sim = self._sim
        named = self._named(entry.path)
        problem = sim.checks.request(raw.method, named, entry.query, entry.body)
        if found is None:
            if methods(named):
                raise missing()
            if problem is None:
                sim.violations.append(f"{raw.method} {entry.path}: GitHub has this, the simulator does not")
            raise missing()
        route, parts = found
        repository = None
        if "{owner}/{repo}" in route.template:
            full_name = f"{parts['owner']}/{parts['repo']}"
            repository = sim.world.repository(full_name)
            if repository is None and (number := sim.world.moved.get(full_name.casefold())):
                raise self._moved(raw.method, named, parts, number)
            if repository is None or not visible(who, repository):
                raise missing()
        needs = self._narrowed(route, parts, repository)
        admit(who, repository, needs, route.role)
        if repository is not None and repository.archived and raw.method != "GET":
            raise Refusal(403, "Repository was archived so is read-only.")
        if problem is not None:
            raise Refusal(422, f"Invalid request.\n\n{problem}")
        base = sim.base_url + entry.path
        if repository is not None:
            prefix = f"/repos/{parts['owner']}/{parts['repo']}"
            base = f"{sim.base_url}/repositories/{repository.id}{named[len(prefix) :]}"
        call = Call(
            sim,
            who,
            raw.method,
            entry.path,
            parts,
            entry.query,
            entry.body,
            repository,
            base,
            dict(raw.headers),
        )
        return route.handler(call)

    def _moved(self, method: str, named: str, parts: dict[str, str], number: int) -> Refusal:
        """Where a renamed repository is now; writes are redirected in a way that keeps their method."""
        rest = named[len(f"/repos/{parts['owner']}/{parts['repo']}") :]
        url = f"{self._sim.base_url}/repositories/{number}{rest}"
        status, said = (301, "Moved Permanently") if method == "GET" else (307, "Temporary Redirect")
        return Refusal(status, said, url=url, headers=(("Location", url),))

    def _narrowed(self, route: Route, parts: dict[str, str], repository: Any) -> Any:
        """An issue takes the permission for issues; a pull request either of the two."""
        if repository is None or "issue_number" not in parts or len(route.needs) < 2:
            return route.needs
        issue = repository.issues.get(int(parts["issue_number"]) if parts["issue_number"].isdecimal() else 0)
        return route.needs if issue is None or issue.pull is not None else route.needs[:1]

    def _named(self, path: str) -> str:
        """`/repositories/123/issues`, as in page links, by its name."""
        match = _BY_ID.fullmatch(path)
        repository = self._sim.world.repository_by_id(int(match[1])) if match else None
        return f"/repos/{repository.full_name}{match[2] or ''}" if match and repository else path

    def _who(self, raw: Raw) -> Identity:
        """Raises the 401 and 403 that come before anything else."""
        if not raw.headers.get("user-agent"):
            raise Refusal(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
            )
        text = raw.headers.get("authorization")
        if text is None:
            return anonymous(self._sim.world)
        scheme, _, token = text.partition(" ")
        known = self._sim.identities.get(token.strip())
        if scheme.casefold() not in ("bearer", "token") or known is None:
            raise Refusal(401, "Bad credentials")
        return known

    def _early(self, fault: Fault, who: Identity) -> Answer | None:
        """The answer of a fault that comes before the effect; None where the effect comes first."""
        sim = self._sim
        wait = str(max(1, round(fault.seconds)))
        if fault.mode in ("error_before", "html", "cut_before"):
            return Answer(fault.status, {"message": "Server Error"})
        if fault.mode == "secondary":
            # Who is not told how long waits the minute that the documentation asks for.
            sim.limits.block(who, float(wait) if sim.limits.advises else sim.limits.block_seconds)
            headers = (("Retry-After", wait),) if sim.limits.advises else ()
            return Answer(
                403, {"message": SECONDARY, "documentation_url": "https://docs.github.com"}, headers
            )
        if fault.mode == "too_many":
            sim.limits.block(who, float(wait))
            return Answer(429, {"message": SECONDARY}, (("Retry-After", wait),))
        if fault.mode == "graphql_limited":
            sim.limits.exhaust(who, "graphql", fault.seconds)
            return Answer(200, {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]})
        return None

    def _refused(self, entry: Logged, refusal: Refusal, resource: Resource | None) -> Reply:
        return self._finished(entry, Answer(refusal.status, refusal.data, refusal.headers), resource)

    def _finished(
        self, entry: Logged, answer: Answer, resource: Resource | None, body: bytes | None = None
    ) -> Reply:
        entry.status = answer.status
        payload = body if body is not None else (b"" if answer.data is None else encoded(answer.data))
        headers: list[tuple[str, str]] = [
            ("Server", "github.com"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("X-GitHub-Media-Type", "github.v3; format=json"),
            ("X-GitHub-Api-Version-Selected", "2022-11-28"),
            ("X-GitHub-Request-Id", f"SIM0:{entry.number:06X}"),
            ("Date", self._sim.http_date()),
        ]
        if resource is not None:
            headers += resource.headers()
        return Reply(answer.status, (*headers, *answer.headers), payload)

    def _scopes(
        self, who: Identity, found: tuple[Route, dict[str, str]] | None
    ) -> tuple[tuple[str, str], ...]:
        if who.kind == "user" and who.permissions is None:
            return (("X-OAuth-Scopes", ", ".join(who.scopes or ())), ("X-Accepted-OAuth-Scopes", "repo"))
        if found is None or who.kind == "anonymous" or not found[0].needs:
            return ()
        return (
            ("X-Accepted-GitHub-Permissions", "; ".join(f"{name}={level}" for name, level in found[0].needs)),
        )


def _body(raw: Raw) -> Any:
    if not raw.body:
        return None
    try:
        return json.loads(raw.body)
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None


def _transported(reply: Reply, fault: Fault | None) -> Reply:
    """The reply as it reaches the client."""
    if fault is None:
        return reply
    if fault.mode in ("cut_before", "cut_after"):
        return reply._replace(transport="cut")
    if fault.mode == "truncated" and len(reply.body) > 1:
        return reply._replace(transport="truncated")
    if fault.mode == "error_after" and reply.status < 400:
        kept = tuple(pair for pair in reply.headers if pair[0] not in ("ETag", "Link"))
        return Reply(fault.status, kept, b'{"message":"Server Error"}')
    if fault.mode == "html":
        kept = tuple(pair for pair in reply.headers if pair[0] != "Content-Type")
        return Reply(502, (*kept, ("Content-Type", "text/html; charset=utf-8")), _UNICORN)
    return reply
