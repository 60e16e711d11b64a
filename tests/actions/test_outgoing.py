"""What leaves in a text holds no secret and no personal data, however they came there: comments, titles, labels,
notifications, issues, and the plan that says so."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable
from typing import Any

import pytest

import rulewright
from fixtures.modules import load_module
from rulewright.actions.outgoing import PLAIN, OutgoingFilter, outgoing_filter
from rulewright.actions.template import render
from rulewright.detection.token_forms import checksum
from rulewright.events.model import Event, Facts
from rulewright.planning.plan_json import plan_json
from rulewright.planning.planner import plan
from rulewright.policy.config import Config

RANDOM = "".join(random.Random(3).choices(string.ascii_letters + string.digits, k=30))
TOKEN = f"ghp_{RANDOM}{checksum(RANDOM)}"
MAIL = "octavia.cat@octo-mail.dev"


def spelled(form: str) -> str:
    """The token as somebody may write it."""
    return {
        "plain": TOKEN,
        "zero width": "\u200b".join(TOKEN),
        "isolates": f"{TOKEN[:9]}\u2066{TOKEN[9:]}",
        "full width": "".join(chr(ord(sign) + 0xFEE0) for sign in TOKEN),
    }[form]


FORMS = ("plain", "zero width", "isolates", "full width")


def holds(text: str) -> bool:
    """Whether a reader could put the token together again."""
    seen = "".join(chr(ord(sign) - 0xFEE0) if 0xFF01 <= ord(sign) <= 0xFF5E else sign for sign in text)
    return RANDOM[:12] in "".join(sign for sign in seen if sign.isalnum() and sign.isascii())


@pytest.fixture
def decide(program: Callable[..., Any], payload: dict[str, Any]) -> Callable[..., Any]:
    def make(text: str, *, config: dict[str, Any] | None = None, given: Any = None, **issue: Any) -> Any:
        shown = {**payload, "issue": {**payload["issue"], **issue}, "comments": []}
        loaded = program(text)
        loaded.config = Config(config)
        return plan(
            rulewright.evaluate(
                loaded, Facts(Event("issues", "opened", shown), "2026-01-05T09:00:00Z", given or {})
            )
        )

    return make


def rule(*uses: str) -> str:
    return f"rules:\n  - {{ id: a, when: {{ issue.number: {{ exists: true }} }}, then: [ {', '.join(uses)} ] }}\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "use",
    [
        'comment: { text: "T {{ issue.title }}" }',
        'comment: { text: "`{{ issue.title }}`" }',
        "comment: { text: \"**{{ join(' ', [issue.title, issue.title]) }}**\" }",
        "set_title: { remove: ['[P?]'] }",
        'add_labels: ["{{ issue.title }}"]',
        "add_labels: { fact: issue.title }",
        'set_label: { group: g, value: "{{ issue.title }}" }',
        'notify: { channel: oncall, text: "{{ issue.title }}" }',
        'create_issue: { key: k, title: "{{ issue.title }}", body: "{{ issue.body }}", labels: ["{{ issue.title }}"] }',
        'fail: "{{ issue.title }}"',
        'warn: "{{ issue.title }}"',
        'set_milestone: "{{ issue.title }}"',
        'set_field: { project: 1, field: F, value: "{{ issue.title }}" }',
    ],
)
def test_no_action_lets_a_secret_out(decide: Any, use: str, form: str) -> None:
    made = decide(rule(use), title=f"[P1] Crash with {spelled(form)} twice", body=f"Key: {spelled(form)}")
    assert len(made.effects) == 1, made.notes
    assert "masked" in json.dumps(made.effects[0].arguments)
    assert not holds(json.dumps(plan_json(made), ensure_ascii=False))


NOTHING: dict[str, Any] = {"pii": {"count": 0, "types": [], "fields": [], "findings": []}}


def test_personal_data_in_a_value_is_masked_and_the_policys_own_stays(decide: Any) -> None:
    comment = 'comment: { text: "Ask security@octo.dev about {{ issue.title }}." }'
    (effect,) = decide(rule(comment), title=f"Mail {MAIL}").effects
    assert effect.arguments["body"].endswith("Ask security@octo.dev about Mail \\[masked: email\\].")
    lets = "let: { pii: { detect: pii, allow: [octo-mail.dev], in: [issue.body] } }\n"
    (effect,) = decide(lets + rule("mask: pii", comment), title=f"Mail {MAIL}", given=NOTHING).effects
    assert "octavia.cat" in effect.arguments["body"]


def test_a_secret_out_of_two_halves_is_one(decide: Any) -> None:
    text = rule('comment: { text: "{{ issue.title }}{{ issue.body }}" }')
    (effect,) = decide(text, title=TOKEN[:20], body=TOKEN[20:]).effects
    assert not holds(effect.arguments["body"])


def test_types_of_a_policys_own_are_masked(decide: Any) -> None:
    lets = 'let: { pii: { detect: pii, patterns: { badge: "BADGE-[0-9]{6}" }, in: [issue.body] } }\n'
    text = lets + rule("mask: pii", 'comment: { text: "{{ issue.title }}" }')
    (effect,) = decide(text, title="I am BADGE-123456", given=NOTHING).effects
    assert "badge" in effect.arguments["body"]
    assert "123456" not in effect.arguments["body"]


@pytest.mark.parametrize("form", FORMS)
def test_what_a_mask_hides_is_hidden_however_it_is_spelled(decide: Any, form: str) -> None:
    """Also what no detector knows, such as a password that the policy's own fact found."""
    secret = "wintermute-seven"
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in secret)
    written = {
        "plain": secret,
        "zero width": "\u200b".join(secret),
        "isolates": "win\u2066termute-seven",
        "full width": wide,
    }[form]
    found = {"field": "issue.body", "start": 4, "end": 4 + len(secret), "type": "password"}
    given = {"pii": {"count": 1, "types": ["password"], "fields": ["issue.body"], "findings": [found]}}
    text = "let: { pii: { detect: pii, in: [issue.body] } }\n" + rule(
        "mask: pii", 'comment: { text: "T {{ issue.title }}" }'
    )
    made = decide(text, given=given, title=f"It is {written}", body=f"key {secret} end")
    (comment,) = [one for one in made.effects if one.action == "comment"]
    assert comment.arguments["body"].endswith("T It is \\[masked\\]")


@pytest.mark.parametrize(
    "value", ["It crashes on start", "[P1] Why (really)? 1.2.3", "on 12 of 34 nodes: row #7", ""]
)
def test_plain_words_need_no_detector(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rulewright.actions.outgoing._detector", lambda *_: pytest.fail("it is asked"))
    assert render("Hello. {{ t }}!", {"t": value}.get).startswith("Hello. ")
    assert PLAIN.mask_value(value) == value


def test_what_policies_allow_and_look_for_counts_for_all(program: Callable[..., Any]) -> None:
    one = "let: { a: { detect: pii, allow: [octo.dev, acme.dev], in: [issue.body] } }\n" + rule("mask: a")
    two = (
        'let: { b: { detect: secrets, allow: [octo.dev], patterns: { p: "x+" }, in: [issue.body] } }\n'
        + rule("mask: b")
    )
    assert outgoing_filter(program(one, two)) == OutgoingFilter(("octo.dev", "acme.dev"), (("p", "x+"),))


LABELS = {"labels": [{"name": "Bug"}, {"name": "severity/high"}]}


@pytest.mark.parametrize(
    ("use", "labels"),
    [
        ('add_labels: ["{{ issue.title }}", bug]', [["bug"]]),
        ('add_labels: ["{{ issue.title }}"]', []),
        ("add_labels: { fact: issue.title }", []),
        ('set_label: { group: severity, value: "{{ issue.title }}" }', []),
        ('set_label: { group: severity, value: "{{ issue.body }}" }', [["severity/High"]]),
        ('create_issue: { key: k, title: New, body: Text, labels: ["{{ issue.title }}", Bug] }', [["Bug"]]),
    ],
)
def test_a_label_that_is_not_declared_is_no_effect_and_is_told(decide: Any, use: str, labels: Any) -> None:
    made = decide(rule(use), config=LABELS, title="made-up", body="High")
    found = [one.arguments.get("labels") or [one.arguments["label"]] for one in made.effects]
    assert found == labels
    lacking = [note.reason for note in made.notes]
    assert lacking == (
        []
        if labels == [["severity/High"]]
        else [f"the label file has no label `{'severity/' if 'severity' in use else ''}made-up`"]
    )


def test_every_value_of_the_corpus_is_looked_at() -> None:
    """The quick look lets nothing pass that the detectors know for sure."""
    from pathlib import Path

    from rulewright.detection import CERTAIN, detect
    from rulewright.policy.finding_types import may_hold

    place = Path(__file__).resolve().parents[2] / "benchmarks" / "corpus.py"
    corpus = load_module("detection_corpus", place)
    sure = 0
    for text in corpus.texts(4, 30):
        if any(found.confidence >= CERTAIN for found in detect(text.text)):
            sure += 1
            assert may_hold(text.text), text
    assert sure > 500
