"""Servers that gates ask for measurements: the hosts of `sources.hosts`, over HTTP, and no others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.facts.measure.files import resolve_inside
from rulewright.github.secret import Secret
from rulewright.measurements.queried.table import QUERIERS
from rulewright.measurements.reader import UnusableSource
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.json_types import as_object
from rulewright.policy.quantity import parse_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from rulewright.github.transport import Transport
    from rulewright.measurements.queried.access import Send
    from rulewright.measurements.reader import Reading, Selection
    from rulewright.policy.config import SourceHost
    from rulewright.policy.json_types import Json

ATTEMPTS: Final = 2
"""Questions change nothing, so that a broken connection is tried once more."""


class MaskedAnswer(NamedTuple):
    """An answer of a host, without its token."""

    status: int
    body: bytes


def build_query(
    hosts: Mapping[str, SourceHost],
    folder: str,
    now: str,
    environment: Mapping[str, str] = os.environ,
    transport: Transport | None = None,
) -> Callable[[str, Mapping[str, Json], Selection], Reading | None]:
    """What asks the servers and stores of `source:` mappings: (kind, source, selection) → reading, or None for a source
    that is read as a file.

    `folder`: paths are relative to it and stay in it; `now`: ISO 8601. Raises UnusableSource.
    """
    send = build_send(environment, transport)

    def find(path: str) -> Path:
        from pathlib import Path

        found = Path(resolve_inside(path, folder))
        if not found.exists():
            raise UnusableSource("no_source", f"there is no file {path}")
        return found

    def read(path: str) -> bytes:
        try:
            return read_bytes(find(path))
        except SourceError as error:
            raise UnusableSource("unreadable", error.message) from None

    def query(kind: str, source: Mapping[str, Json], selection: Selection) -> Reading | None:
        where = source.get(kind)
        details = {"query": where} if kind == "prometheus" and isinstance(where, str) else as_object(where)
        if details is None or kind not in QUERIERS:
            return None
        # A gate that reads files alone asks nobody.
        from rulewright.measurements.queried.access import Access

        access = Access(hosts, send, read, find, parse_moment(now) or 0.0)
        return QUERIERS[kind](details, selection, access)

    return query


def build_send(environment: Mapping[str, str], transport: Transport | None = None) -> Send:
    """What sends one request to a host. Its token is read from the variable that the host names, goes to that host
    alone, and is masked in answers. The HTTP library is loaded when the first request is sent."""
    opened = transport

    def send(host: SourceHost, method: str, path: str, body: bytes | None) -> MaskedAnswer:
        from rulewright.github.transport import ConnectionBroken, NotRetryable, NotSent, Transport

        nonlocal opened
        opened = opened or Transport()
        secret = _read_secret(host, environment)
        headers = {"accept": "application/json", **secret.header()}
        if body is not None:
            headers["content-type"] = "application/json"
        url = host.url.rstrip("/") + path
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = opened.request(method, url, headers, body)
            except NotRetryable as error:
                raise UnusableSource("unreadable", f"{host.url}: {error}") from None
            except (NotSent, ConnectionBroken) as error:
                if attempt == ATTEMPTS:
                    code = "no_source" if isinstance(error, NotSent) else "unreadable"
                    raise UnusableSource(code, f"{host.url}: {error}") from None
            else:
                text = answer.body.decode("utf-8", "surrogateescape")
                return MaskedAnswer(answer.status, secret.out_of(text).encode("utf-8", "surrogateescape"))
        raise AssertionError("unreachable")

    return send


def _read_secret(host: SourceHost, environment: Mapping[str, str]) -> Secret:
    if host.token_env is None:
        return Secret(None)
    token = environment.get(host.token_env, "")
    if not token.strip():
        reason = f"the environment variable {host.token_env} with the token for {host.url} is not set"
        raise UnusableSource("unsuitable", reason)
    try:
        return Secret(token)
    except UsageError as error:
        raise UnusableSource("unsuitable", f"{host.token_env}: {error.message}") from None
