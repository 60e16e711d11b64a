"""What a change does to the subject's own record of it, and what a pull request does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rulewright
from rulewright.events.model import Event, Facts
from rulewright.planning.planner import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.program import Program

STALE = """
rules:
  - { id: mark, when: { issue.updated_at: { older_than: 14d } }, then: [ MARK ] }
  - id: close
    when: { issue.updated_at: { older_than: 14d }, labels: { contains: stale } }
    then: [ close ]
  - { id: fresh, when: { issue.updated_at: { newer_than: 1d } }, then: [ notify: { channel: x, text: fresh } ] }
"""


def test_what_was_just_marked_stale_is_not_closed_in_the_same_plan(planned: Any) -> None:
    made = planned(STALE.replace("MARK", "add_labels: stale"), updated_at="2025-01-01T00:00:00Z")
    assert [(e.action, e.round) for e in made.effects] == [("add_labels", 1), ("notify", 2)]


def test_a_comment_that_the_event_does_not_show_touches_the_subject(
    program: Callable[..., Program], payload: dict[str, Any]
) -> None:
    del payload["comments"]
    payload["issue"]["updated_at"] = "2025-01-01T00:00:00Z"
    loaded = program(STALE.replace("MARK", "comment: { text: Hello }"))
    made = plan(
        rulewright.evaluate(loaded, Facts(Event("issues", "opened", payload), "2026-01-05T09:00:00Z"))
    )
    assert [(e.action, e.round) for e in made.effects] == [("comment", 1), ("notify", 2)]


def test_closing_and_commenting_are_recorded(planned: Any) -> None:
    made = planned(
        """
rules:
  - { id: a, when: { state: open }, then: [ close, comment: { text: Bye } ] }
  - { id: b, when: { issue.closed_at: { exists: true } }, then: [ warn: closed ] }
  - { id: c, when: { issue.comments: 6 }, then: [ warn: six ] }
""",
        closed_at=None,
        comments=5,
    )
    assert [e.action for e in made.effects] == ["close", "comment", "warn", "warn"]


def test_a_pull_request_closes_for_no_reason(
    program: Callable[..., Program], payload: dict[str, Any]
) -> None:
    loaded = program("rules: [ { id: a, when: { state: open }, then: [ close ] } ]\n", on="pull_request")
    event = Event("pull_request", "opened", {"action": "opened", "pull_request": payload["issue"]})
    made = plan(rulewright.evaluate(loaded, Facts(event, "2026-01-05T09:00:00Z")))
    assert [(e.action, dict(e.arguments)) for e in made.effects] == [("close", {})]
    assert made.predicted["state"] == "closed"
