"""Which facts are asked for: only those that something undecided, or an action that will run, still needs."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.policy_builder import NOW, head, issue, program_of

BODY = """\
let:
  model: {{ label_group: severity, otherwise: {{ call: severity }} }}
  other: {{ call: other }}
  text: {{ summarize: text }}
  based: {{ jmespath: 'model == `high`' }}
  either: {{ label_group: area, otherwise: {{ jmespath: 'other.area' }} }}
templates: {{ hello: 'A summary: {{{{ text }}}}', first: '{{{{ other.name }}}}', plain: 'other text, no model' }}
{parts}"""
CRASH = "{ title: { contains: crash } }"


def needs(parts: str, payload: Any = None, known: Any = None, absent: Any = None) -> list[str]:
    route = program_of(head(BODY.format(parts=parts))).route("issues", "opened")
    event = issue(title="a crash", labels=[]) if payload is None else payload
    return sorted(need.name for need in route.needs(event, NOW, known or {}, absent or {}))


def rules(*lines: str, skip: str = "") -> str:
    return skip + "rules:\n" + "".join(f"  - {{ {line} }}\n" for line in lines)


HIGH = "id: first, when: { model: high }, then: [close]"


def test_what_a_label_decides_is_not_asked() -> None:
    assert needs(rules(HIGH)) == ["model"]
    assert needs(rules(HIGH), issue(labels=[{"name": "severity/low"}])) == []
    assert needs(rules(HIGH), known={"model": "low"}) == []
    assert needs(rules(HIGH), absent={"model": "away"}) == []


def test_a_condition_that_is_decided_otherwise_asks_for_nothing() -> None:
    both = "id: first, when: { title: typo, model: high }, then: [close]"
    assert needs(rules(both)) == []
    assert needs(rules(both), issue(title="typo", labels=[])) == ["model"]
    assert needs(rules(f"id: first, when: {{ any: [ {CRASH}, {{ model: high }} ] }}, then: [close]")) == []


def test_facts_behind_facts_are_asked_for() -> None:
    assert needs(rules("id: first, when: { based: true }, then: [close]")) == ["model"]
    assert needs(rules("id: first, when: { either: core }, then: [close]")) == ["other"]


PRESENCE = [
    ("{ model: { missing: true } }", ["model"]),
    ("{ model: { exists: false } }", ["model"]),
    ("{ model: { eq: high, on_missing: false } }", ["model"]),
    ("{ title: { missing: true }, model: { missing: true } }", []),
    ("{ title: { exists: true }, based: { missing: true } }", ["model"]),
    ("{ none: [ { model: { exists: true } } ] }", ["model"]),
]


@pytest.mark.parametrize(("when", "expected"), PRESENCE)
def test_what_is_not_gathered_is_neither_there_nor_missing(when: str, expected: list[str]) -> None:
    rule = rules(f"id: first, when: {when}, then: [close]")
    assert needs(rule) == expected
    assert needs(rule, absent={"model": "away"}) == []
    assert needs(rule, issue(title="x", labels=[{"name": "severity/low"}])) == []


def skip(when: str) -> str:
    return f"skip: [ {{ id: s, when: {when} }} ]\n"


def test_a_skip_that_holds_ends_all_asking() -> None:
    assert needs(rules(HIGH, skip=skip(CRASH))) == []
    assert needs(rules(HIGH, skip=skip("{ title: typo }"))) == ["model"]


def test_skips_are_decided_before_rules_are_asked_for() -> None:
    undecided = skip("{ other.kind: spam }")
    assert needs(rules(HIGH, skip=undecided)) == ["other"]
    assert needs(rules(HIGH, skip=undecided), known={"other": {"kind": "spam"}}) == []
    assert needs(rules(HIGH, skip=undecided), known={"other": {"kind": "ham"}}) == ["model"]
    assert needs(rules(HIGH, skip=undecided), absent={"other": "away"}) == []


def test_nothing_is_asked_for_below_a_rule_that_stops() -> None:
    stop = f"id: stops, when: {CRASH}, then: [close], stop: true"
    assert needs(rules(stop, HIGH)) == []
    assert needs(rules(HIGH, stop)) == ["model"]
    assert needs(rules(stop, HIGH), issue(title="typo", labels=[])) == ["model"]


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("comment", ["other"]),  # the template of the rule's own name
        ("comment: hello", ["text"]),
        ("comment: plain", []),
        ("comment: { text: 'no model here' }", []),
        ("comment: { text: '{{ model }}' }", ["model"]),
        ("set_output: { name: a, value: { fact: other.name } }", ["other"]),
        ("assign: [{ fact: other.login }]", ["other"]),
        ("close", []),
    ],
)
def test_actions_of_rules_that_matched_ask_for_what_they_say(then: str, expected: list[str]) -> None:
    from fixtures.policy_builder import compiled

    parts = rules(f"id: first, when: {CRASH}, then: [ {then} ]")
    program, _ = compiled(head(BODY.format(parts=parts)))
    route = program.route("issues", "opened")
    event = issue(title="a crash", labels=[])
    assert sorted(need.name for need in route.needs(event, NOW, {}, {})) == expected
    assert route.needs(issue(title="typo", labels=[]), NOW, {}, {}) == ()


def test_policies_are_asked_about_one_by_one() -> None:
    texts = [
        head(
            "let: { m: { call: a } }\nskip: [ { id: s, when: { state: closed } } ]\nrules: [ "
            + body
            + " ]\n",
            name=name,
        )
        for name, body in (
            ("one", "{ id: a, when: { m: 1, state: closed }, then: [close] }"),
            ("two", "{ id: b, when: { m: 1 }, then: [close] }"),
        )
    ]
    route = program_of(*texts).route("issues", "opened")
    assert [need.policy for need in route.needs(issue(state="open"), NOW, {}, {})] == ["two"]
    assert route.needs(issue(state="closed"), NOW, {}, {}) == ()
    assert [need.policy for need in route.externals] == ["one", "two"]
    assert [need.name for need in program_of(*texts).route("issues", None).externals] == ["m", "m"]


def test_routes() -> None:
    rule = "rules: [ { id: a, when: { state: open }, then: [close] } ]\n"
    program = program_of(
        head(rule, name="any", on="[issues]"),
        head(rule, name="opened", on="[issues.opened]"),
        head(rule, name="sweep", on="[schedule, manual]"),
    )

    def names(event: str, action: str | None) -> list[str]:
        return [policy.name for policy in program.route(event, action).policies]

    assert names("issues", "opened") == ["any", "opened"]
    assert names("issues", "closed") == ["any"]
    assert names("issues", None) == ["any"]
    assert names("schedule", None) == ["sweep"]
    assert names("workflow_dispatch", None) == ["sweep"]
    assert names("manual", None) == ["sweep"]
    assert names("push", None) == []
    assert program.route("issues", "opened") is program.route("issues", "opened")
    assert program.policy("sweep").on == ("schedule", "manual")
    with pytest.raises(KeyError):
        program.policy("nobody")
