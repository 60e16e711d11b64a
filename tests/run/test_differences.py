"""Differences of decisions and of plans, as data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright
from rulewright.actions.plan import Effect, Plan
from rulewright.events.model import Event
from rulewright.planning.planner import plan
from rulewright.run.differences import diff_decisions, diff_plans

if TYPE_CHECKING:
    from rulewright.evaluate.decision import Decision

NOW = "2026-01-05T09:00:00Z"
BASE = """
rules:
  - { id: a, when: { state: open }, then: [ add_labels: one ] }
  - { id: b, when: { title: { contains: Crash } }, then: [ add_labels: two ] }
"""
OPEN = "rules:\n  - { id: a, when: { state: open }, then:"


def decide(program: Any, payload: Any, *texts: str, kind: str = "Triage", **issue: Any) -> Decision:
    shown = {**payload, "issue": {**payload["issue"], **issue}}
    loaded = program(*texts, kind=kind)
    facts = rulewright.gather(loaded, Event("issues", "opened", shown), now=NOW)
    return rulewright.evaluate(loaded, facts)


def told(before: Decision, after: Decision) -> list[tuple[str, str, list[tuple[str, str, Any, Any]]]]:
    return [
        (
            one.policy,
            one.change,
            [
                (
                    entry.id,
                    entry.change,
                    entry.before and entry.before.status,
                    entry.after and entry.after.status,
                )
                for entry in one.entries
            ],
        )
        for one in diff_decisions(before, after)
    ]


def test_the_same_decision_has_no_differences(program: Any, payload: Any) -> None:
    decision = decide(program, payload, BASE)
    again = decide(program, payload, BASE)
    assert diff_decisions(decision, again) == ()
    assert diff_plans(plan(decision), plan(again)) == ()


def test_an_edit_turns_a_rule(program: Any, payload: Any) -> None:
    before = decide(program, payload, BASE)
    after = decide(program, payload, BASE, title="Blank page")
    (policy,) = diff_decisions(before, after)
    assert (policy.verdict_before, policy.verdict_after) == ("matched", "matched")
    (entry,) = policy.entries
    assert entry.decides_otherwise
    assert policy.as_json() == {
        "policy": "p0",
        "change": "changed",
        "verdict_before": "matched",
        "verdict_after": "matched",
        "entries": [
            {
                "id": "b",
                "role": "rule",
                "change": "changed",
                "before": {"status": "matched"},
                "after": {"status": "not_matched"},
            }
        ],
    }


def test_rules_and_policies_of_one_side_are_new_or_gone(program: Any, payload: Any) -> None:
    other = "rules:\n  - { id: x, when: { state: open }, then: [ add_labels: three ] }\n"
    changed = BASE.replace("id: b", "id: c").replace("contains: Crash", "contains: nothing")
    one, two = decide(program, payload, BASE), decide(program, payload, changed, other)
    assert told(one, two) == [
        ("p0", "changed", [("c", "new", None, "not_matched"), ("b", "gone", "matched", None)]),
        ("p1", "new", [("x", "new", None, "matched")]),
    ]
    assert told(two, one) == [
        ("p0", "changed", [("b", "new", None, "matched"), ("c", "gone", "not_matched", None)]),
        ("p1", "gone", [("x", "gone", "matched", None)]),
    ]
    entries = diff_decisions(one, two)[0].entries
    assert [entry.decides_otherwise for entry in entries] == [False, True]


def test_a_skip_that_ends_a_policy_is_told_with_what_it_skips(program: Any, payload: Any) -> None:
    skipping = (
        "skip:\n  - { id: bots, when: { title: { contains: robot } } }\n"
        "  - { id: late, when: { title: { contains: late } } }\n" + BASE
    )
    before = decide(program, payload, skipping, title="Crash")
    after = decide(program, payload, skipping, title="robot Crash")
    (policy,) = diff_decisions(before, after)
    assert (policy.verdict_before, policy.verdict_after) == ("matched", "skipped")
    assert [
        (entry.id, entry.role, entry.before and entry.before.status, entry.after and entry.after.status)
        for entry in policy.entries
    ] == [
        ("bots", "skip", "not_matched", "matched"),
        ("late", "skip", "not_matched", "skipped"),
        ("a", "rule", "matched", "skipped"),
        ("b", "rule", "matched", "skipped"),
    ]


def test_verdicts_of_objectives_are_compared() -> None:
    from rulewright.policy.files import data_folder

    loaded = rulewright.load(data_folder("rules") / "slo" / "assistant.yaml")
    event = {"action": "completed", "measurement": {"objective": "none"}}
    base = rulewright.gather(loaded, Event("measurement", "completed", event), now=NOW)
    name = next(entry.id for policy in loaded.policies for entry in policy.entries if entry.measured)
    before = rulewright.evaluate(loaded, base)
    value = {"values": [100.0] * 400, "unit": "ms"}
    after = rulewright.evaluate(loaded, base._replace(values={name: value}))
    (policy,) = diff_decisions(before, after)
    found = {entry.id: entry for entry in policy.entries}
    assert found[name].before is not None
    assert found[name].before.verdict == "NO_DATA"
    assert found[name].after is not None
    assert found[name].after.verdict not in (None, "NO_DATA")


def test_effects_are_new_gone_or_changed(program: Any, payload: Any) -> None:
    before = plan(
        decide(
            program,
            payload,
            f"{OPEN} [ set_title: One, comment: {{ text: 'A' }}, close ] }}\n",
        )
    )
    after = plan(
        decide(
            program,
            payload,
            f"{OPEN} [ add_labels: new, set_title: Two, comment: {{ text: 'B' }} ] }}\n",
        )
    )
    found = diff_plans(before, after)
    assert [(one.change, (one.after or one.before).action, one.arguments) for one in found] == [  # type: ignore[union-attr]
        ("new", "add_labels", ()),
        ("changed", "set_title", ("title",)),
        ("changed", "comment", ("body", "sha256")),
        ("gone", "close", ()),
    ]
    title, comment = found[1], found[2]
    assert "key" in title.members
    assert "key" not in comment.members
    assert json.loads(json.dumps(comment.as_json()))["arguments"] == ["body", "sha256"]


def test_an_effect_that_is_held_back_now_stands_in_another_part(program: Any, payload: Any) -> None:
    decision = decide(program, payload, BASE)
    found = diff_plans(plan(decision), plan(decision, allowance=1))
    assert [(one.change, one.members, one.role_before, one.role_after) for one in found] == [
        ("changed", ("role",), "planned", "held_back")
    ]


@pytest.mark.parametrize("empty", [Plan((), "0" * 64)])
def test_against_an_empty_plan_all_is_new_or_gone(program: Any, payload: Any, empty: Plan) -> None:
    made = plan(decide(program, payload, BASE))
    assert {one.change for one in diff_plans(empty, made)} == {"new"}
    assert {one.change for one in diff_plans(made, empty)} == {"gone"}
    assert len(diff_plans(made, empty)) == len(made.effects)


EFFECTS = st.lists(
    st.builds(
        Effect,
        action=st.sampled_from(["warn", "set_title"]),
        target=st.just("octo/demo#1"),
        arguments=st.fixed_dictionaries({"message": st.sampled_from("abc")}),
        rule=st.sampled_from(["p/a", "p/b"]),
        key=st.sampled_from(["", "k1", "k2", "k3"]),
    ),
    max_size=5,
).map(tuple)


@settings(deadline=None)
@given(EFFECTS, EFFECTS)
def test_every_effect_is_paired_once_or_told(old: tuple[Effect, ...], new: tuple[Effect, ...]) -> None:
    found = diff_plans(Plan(old, ""), Plan(new, ""))
    counts = {change: sum(one.change == change for one in found) for change in ("new", "gone", "changed")}
    same = len(new) - counts["new"] - counts["changed"]
    assert same >= 0
    assert len(old) == same + counts["gone"] + counts["changed"]
    assert all(one.members for one in found if one.change == "changed")
    assert diff_plans(Plan(old, ""), Plan(old, "")) == ()
