"""A plan is made again with what the effects of its later rounds must have seen."""

from __future__ import annotations

from typing import Any

import pytest

import rulewright
from rulewright.planning.replan import decide_and_plan, unseen_parts

NOW = "2026-01-05T09:00:00Z"
TEXT = """\
rules:
  - { id: first, when: { state: open }, then: [ { add_labels: bug } ] }
  - { id: second, when: { labels: { contains: bug } }, then: [ { comment: { text: Hello. } } ] }
  - id: third
    when: { labels: { contains: bug } }
    then: [ { set_field: { project: 1, field: Status, value: Done } } ]
"""


class Reader:
    def __init__(self, **parts: Any) -> None:
        self.parts, self.asked = parts, []

    def __getattr__(self, name: str) -> Any:
        def answer(*_: Any) -> Any:
            self.asked.append(name)
            return self.parts[name]

        return answer


def test_what_a_later_round_acts_on_is_read_before(program: Any, payload: dict[str, Any]) -> None:
    loaded = program(TEXT)
    del payload["comments"]
    comments = [{"body": "<!-- rulewright:p0/second -->\nHello."}]
    reader: Any = Reader(timeline=[], viewer=None, comments=comments, fields={"1/Status": "Done"})
    facts = rulewright.gather(loaded, payload, now=NOW, reader=reader)
    assert reader.asked == ["timeline", "viewer"]
    found = decide_and_plan(loaded, facts, reader)
    assert reader.asked == ["timeline", "viewer", "comments", "fields"]
    assert [effect.action for effect in found.plan.effects] == ["add_labels"]
    assert unseen_parts(found.plan, found.facts) == frozenset()
    assert decide_and_plan(loaded, found.facts, reader).plan == found.plan


def test_without_a_reader_it_is_the_plain_plan(program: Any, payload: dict[str, Any]) -> None:
    loaded = program(TEXT)
    facts = rulewright.gather(loaded, payload, now=NOW)
    found = decide_and_plan(loaded, facts)
    assert found.facts is facts
    assert found.plan == rulewright.plan(rulewright.evaluate(loaded, facts))
    assert unseen_parts(found.plan, facts) == {"timeline", "fields"}


def test_what_a_later_round_asks_for_is_gathered_before(program: Any, payload: dict[str, Any]) -> None:
    loaded = program(
        """\
let:
  role: { permission: author }
  asked: { timeline: labeled, label: bug, by: bot }
  other: { timeline: labeled, label: help, by: bot }
rules:
  - { id: first, when: { state: open }, then: [ { add_labels: bug } ] }
  - { id: second, when: { labels: { contains: bug }, role: { in: [write] } }, then: [ { add_labels: ours } ] }
  - { id: third, when: { labels: { contains: bug }, asked.count: { gt: 0 } }, then: [ { add_labels: asked } ] }
  - { id: fourth, when: { labels: { contains: bug }, other.count: { gt: 0 } }, then: [ { add_labels: other } ] }
"""
    )
    past = [
        {
            "event": "labeled",
            "label": {"name": "help"},
            "created_at": NOW,
            "actor": {"login": "b", "type": "Bot"},
        }
    ]
    reader: Any = Reader(timeline=past, viewer=None, permission="write")
    facts = rulewright.gather(loaded, payload, now=NOW, reader=reader)
    assert "permission" not in reader.asked
    found = decide_and_plan(loaded, facts, reader)
    # Our own label will stand in the timeline, so what it says of that one now is of no use.
    assert reader.asked == ["timeline", "viewer", "permission"]
    assert set(found.facts.values) == {"role", "other"}
    assert [effect.arguments["labels"] for effect in found.plan.effects] == [["bug"], ["ours"], ["other"]]
    assert decide_and_plan(loaded, found.facts, reader).plan == found.plan


@pytest.mark.parametrize(
    ("arguments", "changed", "unknown"),
    [
        ({"label": "approved", "by": "human", "standing": True}, "label:approved", True),
        ({"label": "approved", "by": "human", "standing": True}, "label:bug", False),
        ({"label": "approved", "by": "human"}, "label:approved", False),
        ({"by": "human", "standing": True}, "label:bug", True),
    ],
)
def test_what_a_plan_does_to_a_label_that_stands_is_not_known_before(
    arguments: dict[str, Any], changed: str, unknown: bool
) -> None:
    from rulewright.planning.cascade import depends_on
    from rulewright.program.named_facts import Need

    need = Need("p", "it", "timeline", {"timeline": "labeled", **arguments})
    assert depends_on(need, frozenset({changed}), {}) is unknown


@pytest.mark.parametrize(
    ("source", "arguments", "known"),
    [
        ("classify", {"classify": {"input": ["body"], "labels": ["a", "b"]}}, {"title", "comments"}),
        ("classify", {"classify": "Is it?", "into": ["a", "b"]}, {"comments"}),
        ("extract", {"extract": {"input": ["issue.title"], "schema": {}}}, {"body", "comments"}),
        ("call", {"call": "mood", "with": {"text": "title"}}, {"body", "comments"}),
        ("call", {"call": "mood"}, {"title"}),
        ("call", {"call": "other"}, {"title", "body", "comments"}),
        ("detect", {"detect": "pii", "in": ["body"]}, {"title", "comments"}),
        ("detect", {"detect": "pii"}, set()),
        ("required_fields", {"required_fields": ["title"]}, {"title", "comments"}),
        ("related_docs", {"related_docs": "docs"}, {"comments"}),
    ],
)
def test_what_a_plan_changes_voids_the_facts_that_are_made_of_it(
    source: str, arguments: dict[str, Any], known: set[str]
) -> None:
    from rulewright.planning.cascade import depends_on
    from rulewright.program.named_facts import Need

    tasks: Any = {"mood": {"classify": {"input": ["comments[].body"], "labels": ["calm", "angry"]}}}
    need = Need("p", "it", source, arguments)
    parts = {"title", "body", "comments"}
    assert {part for part in parts if not depends_on(need, frozenset({part}), tasks)} == known
