"""The probe `chat` against a real service that streams."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from measurements.probes.observing import observe
from rulewright.measurements.probes.observation import Probe

Build = Callable[..., Probe]
CHAT = {"url": "/chat", "model": "small", "messages": [{"role": "user", "content": "Hello"}]}


def test_three_metrics(build: Build, service: Any) -> None:
    service.delay, service.token_delay = 0.1, 0.02
    probe = build("chat", CHAT)
    observation = observe(probe)
    assert observation.failure == ""
    assert set(observation.values) == set(probe.units) == {"", ".first_token", ".tokens_per_second"}
    first, total = observation.values[".first_token"], observation.values[""]
    assert 0.12 <= first < total - 0.09
    # Five tokens after the first, 20 ms apart; a busy machine only makes it slower.
    assert 1 < observation.values[".tokens_per_second"] <= 51


def test_the_tokens_that_the_server_counts(build: Build, service: Any) -> None:
    service.token_delay = 0.05
    plain = observe(build("chat", CHAT)).values[".tokens_per_second"]
    counted = observe(build("chat", {**CHAT, "parameters": {"how": "usage"}})).values[".tokens_per_second"]
    assert counted > plain * 1.3  # 11 tokens instead of 5 in the same time


def test_what_is_sent(build: Build, service: Any) -> None:
    settings = {
        **CHAT,
        "max_tokens": 3,
        "parameters": {"temperature": 0},
        "headers": {"x": {"env": "CHAT_KEY"}},
    }
    observe(build("chat", settings))
    _, _, headers, body = service.seen[-1]
    assert headers["x"] == "sk-1234567890"
    assert json.loads(body) == {
        "model": "small",
        "messages": CHAT["messages"],
        "max_tokens": 3,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"parameters": {"how": "error"}}, "the server sent an error"),
        ({"parameters": {"how": "breaks"}}, "the connection broke"),
        ({"parameters": {"how": "stops"}}, "the stream broke off"),
        ({"url": "/status/401"}, "status 401"),
        ({"url": "/health"}, "the stream broke off"),
        ({"max_tokens": 0}, "the answer has no text"),
    ],
)
def test_a_broken_answer_has_no_latency(build: Build, change: dict[str, Any], failure: str) -> None:
    assert observe(build("chat", {**CHAT, **change})) == ({}, failure)


def test_one_token_has_no_rate(build: Build) -> None:
    observation = observe(build("chat", {**CHAT, "max_tokens": 1}))
    assert set(observation.values) == {"", ".first_token"}
    assert observation.failure == "the answer has fewer than two tokens one after the other"
