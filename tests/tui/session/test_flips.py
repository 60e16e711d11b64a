"""Flips that are tried: the condition has turned, or it is said why not, and nothing else of the draft has changed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright
from fixtures.policy_builder import head, program_of
from rulewright.evaluate.evaluator import evaluate
from rulewright.evaluate.explain import explain
from rulewright.events.recognise import recognise
from rulewright_tui.session.edits import Draft, EditHistory, add_label, set_field
from rulewright_tui.session.flips import Refusal, has_turned, try_flips

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.evaluate.decision import Decision
    from rulewright.program.program import Program

ROOT = Path(__file__).parents[3]
NOW = "2026-01-05T09:00:00Z"
SHIPPED = sorted((ROOT / "examples" / "events").glob("*.json"))


@cache
def shipped(name: str) -> Draft:
    return Draft(recognise(json.loads((ROOT / "examples" / "events" / f"{name}.json").read_text())), NOW, {})


@cache
def program() -> Program:
    return rulewright.load(str(ROOT / "rules"))


def decider(program: Program) -> Callable[[Draft], Decision]:
    return lambda draft: evaluate(
        program, rulewright.gather(program, draft.event, now=draft.now, given=draft.given)
    )


@given(st.data(), st.sampled_from(SHIPPED))
@settings(max_examples=150, deadline=None)
def test_a_flip_that_was_tried_turned_the_condition_or_says_why_not(data: st.DataObject, path: Path) -> None:
    decide = decider(program())
    draft = shipped(path.stem)
    for _ in range(data.draw(st.integers(0, 2))):
        if draft.event.name == "issues":
            draft = data.draw(
                st.sampled_from(
                    [
                        add_label(
                            draft, data.draw(st.sampled_from(["needs-info", "severity/high", "Triaged"]))
                        ),
                        set_field(draft, "body", data.draw(st.sampled_from(["", "crash", "all is well"]))),
                        set_field(draft, "state", data.draw(st.sampled_from(["open", "closed"]))),
                    ]
                )
            )
    decision = decide(draft)
    entries = [(part.name, entry.id) for part in decision.policies for entry in part.policy.entries]
    if not entries:
        return
    explanation = explain(decision, *data.draw(st.sampled_from(entries)))
    found = try_flips(draft, explanation, decision)
    if isinstance(found, Refusal):
        assert found.reason
        return
    assert (found.event.name, found.event.action) == (draft.event.name, draft.event.action)
    checked = try_flips(draft, explanation, decision, decide)
    assert isinstance(checked, Draft), checked
    assert has_turned(explanation, decide(checked))
    history = EditHistory(draft).push(found)
    assert history.undo().present is draft


def test_most_conditions_of_the_shipped_rules_can_be_turned() -> None:
    """Facts included that are gathered again after the edit."""
    decide = decider(program())
    turned, refused = 0, []
    for path in SHIPPED:
        draft = shipped(path.stem)
        decision = decide(draft)
        for part in decision.policies:
            for entry in part.policy.entries if part.kind in ("Triage", "Grooming") else ():
                explanation = explain(decision, part.name, entry.id)
                if explanation.status in ("stopped", "skipped"):
                    continue
                found = try_flips(draft, explanation, decision, decide)
                if isinstance(found, Draft):
                    turned += 1
                else:
                    refused.append((path.stem, entry.id, found.reason))
    assert refused == []
    assert turned > 100


CASES = [
    ("{ state: { ne: open } }", {"state": "closed"}),
    ("{ title: { ne: t } }", {"title": "other"}),
    ("{ body: { missing: true } }", {"body": None}),
    ("{ milestone: { exists: true } }", {"milestone": {"title": "v1"}}),
    ("{ labels: { contains_none: [a] } }", {"labels": [{"name": "b", "id": 2}]}),
    (
        "{ labels: { contains_any: [c, d] } }",
        {"labels": [{"name": "a", "id": 1}, {"name": "b", "id": 2}, {"name": "c"}]},
    ),
    ("{ labels: { length: 1 } }", {"labels": [{"name": "a", "id": 1}]}),
    ("{ none: [ labels: { glob: 'a*' } ] }", {"labels": [{"name": "b", "id": 2}]}),
    ("{ author: { not_in: [mona, octocat] } }", {"user": {"login": "other", "type": "User"}}),
    ("{ body: { length: { gt: 6 } } }", {"body": "a textx"}),
    ("{ body: { length: { lt: 4 } } }", {"body": "a t"}),
    ("{ title: { regex: '(?i)^crash' } }", {"title": "crash t"}),
    ("{ none: [ body: { contains: text } ] }", {"body": "a "}),
    ("{ issue.number: { between: [3, 5] } }", {"number": 5}),
    ("{ none: [ issue.number: { gt: 2 } ] }", {"number": 2}),
    ("{ issue.created_at: { older_than: 7d } }", {"created_at": "2025-12-29T08:59:59Z"}),
    ("{ issue.created_at: { gt: 2026-02-01 } }", {"created_at": "2026-02-01T00:00:01Z"}),
    ("{ age: { lt: 1h } }", {"created_at": "2026-01-05T08:00:01Z"}),
    ("{ issue.locked: true }", {"locked": True}),
    ("{ jmespath: issue.locked }", {"locked": True}),
    ("{ issue.user.type: Bot }", {"user": {"login": "mona", "type": "Bot"}}),
]
ISSUE = {
    "title": "t",
    "body": "a text",
    "state": "open",
    "labels": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "user": {"login": "mona", "type": "User"},
    "number": 9,
    "locked": False,
    "created_at": "2026-01-01T09:00:00Z",
}


@pytest.mark.parametrize(("when", "changed"), CASES)
def test_the_value_that_is_tried(when: str, changed: dict[str, object]) -> None:
    program = program_of(
        head(
            f"rules:\n  - {{ id: a, when: {when.replace('milestone', 'issue.milestone')}, then: [close] }}\n"
        )
    )
    draft = Draft(recognise({"action": "opened", "issue": ISSUE}), NOW, {})
    decide = decider(program)
    decision = decide(draft)
    found = try_flips(draft, explain(decision, "intake", "a"), decision, decide)
    assert isinstance(found, Draft), found
    issue = dict(found.event.payload["issue"])
    issue.setdefault("body", None)
    assert {**ISSUE, **changed} == issue
    # And back: what holds is undone.
    held = decide(found)
    back = try_flips(found, explain(held, "intake", "a"), held, decide)
    assert isinstance(back, Draft), back


def test_a_rule_that_another_one_stopped_names_that_rule() -> None:
    program = program_of(
        head(
            "rules:\n  - { id: first, when: { state: open }, then: [close], stop: true }\n"
            "  - { id: second, when: { title: x }, then: [close] }\n"
        )
    )
    draft = Draft(recognise({"action": "opened", "issue": ISSUE}), NOW, {})
    decision = decider(program)(draft)
    assert try_flips(draft, explain(decision, "intake", "second"), decision) == Refusal(
        "stopped by first", "first"
    )


def test_a_rule_of_a_policy_that_was_skipped_names_the_skip() -> None:
    text = "skip:\n  - { id: ours, when: { state: open } }\nrules:\n  - { id: a, when: { title: x }, then: [close] }\n"
    draft = Draft(recognise({"action": "opened", "issue": ISSUE}), NOW, {})
    decision = decider(program_of(head(text)))(draft)
    assert try_flips(draft, explain(decision, "intake", "a"), decision) == Refusal("skip ours", "ours")


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("{ jmespath: 'title == body' }", "no value can be named for title == body"),
        ("{ all: [ { title: x }, { title: y } ] }", "the changes undo each other"),
    ],
)
def test_where_nothing_can_be_tried_it_says_so(when: str, reason: str) -> None:
    program = program_of(head(f"rules:\n  - {{ id: a, when: {when}, then: [close] }}\n"))
    draft = Draft(recognise({"action": "opened", "issue": ISSUE}), NOW, {})
    decision = decider(program)(draft)
    assert try_flips(draft, explain(decision, "intake", "a"), decision) == Refusal(reason)


PII = "let: { pii: { detect: pii, in: [issue.body] } }\n"
WHEN = "{ pii.count: 0, body: { eq: { fact: title } } }"


def test_a_fact_is_gathered_before_it_is_given_by_hand() -> None:
    program = program_of(head(f"{PII}rules:\n  - {{ id: a, when: {WHEN}, then: [close] }}\n"))
    draft = Draft(recognise({"action": "opened", "issue": ISSUE}), NOW, {})
    decide = decider(program)
    decision = decide(draft)
    assert "pii" not in decision.facts.values
    found = try_flips(draft, explain(decision, "intake", "a"), decision, decide)
    assert isinstance(found, Draft)
    assert found.given == {}
    assert decide(found).facts.values["pii"]["count"] == 0


def test_what_is_gathered_from_the_edited_text_is_reckoned_with() -> None:
    other = "  - { id: b, when: { pii.count: 9 }, then: [close] }\n"
    rules = f"rules:\n  - {{ id: a, when: {WHEN}, then: [close] }}\n{other}"
    program = program_of(head(PII + rules))
    draft = Draft(
        recognise({"action": "opened", "issue": {**ISSUE, "title": "api_key: sk-1234567890abcdef"}}), NOW, {}
    )
    decide = decider(program)
    decision = decide(draft)
    explanation = explain(decision, "intake", "a")
    unchecked = try_flips(draft, explanation, decision)
    assert isinstance(unchecked, Draft)
    assert not has_turned(explanation, decide(unchecked))
    found = try_flips(draft, explanation, decision, decide)
    assert isinstance(found, Draft)
    assert found.given["pii"]["count"] == 0
    assert has_turned(explanation, decide(found))
