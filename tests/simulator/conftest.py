"""A simulator, and a client so plain that nothing but the simulator is tested."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from github_simulator import Simulator


class Got(NamedTuple):
    status: int
    data: Any
    headers: Mapping[str, str]


Ask = Callable[..., Got]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A running simulator; neither requests nor its own answers may offend GitHub's description of its API."""
    with Simulator() as running:
        running.checks.responses = True
        yield running
    assert running.violations == []


@pytest.fixture
def ask(sim: Simulator) -> Ask:
    """`ask("GET", "/repos/…", token=…, body=…, headers=…)`; without a token a workflow's is made."""
    return asker(sim)


def asker(sim: Simulator) -> Ask:
    made: list[str] = []

    def ask(
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Got:
        if token is None:
            made[:] = made or [sim.token("actions")]
            token = made[0]
        url = path if path.startswith("http") else sim.api_url + path
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, method=method)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                status, text, got = answer.status, answer.read(), dict(answer.headers.items())
        except urllib.error.HTTPError as error:
            with error:
                status, text, got = error.code, error.read(), dict(error.headers.items())
        return Got(status, json.loads(text) if text else None, got)

    return ask
