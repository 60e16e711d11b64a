"""Edits that turn a condition: tried one after the other, and on the whole condition."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.policy_builder import facts_of, head, issue, program_of
from rulewright.evaluate.attempt import TurnAttempt, attempt_turn
from rulewright.evaluate.evaluator import evaluate
from rulewright.evaluate.explain import explain
from rulewright.events.model import Event, Facts
from rulewright.events.payload_edit import with_value, without_value

if TYPE_CHECKING:
    from rulewright.evaluate.turning_edits import TurningEdit

LEAVES = [
    *("title: { eq: x }", "title: { ne: x }", "title: { in: [x, y] }", "title: { not_in: [x, other] }"),
    *(
        "title: { starts_with: [x, y] }",
        "title: { ends_with: '?' }",
        "title: { words: crash }",
        "title: { glob: 'x*z' }",
    ),
    *("title: { regex: '(?i)^(a|b)+[0-9]{2}' }", "title: { length: { gte: 5 } }", "title: { missing: true }"),
    *("body: { contains: crash }", "body: { contains_all: [a, b] }", "body: { contains_none: [a, b] }"),
    *("body: { length: 0 }", "body: { eq: { fact: title } }", "body: { exists: false }"),
    *("labels: { contains: a }", "labels: { contains_any: [b, c] }", "labels: { contains_all: [a, b, c] }"),
    *(
        "labels: { contains_none: [a, d] }",
        "labels: { glob: 's/*' }",
        "labels: { length: { between: [2, 3] } }",
    ),
    *(
        "labels: { missing: true }",
        "issue.number: { gt: 2.5 }",
        "issue.number: { lte: -1 }",
        "issue.number: { ne: 4 }",
    ),
    *(
        "issue.number: { between: [5, 7] }",
        "issue.number: { lt: 1e300 }",
        "issue.locked: true",
        "state: { ne: open }",
    ),
    *("age: { gt: 14d }", "age: { lte: 1h }", "issue.updated_at: { older_than: 2d }"),
    *(
        "issue.updated_at: { newer_than: 90m }",
        "issue.created_at: { gte: 2026-02-01 }",
        "now: { lt: 2026-01-01 }",
    ),
    *("made.count: { gt: 1 }", "made.of: { contains: x }", "alias: { eq: x }", "whole: { in: [a, b] }"),
]
LET = "let: { made: { call: m }, whole: { call: n }, alias: { jmespath: issue.milestone.title } }\n"


def some_issue(random: Random) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "title": random.choice(["x", "q", "B12?", "x crash z", None, 5]),
        "body": random.choice(["crash a b", "", "q", 3]),
        "state": random.choice(["open", "closed"]),
        "number": random.choice([0.5, 1, 4, 6, 10**400]),
        "locked": random.choice([True, False, "no"]),
        "labels": [
            {"name": name, "id": 1} for name in random.sample(["a", "B", "c", "s/x"], random.randint(0, 3))
        ],
        "created_at": random.choice(["2026-01-14T09:00:00Z", "2025-01-01", "never"]),
        "updated_at": "2026-01-15T08:00:00Z",
        "milestone": random.choice([None, {"title": "x"}]),
    }
    return {key: value for key, value in fields.items() if random.random() < 0.85}


def condition(random: Random, depth: int = 0) -> str:
    if depth == 2 or random.random() < 0.4:
        return f"{{ {random.choice(LEAVES)} }}"
    parts = ", ".join(condition(random, depth + 1) for _ in range(random.randint(1, 3)))
    return f"{{ {random.choice(['all', 'any', 'none'])}: [ {parts} ] }}"


def apply_edits(facts: Facts, edits: tuple[TurningEdit, ...]) -> Facts:
    payload, now, values = facts.event.payload, facts.now, dict(facts.values)
    for edit in edits:
        if edit.target == "now":
            now = str(edit.value)
        elif edit.target == "fact":
            values[edit.path[0]] = edit.value
        elif edit.operation == "remove":
            payload = without_value(payload, edit.path)
        else:
            payload = with_value(payload, edit.path, edit.value)
    return Facts(Event("issues", "opened", payload), now, values)


@given(st.integers(0, 10**9))
@settings(deadline=None, max_examples=200)
def test_the_edits_turn_the_condition(seed: int) -> None:
    random = Random(seed)
    when = condition(random)
    program = program_of(head(f"{LET}rules:\n  - {{ id: a, when: {when}, then: [close] }}\n"))
    facts = facts_of(issue(**some_issue(random)), {"made": {"count": 0}} if random.random() < 0.5 else {})
    decision = evaluate(program, facts)
    attempt = attempt_turn(decision, "intake", "a")
    before = explain(decision, "intake", "a").tree.verdict
    if attempt.reason is not None:
        assert attempt.edits == ()
        return
    after = explain(evaluate(program, apply_edits(facts, attempt.edits)), "intake", "a").tree.verdict
    assert after == ("false" if before == "true" else "true"), (when, facts, attempt)


@given(st.sampled_from(LEAVES), st.integers(0, 10**9))
@settings(deadline=None, max_examples=300)
def test_every_leaf_can_be_turned_alone(leaf: str, seed: int) -> None:
    program = program_of(head(f"{LET}rules:\n  - {{ id: a, when: {{ {leaf} }}, then: [close] }}\n"))
    fields = {"title": "x", **some_issue(Random(seed))}
    facts = facts_of(issue(**fields))
    attempt = attempt_turn(evaluate(program, facts), "intake", "a")
    if "{ fact:" in leaf and not isinstance(fields["title"], str):
        return
    assert attempt.reason is None
    assert len(attempt.edits) == 1
    assert len(attempt.flips) == 1


def attempt(when: str, fields: dict[str, Any], let: str = "") -> TurnAttempt:
    program = program_of(head(f"{let}rules:\n  - {{ id: a, when: {when}, then: [close] }}\n"))
    return attempt_turn(evaluate(program, facts_of(issue(**fields))), "intake", "a")


def test_of_several_choices_one_that_can_be_edited() -> None:
    found = attempt(
        "{ any: [ { jmespath: 'title == body' }, { title: x, body: { eq: y } } ] }", {"title": "t"}
    )
    assert [flip.path for flip in found.flips] == ["title", "body"]
    assert len(found.edits) == 2


def test_a_label_that_fits_a_pattern_is_one_that_the_policies_name() -> None:
    rules = (
        "  - { id: a, when: { labels: { glob: 'severity/*' } }, then: [close] }\n"
        "  - { id: b, when: { labels: { contains_any: [bug, severity/high] } }, then: [close] }\n"
    )
    decision = evaluate(program_of(head(f"rules:\n{rules}")), facts_of(issue(labels=[])))
    (edit,) = attempt_turn(decision, "intake", "a").edits
    assert edit.value == [{"name": "severity/high"}]
    assert attempt("{ labels: { glob: 'severity/*' } }", {"labels": []}).edits[0].value == [
        {"name": "severity/x"}
    ]


def test_a_fact_keeps_its_other_members() -> None:
    program = program_of(
        head(f"{LET}rules:\n  - {{ id: a, when: {{ made.count: {{ gt: 0 }} }}, then: [close] }}\n")
    )
    facts = facts_of(issue(), {"made": {"count": 0, "of": ["x"]}})
    (edit,) = attempt_turn(evaluate(program, facts), "intake", "a").edits
    assert edit == ("fact", ("made",), "set", {"count": 1, "of": ["x"]})


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("{ jmespath: 'title == body' }", "no value can be named for title == body"),
        ("{ title: { eq: { fact: body } } }", "no value can be named for title"),
        ("{ all: [ { title: x }, { title: y } ] }", "the changes undo each other"),
    ],
)
def test_why_there_are_none(when: str, reason: str) -> None:
    assert attempt(when, {"title": "t", "user": {"login": "mona"}}).reason == reason


def test_an_entry_that_the_policy_does_not_have() -> None:
    program = program_of(head("rules:\n  - { id: a, when: { title: x }, then: [close] }\n"))
    with pytest.raises(KeyError):
        attempt_turn(evaluate(program, facts_of(issue())), "intake", "b")
