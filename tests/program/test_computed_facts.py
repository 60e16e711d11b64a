"""Named facts: computed, given, gathered, shared between policies, and asked for only while they matter."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.policy_builder import compiled, facts_of, head, issue, program_of
from rulewright.evaluate.evaluator import evaluate
from rulewright.evaluate.explain import explain
from rulewright.program.frame import MISSING

RULE = "rules:\n  - {{ id: a, when: {when}, then: [close] }}\n"


def value(let: str, payload: dict[str, Any], values: Any = None, absent: Any = None, lists: str = "") -> Any:
    text = head(f"let: {{ {let} }}\n{lists}" + RULE.format(when="{ x: { exists: true } }"))
    decision = evaluate(program_of(text), facts_of(payload, values, absent=absent or {}))
    return decision.value("intake", "x")


LABELS = issue(labels=[{"name": "bug"}, {"name": "Severity/High"}, {"name": "severity/low"}])


@pytest.mark.parametrize(
    ("let", "payload", "expected"),
    [
        ("x: { value: 3 }", {}, 3),
        ("x: { value: [a, { b: 1 }] }", {}, ["a", {"b": 1}]),
        ("x: { jmespath: 'length(issue.labels)' }", LABELS, 3),
        ("x: { jmespath: 'length(labels)' }", LABELS, 3),
        ("x: { jmespath: 'issue.milestone.title' }", LABELS, MISSING),
        ("x: { jmespath: 'issue.milestone.title', otherwise: { value: none } }", LABELS, "none"),
        ("x: { jmespath: 'contains(lists.team, author)' }", issue(user={"login": "Ann"}), True),
        ("x: { jmespath: 'lists.team[1]' }", LABELS, "Bob"),
        ("x: { jmespath: 'sender' }", {"sender": {"login": "ann"}}, "ann"),
        ("x: { jmespath: 'sender.login' }", {"sender": {"login": "ann"}}, "ann"),
        (
            "x: { jmespath: 'sender == author' }",
            {"sender": {"login": "a"}, **issue(user={"login": "a"})},
            True,
        ),
        ("x: { jmespath: 'y.n', otherwise: { jmespath: 'y.m' } }, y: { value: { m: 5 } }", {}, 5),
        ("x: { label_group: severity }", LABELS, "High"),
        ("x: { label_group: SEVERITY }", LABELS, "High"),
        ("x: { label_group: area }", LABELS, MISSING),
        ("x: { label_group: area, otherwise: { value: core } }", LABELS, "core"),
        ("x: { label_group: area, otherwise: { jmespath: title } }", issue(title="T"), "T"),
        ("x: { label_group: straße }", issue(labels=[{"name": "STRASSE/nord"}]), "nord"),
        ("x: { label_group: a/b }", issue(labels=[{"name": "a/c"}, {"name": "A/B/c/d"}]), "c/d"),
        (
            "x: { label_group: severity }",
            issue(labels=[{"name": "severity/"}, None, 3, "severity/low"]),
            "low",
        ),
        ("x: { label_group: severity }", issue(labels="severity/low"), MISSING),
        ("x: { label_group: severity }", {"issue": 3}, MISSING),
    ],
)
def test_computed_facts(let: str, payload: dict[str, Any], expected: Any) -> None:
    assert value(let, payload, lists="lists: { team: [Ann, Bob] }\n") == expected


GUESS = "x: { label_group: severity, otherwise: { in: [title], call: guess, otherwise: { value: low } } }"


def test_what_is_gathered_comes_after_labels_and_before_what_is_left() -> None:
    assert value(GUESS, LABELS, {"x": "critical"}) == "High"
    assert value(GUESS, issue(labels=[]), {"x": "critical"}) == "critical"
    assert value(GUESS, issue(labels=[])) is MISSING  # not asked yet: unknown
    assert value(GUESS, issue(labels=[]), absent={"x": "the model is away"}) == "low"
    assert value(GUESS, issue(labels=[]), {"x": None}) == "low"
    assert value(GUESS, issue(labels=[]), {"x": "critical"}, {"x": "stale"}) == "critical"
    assert value("x: { call: guess }", issue(), absent={"x": "away"}) is MISSING


def test_a_given_value_overrides_a_computed_fact() -> None:
    assert value("x: { value: 3 }", {}, {"x": 4}) == 4
    assert value("x: { jmespath: title }", issue(title="T"), {"x": "given"}) == "given"


def test_a_payload_cannot_pose_as_a_fact() -> None:
    program = program_of(
        head("let: { x: { call: guess } }\n" + RULE.format(when="{ x: yes, age: { lt: 1d } }"))
    )
    keys = {key for fact in program.policies[0].facts.values() for key in (fact.key, fact.gathered_key)}
    payload = {
        **dict.fromkeys(keys, "yes"),
        "$age": 1,
        "$now": "2000-01-01",
        "$subject": {},
        "$": 1,
        "x": "yes",
    }
    decision = evaluate(program, facts_of({**payload, **issue(created_at="2026-01-15T08:00:00Z")}))
    assert decision.policies[0].rules[0].status == "undetermined"
    assert decision.frame["$now"] == "2026-01-15T09:00:00Z"
    assert "$" not in decision.frame


def policy(name: str, let: str) -> str:
    return head(f"let: {{ {let} }}\nlists: {{ team: [{name}] }}\n" + RULE.format(when="{ x: 1 }"), name=name)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("x: { value: 1 }", "x: { value: 1 }", True),
        ("x: { value: 1 }", "x: { value: 2 }", False),
        ("x: { jmespath: 'issue.number' }", "x: { jmespath: 'issue.number' }", True),
        ("x: { jmespath: y }, y: { value: 1 }", "x: { jmespath: y }, y: { value: 1 }", True),
        ("x: { jmespath: y }, y: { value: 1 }", "x: { jmespath: y }, y: { value: 2 }", False),
        (
            "x: { label_group: a, otherwise: { jmespath: y } }, y: { value: 1 }",
            "x: { label_group: a, otherwise: { jmespath: y } }, y: { value: 2 }",
            False,
        ),
        ("x: { jmespath: 'length(lists.team[0])' }", "x: { jmespath: 'length(lists.team[0])' }", False),
    ],
)
def test_facts_that_mean_the_same_are_computed_once(one: str, other: str, shared: bool) -> None:
    program = program_of(policy("first", one), policy("second", other))
    keys = [each.facts["x"].key for each in program.policies]
    assert (keys[0] == keys[1]) is shared


def test_facts_of_one_name_do_not_mix() -> None:
    program = program_of(
        policy("first", "x: { jmespath: y }, y: { value: 1 }"),
        policy("second", "x: { jmespath: y }, y: { value: 2 }"),
    )
    decision = evaluate(program, facts_of(issue()))
    assert [part.rules[0].status for part in decision.policies] == ["matched", "not_matched"]


def test_an_expression_that_fails_makes_its_conditions_errors() -> None:
    text = head(
        "let: { x: { jmespath: 'abs(title)', otherwise: { value: 1 } } }\n" + RULE.format(when="{ x: 1 }")
    )
    decision = evaluate(program_of(text), facts_of(issue(title="t")))
    (result,) = decision.policies[0].rules
    assert result.status == "error"
    assert "abs()" in (result.reason or "")
    tree = explain(decision, "intake", "a").tree
    assert (tree.verdict, tree.reason, tree.actual) == ("error", "function_failed", "(failed)")
    assert "abs()" in (tree.message or "")
    assert decision.value("intake", "x") is MISSING


@pytest.mark.parametrize(
    ("let", "code", "message"),
    [
        ("x: { jmespath: x }", "RW311", "`x` depends on itself: x → x"),
        ("x: { jmespath: 'y.a' }, y: { jmespath: 'length(x)' }", "RW311", "x → y → x"),
        ("x: { label_group: a, otherwise: { jmespath: x } }", "RW311", "x → x"),
        ("x: { jmespath: 'titel' }", "RW301", "unknown path `titel`"),
        ("x: { label_group: a, otherwise: { jmespath: 'titel' } }", "RW301", "unknown path `titel`"),
        ("x: { jmespath: 'title ==' }", "RW401", "is not a valid expression"),
        ("x: { value: .nan }", "RW406", "infinite or NaN"),
    ],
)
def test_what_is_wrong_with_facts(let: str, code: str, message: str) -> None:
    _, findings = compiled(head(f"let: {{ {let} }}\n" + RULE.format(when="{ x: { exists: true } }")))
    found = [one for one in findings if one.code == code]
    assert len(found) == 1
    assert found[0].span.line == 5
    assert message in found[0].message


def test_a_computed_fact_without_a_value_is_not_one_that_nobody_gathered() -> None:
    text = head(
        "let: { x: { jmespath: issue.milestone }, y: { call: z } }\n" + RULE.format(when="{ x: 1, y: 1 }")
    )
    tree = explain(evaluate(program_of(text), facts_of(issue())), "intake", "a").tree
    assert [child.reason for child in tree.children] == ["null", "not_gathered"]


NOT_THERE = [
    ("{ jmespath: 'model == `high`' }", "undetermined", "not_matched"),
    ("{ jmespath: 'model != `high`' }", "undetermined", "matched"),
    ("{ jmespath: '!model' }", "undetermined", "matched"),
    ("{ jmespath: 'same == `high`' }", "undetermined", "not_matched"),
    ("{ any: [ { same: x }, { jmespath: '!same' } ] }", "undetermined", "matched"),
    (
        "{ any: [ { same: { exists: true } }, { model: x }, { jmespath: '!twice' } ] }",
        "undetermined",
        "undetermined",
    ),
    ("{ twice: true }", "undetermined", "matched"),
    ("{ jmespath: 'abs(model) > `3`' }", "undetermined", "undetermined"),
    ("{ 'abs(model)': { gt: 3 } }", "undetermined", "undetermined"),
    ("{ jmespath: 'title == `t` || model == `high`' }", "matched", "matched"),
    ("{ jmespath: 'title == `x` && model == `high`' }", "not_matched", "not_matched"),
    ("{ jmespath: 'left == `low` && title == `t`' }", "undetermined", "matched"),
]


@pytest.mark.parametrize(("when", "pending", "null"), NOT_THERE)
def test_an_expression_over_what_is_not_gathered_is_unknown(when: str, pending: str, null: str) -> None:
    let = "model: { call: m }, same: { jmespath: model }, twice: { jmespath: '!same' }, "
    let += "left: { call: l, otherwise: { value: low } }"
    program = program_of(head(f"let: {{ {let} }}\n" + RULE.format(when=when)))

    def status(values: Any = None, absent: Any = None) -> str:
        decision = evaluate(program, facts_of(issue(title="t"), values, absent=absent or {}))
        return decision.policies[0].rules[0].status

    assert status() == pending
    assert status({"model": None, "left": None}) == null
    away = status(absent={"model": "away", "left": "away"})
    assert away == ("matched" if "left" in when else pending)


def test_why_an_expression_waits() -> None:
    text = head("let: { model: { call: m } }\n" + RULE.format(when="{ jmespath: '!model' }"))
    tree = explain(evaluate(program_of(text), facts_of(issue())), "intake", "a").tree
    assert (tree.verdict, tree.reason) == ("unknown", "not_gathered")
