"""Steps of a plan: each effect with the state before and after it, and what of the state differs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.events.model import Event
from rulewright.events.snapshot import Snapshot
from rulewright.planning.plan_json import predicted_json
from rulewright.planning.planner import plan
from rulewright.planning.steps import changed_members, plan_steps, predict_state

NOW = "2026-01-05T09:00:00Z"

RULES = """
rules:
  - id: a
    when: { state: open }
    then:
      - set_title: Crash in the installer
      - add_labels: [bug, triage]
      - remove_labels: [severity/low]
      - assign: octocat
      - warn: look
      - close
"""


def facts_of(program: Any, payload: dict[str, Any], *texts: str, **given_facts: Any) -> Any:
    import rulewright

    event = Event("issues", "opened", payload)
    return rulewright.evaluate(
        program(*texts), rulewright.gather(program(*texts), event, now=NOW, given=given_facts)
    )


def test_each_step_begins_where_the_one_before_it_ends(program: Any, payload: Any) -> None:
    decision = facts_of(program, payload, RULES)
    made = plan(decision)
    steps = plan_steps(made, decision.facts.event)
    assert tuple(step.effect for step in steps) == made.effects
    assert [step.before for step in steps[1:]] == [step.after for step in steps[:-1]]
    assert {step.role for step in steps} == {"planned"}
    last = steps[-1].after
    assert last is not None
    assert predicted_json(last) == made.predicted
    assert (last.title, last.labels, last.assignees, last.state) == (
        "Crash in the installer",
        ("bug", "triage"),
        ("octocat",),
        "closed",
    )
    told = {step.effect.action: changed_members(step.before, step.after) for step in steps}
    assert told["warn"] == ()
    (title,) = told["set_title"]
    assert (title.member, title.before, title.after) == ("title", "Crash on start", "Crash in the installer")
    (labels,) = told["add_labels"]
    assert (labels.added, labels.removed) == (("bug", "triage"), ())
    assert [change.member for change in told["close"]] == ["state", "state_reason"]


def test_texts_are_whole_where_the_plan_has_hashes(program: Any, payload: Any) -> None:
    text = (
        "let: { pii: { detect: pii, in: [issue.body] } }\n"
        "rules:\n  - { id: a, when: { pii.count: { gt: 0 } }, then: [ mask: pii ] }\n"
    )
    payload["issue"]["body"] = "mail octo@octo-org.dev now"
    decision = facts_of(program, payload, text)
    (step,) = plan_steps(plan(decision), decision.facts.event)
    (body,) = changed_members(step.before, step.after)
    assert (body.member, body.before) == ("body", "mail octo@octo-org.dev now")
    assert "octo-org.dev" not in str(body.after)
    assert str(body.after).startswith("mail ")


def test_what_is_held_back_or_observed_goes_on_from_what_is_planned(program: Any, payload: Any) -> None:
    enforced = "rules:\n  - { id: a, when: { state: open }, then: [ add_labels: first ] }\n"
    observing = "mode: observe\nrules:\n  - { id: b, when: { state: open }, then: [ add_labels: second ] }\n"
    decision = facts_of(program, payload, enforced, observing)
    steps = plan_steps(plan(decision), decision.facts.event)
    assert [(step.role, step.effect.texts("labels")) for step in steps] == [
        ("planned", ["first"]),
        ("observed", ["second"]),
    ]
    assert steps[1].after is not None
    assert steps[1].after.labels == ("severity/low", "first", "second")
    held = plan_steps(plan(decision, allowance=0), decision.facts.event)
    assert [step.role for step in held] == ["held_back", "observed"]
    assert held[0].before is not None
    assert held[0].before.labels == ("severity/low",)


def test_an_event_without_such_a_subject_has_no_states(program: Any) -> None:
    text = "rules:\n  - { id: a, when: { action: created }, then: [ warn: look ] }\n"
    loaded = program(text, on="deployment.created")
    import rulewright

    event = Event(
        "deployment",
        "created",
        {"action": "created", "deployment": {"id": 1}, "repository": {"full_name": "octo-org/demo"}},
    )
    made = plan(rulewright.evaluate(loaded, rulewright.gather(loaded, event, now=NOW)))
    assert [(step.before, step.after) for step in plan_steps(made, event)] == [(None, None)]
    assert changed_members(None, None) == ()
    assert predict_state(None, made.effects) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"title": "New"}, {"member": "title", "before": "Old", "after": "New"}),
        ({"body": None}, {"member": "body", "before": "text", "after": None}),
        (
            {"labels": ("B", "c")},
            {
                "member": "labels",
                "before": ["a", "b"],
                "after": ["B", "c"],
                "added": ["c"],
                "removed": ["a"],
            },
        ),
        (
            {"assignees": ()},
            {"member": "assignees", "before": ["octocat"], "after": [], "removed": ["octocat"]},
        ),
        ({"milestone": "v2"}, {"member": "milestone", "before": "v1", "after": "v2"}),
        ({"fields": {"1/Status": "Done"}}, {"member": "fields.1/Status", "before": "Todo", "after": "Done"}),
        ({"fields": {}}, {"member": "fields.1/Status", "before": "Todo", "after": None}),
        ({"locked": True}, {"member": "locked", "before": False, "after": True}),
        ({"comments": ({"body": "x"},)}, {"member": "comments", "before": None, "after": [{"body": "x"}]}),
    ],
)
def test_a_member_that_differs_is_told_with_both_values(change: dict[str, Any], told: dict[str, Any]) -> None:
    before = Snapshot(
        title="Old",
        body="text",
        labels=("a", "b"),
        assignees=("octocat",),
        milestone="v1",
        fields={"1/Status": "Todo"},
    )
    (found,) = changed_members(before, before._replace(**change))
    assert found.as_json() == told


NAMES = st.lists(st.sampled_from(["bug", "Bug", "ui", "docs"]), max_size=3, unique_by=str.casefold).map(tuple)
STATES = st.builds(
    Snapshot,
    title=st.sampled_from([None, "a", "b"]),
    body=st.sampled_from([None, "a", "b"]),
    state=st.sampled_from(["open", "closed"]),
    labels=NAMES,
    assignees=NAMES,
    milestone=st.sampled_from([None, "v1"]),
    fields=st.dictionaries(st.sampled_from(["1/Status", "1/Size"]), st.sampled_from(["x", "y"])),
    locked=st.booleans(),
)


@settings(deadline=None)
@given(STATES, STATES)
def test_the_way_back_swaps_before_and_after(before: Snapshot, after: Snapshot) -> None:
    there = {change.member: change for change in changed_members(before, after)}
    back = {change.member: change for change in changed_members(after, before)}
    assert there.keys() == back.keys()
    for name, change in there.items():
        other = back[name]
        assert (change.before, change.after) == (other.after, other.before)
        assert (change.added, change.removed) == (other.removed, other.added)
        assert change.before != change.after
    assert changed_members(before, before) == ()
