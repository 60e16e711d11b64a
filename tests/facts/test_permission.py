"""What somebody may do is asked of GitHub, once for each login, and only for logins that the event vouches for."""

from __future__ import annotations

from typing import Any

import pytest

import rulewright
from rulewright.events.model import Absent
from rulewright.facts.gathering import NOT_GATHERED
from rulewright.policy.diagnostics import SourceError

NOW = "2026-01-05T09:00:00Z"
TEXT = """\
let:
  role: { permission: sender }
  owner: { permission: author }
rules:
  - id: trusted
    when: { role: { in: [admin, maintain] }, owner: { exists: true } }
    then: [ { notify: { channel: oncall, text: Look. } } ]
"""


def test_each_login_is_asked_for_once(program: Any, payload: dict[str, Any], reader: Any) -> None:
    made = reader(permission="admin")
    facts = rulewright.gather(program(TEXT), payload, now=NOW, reader=made)
    assert facts.values == {"role": "admin", "owner": "admin"}
    assert made.asked == ["permission octocat"]


def test_without_a_reader_it_is_not_gathered(program: Any, payload: dict[str, Any]) -> None:
    assert rulewright.gather(program(TEXT), payload, now=NOW).absent == {
        "role": NOT_GATHERED,
        "owner": NOT_GATHERED,
    }


@pytest.mark.parametrize("answer", [SourceError("no network"), "owner"])
def test_what_github_does_not_say_is_absent(
    program: Any, payload: dict[str, Any], reader: Any, answer: Any
) -> None:
    facts = rulewright.gather(program(TEXT), payload, now=NOW, reader=reader(permission=answer))
    assert facts.values == {}
    assert all(absent.failed for absent in facts.absent.values())


def test_an_event_without_the_login_or_the_repository(
    program: Any, payload: dict[str, Any], reader: Any
) -> None:
    made = reader(permission="read")
    del payload["sender"]
    facts = rulewright.gather(program(TEXT), payload, now=NOW, reader=made)
    assert (facts.values, facts.absent["role"]) == (
        {"owner": "read"},
        Absent("`sender` is no login in this event"),
    )
    del payload["repository"]
    facts = rulewright.gather(program(TEXT), payload, now=NOW, reader=made)
    assert facts.absent["owner"] == Absent("the event names no repository")
