"""Models behind the proxy of a company: the variables that are documented for GitHub hold for them."""

from __future__ import annotations

from typing import Any

import pytest

from rulewright.models.api.api_provider import build_api_provider
from rulewright.models.providers import ProviderError
from rulewright.models.task import Task, TaskAnswer

TASK = Task("classify", "x", "Read.", "0" * 64, (("body", "It fails."),), labels=(("bug", ""), ("idea", "")))


def test_a_request_takes_the_proxy(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    served.says('{"label": "bug"}')
    monkeypatch.setenv("http_proxy", served.base_url.removesuffix("/v1"))
    monkeypatch.setenv("no_proxy", "internal.example")
    made = build_api_provider({"base_url": "http://models.example/v1", "model": "m"})
    found = made.answer(TASK)
    made.close()
    assert isinstance(found, TaskAnswer)
    assert [path for path, _, _ in served.asked] == ["http://models.example/v1/chat/completions"]


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    made = build_api_provider({"base_url": "http://models.example/v1", "model": "m", "attempts": 1})
    with pytest.raises(ProviderError, match="the proxy refused the connection"):
        made.answer(TASK)
