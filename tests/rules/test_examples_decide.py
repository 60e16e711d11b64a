"""Each shipped policy has an example event about which it decides something."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.events.recognise import recognise
from rulewright.policy.files import data_folder

if TYPE_CHECKING:
    from rulewright.program.program import Program

NOW = "2026-01-05T09:00:00Z"
EXAMPLES = data_folder("examples")
GIVEN = {"duplicates": "duplicate"}
"""Policy → the example facts without which it has nothing to decide with: an index of issues is none of the event."""

SHOWN = {
    "answers": ("issue-comment-on-stale", "matched"),
    "assistant-promotion": ("promotion-request-staging", "ALLOWED"),
    "assistant-slo": ("measurement-release", "PASS"),
    "backlog": ("issue-labeled", "matched"),
    "board": ("issue-labeled", "matched"),
    "duplicates": ("issue-complete", "matched"),
    "intake": ("issue-opened", "matched"),
    "models": ("measurement-models", "PASS"),
    "owners": ("issue-labeled-needs-work", "matched"),
    "routing": ("issue-opened", "matched"),
    "service-levels": ("issue-labeled-needs-work", "matched"),
    "types": ("issue-opened", "matched"),
    "workers": ("issue-labeled-needs-work", "matched"),
}
"""Policy → an example event, and the verdict about it."""


@pytest.fixture(scope="module")
def shipped() -> Program:
    return rulewright.load(data_folder("rules"))


def read(folder: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / folder / f"{name}.json").read_text("utf-8"))
    return found


def verdict(program: Program, policy: str, event: str) -> str:
    given = read("given", GIVEN[policy]) if policy in GIVEN else None
    facts = rulewright.gather(program, recognise(read("events", event)), now=NOW, given=given)
    return rulewright.evaluate(program, facts).policy(policy).verdict


def test_every_shipped_policy_is_shown(shipped: Program) -> None:
    assert {policy.name for policy in shipped.policies} == set(SHOWN)


@pytest.mark.parametrize("policy", SHOWN)
def test_an_example_shows_what_a_policy_decides(policy: str, shipped: Program) -> None:
    event, expected = SHOWN[policy]
    assert verdict(shipped, policy, event) == expected


@pytest.mark.parametrize(
    ("policy", "event", "expected"),
    [
        ("assistant-slo", "measurement-slow", "FAIL"),
        ("assistant-promotion", "promotion-request", "DENIED"),
        ("answers", "issue-comment-created", "not_matched"),
    ],
)
def test_an_example_shows_the_other_answer(policy: str, event: str, expected: str, shipped: Program) -> None:
    assert verdict(shipped, policy, event) == expected
