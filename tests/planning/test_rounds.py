"""Decisions of later rounds of planning, by number."""

from __future__ import annotations

from typing import Any

import rulewright
from rulewright.events.model import Event
from rulewright.planning.planner import trace_plan
from rulewright.planning.rounds import decision_about, decisions_of_round, matched_rounds

NOW = "2026-01-05T09:00:00Z"
CHAIN = """
rules:
  - { id: a, when: { state: open }, then: [ add_labels: one ] }
  - { id: b, when: { labels: { contains: one } }, then: [ add_labels: two ] }
  - { id: c, when: { labels: { contains: two } }, then: [ add_labels: three ] }
  - { id: d, when: { labels: { contains: never } }, then: [ add_labels: four ] }
"""


def traced(program: Any, payload: Any, *texts: str, on: str = "issues.opened") -> Any:
    loaded = program(*texts, on=on)
    facts = rulewright.gather(loaded, Event("issues", "opened", payload), now=NOW)
    return trace_plan(rulewright.evaluate(loaded, facts))


def test_a_rule_of_a_later_round_is_explained_on_the_state_of_that_round(program: Any, payload: Any) -> None:
    found = traced(program, payload, CHAIN)
    assert {decided.number for decided in found.later} == {2, 3, 4}
    for number, rule, label in ((2, "b", "one"), (3, "c", "two")):
        decision = decision_about(found.later, number, "p0", rule)
        assert decision is not None
        explained = rulewright.explain(decision, "p0", rule)
        assert explained.status == "matched"
        assert label in str(explained.tree.actual)
    second = decision_about(found.later, 2, "p0", "c")
    assert second is not None
    assert rulewright.explain(second, "p0", "c").status == "not_matched"
    assert decision_about(found.later, 9, "p0", "c") is None
    assert decision_about(found.later, 2, "other", "c") is None
    assert matched_rounds(found.later, "p0", "b") == (2, 3, 4)
    assert matched_rounds(found.later, "p0", "c") == (3, 4)
    assert matched_rounds(found.later, "p0", "d") == ()


def test_rounds_agree_with_those_that_effects_name(program: Any, payload: Any) -> None:
    found = traced(program, payload, CHAIN)
    for effect in found.plan.effects:
        if effect.round > 1:
            rule = effect.rule.partition("/")[2]
            assert effect.round in matched_rounds(found.later, "p0", rule)


def test_a_round_tells_what_changed_and_the_facts_it_saw(program: Any, payload: Any) -> None:
    first = traced(program, payload, CHAIN).later[0]
    assert first.number == 2
    assert {"labels", "label:one"} <= first.changed
    names = [label["name"] for label in first.facts.event.payload["issue"]["labels"]]
    assert names == ["severity/low", "one"]
    assert first.facts is first.decision.facts


def test_a_policy_that_only_a_caused_event_reaches_has_its_decision(program: Any, payload: Any) -> None:
    found = traced(
        program,
        payload,
        "rules:\n  - { id: a, when: { action: opened }, then: [ add_labels: one ] }\n"
        "  - { id: b, when: { label.name: one }, then: [ add_labels: two ] }\n",
        on="issues.opened, issues.labeled",
    )
    about_event, caused, *_ = decisions_of_round(found.later, 2)
    assert (about_event.facts.event.action, caused.facts.event.action) == ("opened", "labeled")
    assert decision_about(found.later, 2, "p0", "b") is caused


def test_the_preview_of_observing_policies_stands_apart(program: Any, payload: Any) -> None:
    found = traced(program, payload, f"mode: observe{CHAIN}")
    assert found.plan.effects == ()
    assert decisions_of_round(found.later, 2) == ()
    assert len(decisions_of_round(found.later, 2, is_preview=True)) == 1
    decision = decision_about(found.later, 3, "p0", "c")
    assert decision is not None
    assert decision.policy("p0").matched[-1].id == "c"
