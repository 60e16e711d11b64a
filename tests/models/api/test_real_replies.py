"""Replies as real servers give them (`replies.yaml`), over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from rulewright.models.answer_checks import check_answer
from rulewright.models.api.api_provider import ApiProvider
from rulewright.models.api.chat_request import RequestSettings
from rulewright.models.api.http_client import ApiClient, ApiKey
from rulewright.models.api.server_message import MAX_MESSAGE
from rulewright.models.providers import ProviderError
from rulewright.models.task import Abstention, Task, TaskAnswer

CASES: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(
    (Path(__file__).parent / "replies.yaml").read_text("utf-8")
)
PARTS: dict[str, dict[str, Any]] = {
    "classify": {"labels": (("bug", "it fails"), ("idea", "a wish"))},
    "extract": {"schema": {"type": "object"}},
    "summarize": {"max_words": 20},
}


def ask(served: Any, kind: Any, schema: Any = None) -> Any:
    """The checked answer, as a policy gets it, without pauses between attempts."""
    client = ApiClient(served.base_url, ApiKey(""), 5.0, sleep=lambda _: None)
    task = Task(kind, "x", "Read.", "0" * 64, (("body", "It fails."),), **PARTS[kind])
    task = task._replace(schema=schema or task.schema)
    found = ApiProvider(RequestSettings("small"), client).answer(task)
    return check_answer(task, found) if isinstance(found, TaskAnswer) else found


def reply(case: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    body = case.get("body")
    if "message" in case:
        choice = {
            "index": 0,
            "message": case["message"],
            "finish_reason": case.get("finish", "stop"),
            "logprobs": None,
        }
        body = {"id": "x", "object": "chat.completion", "choices": [choice], "usage": {"prompt_tokens": 9}}
    return case.get("status", 200), {}, body.encode() if isinstance(body, str) else body


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_reply_becomes_an_answer_an_abstention_or_a_failure(served: Any, case: dict[str, Any]) -> None:
    served.replies.append(reply(case))
    if "failure" in case:
        with pytest.raises(ProviderError) as caught:
            ask(served, case["task"])
        assert (caught.value.message, caught.value.hint) == (case["failure"], case.get("hint"))
        assert len(served.asked) == case["asked"]
        return
    found = ask(served, case["task"], case.get("schema"))
    assert len(served.asked) == 1
    if "value" in case:
        assert isinstance(found, TaskAnswer), found
        assert found.value == case["value"]
    else:
        assert isinstance(found, Abstention), found
        assert found.code == case["code"]
        assert case.get("reason", found.reason) == found.reason


def test_a_servers_message_is_one_line_of_visible_characters(served: Any) -> None:
    served.replies.append((400, {}, {"error": {"message": "\x1b[31mBad\nrequest\u202e " + "x" * 999}}))
    with pytest.raises(ProviderError) as caught:
        ask(served, "classify")
    said = caught.value.message.removeprefix("status 400; the server says: ")
    assert said.startswith("[31mBad request xxx")
    assert len(said) == MAX_MESSAGE


def test_reports_that_the_server_refuses_do_not_close_it_for_others(served: Any) -> None:
    """A provider that fails three times in a row is not asked for a minute: a refused report is no failure."""
    from rulewright.models.budget import Budget
    from rulewright.models.chain import ProviderChain
    from rulewright.models.models_config import ModelsConfig

    refused = next(case for case in CASES if "Azure" in case["name"])
    served.replies += [reply(refused)] * 4
    served.says('{"label": "bug"}')
    config: dict[str, Any] = {"kind": "api", "base_url": served.base_url, "model": "small"}
    chain = ProviderChain(ModelsConfig("live", "", ("cloud",), {"cloud": config}, {}, Budget()))
    task = Task("classify", "x", "Read.", "0" * 64, (("body", "It fails."),), **PARTS["classify"])
    said = [chain.ask(task).said for _ in range(5)]
    assert [type(one) for one in said] == [Abstention] * 4 + [TaskAnswer]
    chain.close()
