"""prune_comment: only the tool's own comment goes, and only while it says what it said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rulewright.actions.comment import marker_of
from rulewright.actions.port import RecordingPort
from rulewright.events.snapshot import Snapshot
from rulewright.policy.diagnostics import PolicyError
from rulewright.run.apply import apply

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.actions.plan import Plan

TARGET = "octo-org/demo#3"
RULES = """
rules:
  - id: incomplete
    when: { body: { missing: true } }
    then: [ comment: { text: Something is missing. } ]
  - id: complete
    when: { body: { exists: true } }
    then: [ prune_comment: incomplete ]
"""
MARK = marker_of("p0/incomplete")
OWN = {"id": 7, "own": True, "body": f"{MARK}\nSomething is missing."}


@pytest.fixture
def with_comments(payload: dict[str, Any], planned: Callable[..., Plan]) -> Callable[..., Plan]:
    def make(*comments: Any, **issue: Any) -> Plan:
        payload["comments"] = list(comments)
        return planned(RULES, **issue)

    return make


def actions(plan: Plan) -> list[str]:
    return [effect.action for effect in plan.effects]


def test_a_settled_comment_goes_and_nothing_follows(with_comments: Callable[..., Plan]) -> None:
    plan = with_comments({"body": "Hello", "own": False}, OWN)
    assert actions(plan) == ["prune_comment"]
    state = Snapshot(body="x", state="open", comments=({"body": "Hello", "own": False}, OWN))
    port = RecordingPort({TARGET: state})
    assert [record.status for record in apply(plan, port).records] == ["applied"]
    assert port.snapshots[TARGET].comments == ({"body": "Hello", "own": False},)
    assert [record.status for record in apply(plan, port).records] == ["unchanged"]


@pytest.mark.parametrize(
    "comment",
    [
        {**OWN, "own": False},
        {"id": 7, "body": OWN["body"]},
        {**OWN, "body": f"Look: {OWN['body']}"},
        {**OWN, "body": marker_of("p0/incomplete", "key")},
        {**OWN, "body": marker_of("p1/incomplete")},
    ],
)
def test_no_other_comment_goes(with_comments: Callable[..., Plan], comment: dict[str, Any]) -> None:
    assert actions(with_comments(comment)) == []


def test_as_long_as_it_is_not_settled_the_comment_stays(with_comments: Callable[..., Plan]) -> None:
    assert actions(with_comments(OWN, body=None)) == []


def test_what_was_edited_meanwhile_is_left(with_comments: Callable[..., Plan]) -> None:
    plan = with_comments(OWN)
    changed = {**OWN, "body": f"{MARK}\nSomething else is missing."}
    port = RecordingPort({TARGET: Snapshot(body="x", state="open", comments=(changed,))})
    assert [record.status for record in apply(plan, port).records] == ["precondition_failed"]
    assert port.snapshots[TARGET].comments == (changed,)


def test_a_comment_that_another_writes_over_the_gap_is_not_taken_for_it(
    with_comments: Callable[..., Plan],
) -> None:
    plan = with_comments(OWN)
    port = RecordingPort({TARGET: Snapshot(body="x", state="open", comments=({**OWN, "own": False},))})
    assert [record.status for record in apply(plan, port).records] == ["unchanged"]


def test_comments_that_nobody_has_read_are_not_guessed(planned: Any, payload: dict[str, Any]) -> None:
    del payload["comments"]
    assert actions(planned(RULES)) == []


def test_a_rule_that_is_not_there_is_said(planned: Any) -> None:
    with pytest.raises(PolicyError) as error:
        planned(RULES.replace("prune_comment: incomplete", "prune_comment: { of: incomplet }"))
    (found,) = [one for one in error.value.diagnostics if one.severity == "error"]
    assert (found.code, found.hint) == ("RW316", "did you mean `incomplete`?")
