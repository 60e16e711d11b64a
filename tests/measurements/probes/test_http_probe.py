"""The probe `http` against a real service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from measurements.probes.observing import observe
from rulewright.measurements.probes.observation import Probe
from rulewright.policy.diagnostics import UsageError

Build = Callable[..., Probe]


def test_latency_contains_what_the_service_takes(build: Build, service: Any) -> None:
    service.delay = 0.05
    observation = observe(build("http", {"url": "/health"}))
    assert observation.failure == ""
    assert 0.05 <= observation.values[""] < 1


def test_an_earlier_start_counts(build: Build) -> None:
    import time

    probe = build("http", {"url": "/health"})
    assert probe.observe(0, time.perf_counter() - 3).values[""] > 3


@pytest.mark.parametrize(
    ("settings", "failure"),
    [
        ({"url": "/status/500"}, "status 500"),
        ({"url": "/status/404", "status": [200, 404]}, ""),
        ({"url": "/status/503", "status": 503}, ""),
        ({"url": "/health", "status": 204}, "status 200"),
        ({"url": "/moved"}, "status 302"),
        ({"url": "/health", "body": {"contains": "ok"}}, ""),
        ({"url": "/health", "body": {"contains": "fine"}}, "the body does not contain the expected text"),
        ({"url": "/health", "body": {"jmespath": "status == 'ok'"}}, ""),
        ({"url": "/health", "body": {"jmespath": "status"}}, "`status` is not true of the body"),
        ({"url": "/health", "body": {"jmespath": "sum(status)"}}, "`sum(status)` is not true of the body"),
        ({"url": "http://127.0.0.1:1/"}, "no connection"),
    ],
)
def test_an_unexpected_answer_is_a_failure(build: Build, settings: dict[str, Any], failure: str) -> None:
    observation = observe(build("http", settings))
    assert observation.failure == failure
    assert set(observation.values) == (set() if failure else {""})


def test_a_late_answer_is_a_failure(build: Build, service: Any) -> None:
    service.running.clear()
    assert observe(build("http", {"url": "/health"}, timeout=0.1)).failure == "no answer within 0.1 s"


def test_an_answer_that_arrives_byte_by_byte_ends_at_the_deadline(build: Build) -> None:
    assert observe(build("http", {"url": "/drip"}, timeout=0.3)).failure == "no complete answer within 0.3 s"


def test_what_is_sent(build: Build, service: Any) -> None:
    headers = {"Authorization": {"env": "CHAT_KEY"}, "x-team": "search"}
    observe(build("http", {"url": "/health", "json": {"a": 1}, "headers": headers}))
    method, path, sent, body = service.seen[-1]
    assert (method, path, body) == ("POST", "/health", b'{"a": 1}')
    assert sent["authorization"] == "sk-1234567890"
    assert sent["x-team"] == "search"
    assert sent["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "https://example.com/"}, "requests to example.com are not allowed"),
        ({"url": "ftp://127.0.0.1/"}, "no address of http or https"),
        ({"url": "health"}, "neither an address nor a path"),
        ({"url": "/health", "base": "assistent"}, "there is no base `assistent`; did you mean `assistant`"),
        ({"url": "/health", "headers": {"x": {"env": "MISSING"}}}, "variable MISSING is not set"),
        ({"url": "/health", "body": {"jmespath": "status =="}}, "not a JMESPath expression"),
        ({"url": "/health", "body": {"jmespath": "sun(status)"}}, "not a JMESPath expression"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_sent(
    build: Build, service: Any, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        build("http", settings, place="measure.yaml:7")
    assert service.seen == []
