"""A budget binds whatever a server counts: over HTTP, from the configuration to the reason in words."""

from __future__ import annotations

from typing import Any

import pytest

from rulewright.models.chain import ProviderChain
from rulewright.models.models_config import read_models_config
from rulewright.models.task import Task
from rulewright.policy.config import Config

LABELS = (("bug", "it fails"), ("idea", "a wish"))
TASK = Task("classify", "x", "Read.", "0" * 64, (("body", "It fails."),), labels=LABELS)


@pytest.mark.parametrize(
    ("budget", "price", "usage", "calls"),
    [
        ({"tokens": 100}, {}, {"prompt_tokens": 30, "completion_tokens": 20}, 2),
        ({"tokens": 100}, {}, {}, 2),
        ({"tokens": 100}, {}, None, 2),
        ({"tokens": 100}, {}, {"prompt_tokens": 0}, 17),
        ({"cost": 0.001}, {"prompt": 10, "generated": 10}, {}, 2),
    ],
)
def test_a_budget_ends_the_calls(served: Any, budget: Any, price: Any, usage: Any, calls: int) -> None:
    choice = {"message": {"content": '{"label": "bug"}'}, "finish_reason": "stop"}
    served.replies.append((200, {}, {"choices": [choice], "usage": usage}))
    cloud = {"kind": "api", "base_url": served.base_url, "model": "small", "price": price}
    config = Config({"models": {"budget": budget}, "providers": {"cloud": cloud}})
    chain = ProviderChain(read_models_config(config))
    reasons = [chain.ask(TASK).reason for _ in range(20)]
    chain.close()
    assert len(served.asked) == calls
    assert "the models budget of the run is used up" in reasons[-1]
