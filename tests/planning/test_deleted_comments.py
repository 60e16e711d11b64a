"""A comment of the tool that a person deleted is not written again while its rule holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.events.model import Event, Facts
from rulewright.planning.planner import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.actions.plan import Plan

BOT = {"login": "github-actions[bot]", "type": "Bot"}
MONA = {"login": "mona", "type": "User"}
HOUR = "2026-01-05T08:00:00Z"
LATER = "2026-01-05T08:30:00Z"
NOW = "2026-03-05T09:00:00Z"
ASK = "{ id: ask, when: { issue.number: { exists: true } }, then: [ { comment: { text: Say more. } } ] }"
OLD = "{ id: old, when: { issue.created_at: { older_than: 30d } }, then: [ { comment: { text: It is old. } } ] }"
BUG = "{ id: bug, when: { labels: { contains: bug } }, then: [ { comment: { text: A bug. } } ] }"


def make_deletion(actor: Any = MONA, author: Any = BOT, at: str = HOUR, **more: Any) -> dict[str, Any]:
    return {
        "event": "comment_deleted",
        "created_at": at,
        "actor": actor,
        "deleted_comment_author": author,
        **more,
    }


@pytest.fixture
def after(program: Callable[..., Any], payload: dict[str, Any]) -> Callable[..., Plan]:
    """The plan of a rule after these entries of the timeline; the issue was opened an hour before the first of them."""

    def make(rule: str, *timeline: dict[str, Any], comments: Any = (), **issue: Any) -> Plan:
        about = {**payload["issue"], "created_at": "2026-01-05T07:00:00Z", **issue}
        shown = {**payload, "issue": about, "timeline": list(timeline), "comments": list(comments)}
        facts = Facts(Event("issues", "opened", shown), NOW, {}, {})
        return plan(rulewright.evaluate(program(f"rules:\n  - {rule}\n"), facts))

    return make


def test_it_stays_away_and_the_plan_says_why(after: Callable[..., Plan]) -> None:
    made = after(ASK, make_deletion())
    assert made.effects == ()
    ((rule, action, reason),) = made.notes
    assert rule.endswith("/ask")
    assert action == "comment"
    assert reason == f"mona deleted this comment at {HOUR}; it is not written again while the rule holds"


@pytest.mark.parametrize(
    "timeline",
    [
        pytest.param((), id="nothing was deleted"),
        pytest.param((make_deletion(actor=BOT),), id="the tool deleted it"),
        pytest.param(
            (make_deletion(actor={"login": "tidy[bot]", "type": "Bot"}),), id="a program deleted it"
        ),
        pytest.param((make_deletion(author=MONA),), id="a person's comment was deleted"),
        pytest.param((make_deletion(author=None),), id="its author's account is gone"),
    ],
)
def test_it_is_written_otherwise(after: Callable[..., Plan], timeline: Any) -> None:
    assert [one.action for one in after(ASK, *timeline).effects] == ["comment"]


def test_where_nothing_tells_whose_it_was_it_counts_as_the_tool_s(after: Callable[..., Plan]) -> None:
    unknown = make_deletion()
    del unknown["deleted_comment_author"]
    assert after(ASK, unknown).effects == ()


def test_a_rule_that_did_not_hold_then_writes(after: Callable[..., Plan]) -> None:
    assert [one.action for one in after(OLD, make_deletion()).effects] == ["comment"]
    assert after(OLD, make_deletion(at="2026-03-01T00:00:00Z")).effects == ()


def test_what_a_later_label_leads_to_is_written(after: Callable[..., Plan]) -> None:
    labels = [{"name": "Bug"}]
    labelled = {"event": "labeled", "created_at": LATER, "actor": MONA, "label": {"name": "bug"}}
    assert [
        one.action for one in after(BUG, make_deletion(), labelled, labels=[{"name": "bug"}]).effects
    ] == ["comment"]
    assert (
        after(
            BUG, make_deletion(at=LATER), {**labelled, "created_at": HOUR}, labels=[{"name": "bug"}]
        ).effects
        == ()
    )
    assert after(BUG, make_deletion(), labels=labels).effects == ()


def test_a_comment_that_is_there_is_kept_up(after: Callable[..., Plan]) -> None:
    (made,) = after(ASK).effects
    there = {"body": f"{made.arguments['marker']}\nBefore.", "user": BOT, "own": True, "created_at": HOUR}
    assert [one.action for one in after(ASK, make_deletion(), comments=[there]).effects] == ["comment"]


def test_the_last_deletions_are_looked_at(after: Callable[..., Plan]) -> None:
    many = [make_deletion(at=f"2026-01-05T08:{minute:02d}:00Z") for minute in range(30)]
    assert after(ASK, *many).effects == ()


def test_no_notification_is_sent_again(after: Callable[..., Plan]) -> None:
    rule = ASK.replace("] }", ", { notify: { channel: oncall, text: Look. } } ] }")
    assert after(rule, make_deletion()).effects == ()


def test_what_began_later_is_written(after: Callable[..., Plan]) -> None:
    def rule(when: str) -> str:
        return f"{{ id: one, when: {{ {when} }}, then: [ {{ comment: {{ text: Thanks. }} }} ] }}"

    def did(event: str, **more: Any) -> dict[str, Any]:
        return {"event": event, "created_at": LATER, "actor": MONA, **more}

    renamed = did("renamed", rename={"from": "It stops", "to": "An outage"})
    for when, change, shown in (
        ("issue.title: { contains: outage }", renamed, {"title": "An outage"}),
        ("issue.state: closed", did("closed"), {"state": "closed", "closed_at": LATER}),
        (
            "issue.milestone: { exists: true }",
            did("milestoned", milestone={"title": "2.0"}),
            {"milestone": {"title": "2.0"}},
        ),
    ):
        assert [one.action for one in after(rule(when), make_deletion(), change, **shown).effects] == [
            "comment"
        ], when
        assert after(rule(when), make_deletion(at=NOW), change, **shown).effects == (), when


def test_a_label_that_was_there_and_comes_again_counts_as_kept(after: Callable[..., Plan]) -> None:
    def label(event: str, minute: int) -> dict[str, Any]:
        at = f"2026-01-05T08:{minute}:00Z"
        return {"event": event, "created_at": at, "actor": MONA, "label": {"name": "bug"}}

    changes = (label("unlabeled", 10), label("labeled", 20))
    assert after(BUG, make_deletion(), *changes, labels=[{"name": "bug"}]).effects == ()
