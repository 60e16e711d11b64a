"""A notification goes out once: GitHub's own state says whether it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.actions.port import RecordingPort
from rulewright.events.model import Event, Facts
from rulewright.events.snapshot import snapshot
from rulewright.planning.planner import plan
from rulewright.policy.config import Config
from rulewright.run.apply import apply

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.actions.plan import Plan

NOW = "2026-01-05T09:00:00Z"
TARGET = "octo-org/demo#3"
BOT = {"login": "triage-app[bot]", "type": "Bot"}
MONA = {"login": "mona", "type": "User"}
PAGE = "notify: { channel: oncall, text: Look. }"


def rule(*uses: str, name: str = "a") -> str:
    return f"rules:\n  - {{ id: {name}, when: {{ issue.number: {{ exists: true }} }}, then: [ {', '.join(uses)} ] }}\n"


def labelled(name: str, actor: Any = BOT, event: str = "labeled", at: str = "2026-01-04T09:00:00Z") -> Any:
    return {"event": event, "created_at": at, "actor": actor, "label": {"name": name}}


@pytest.fixture
def decide(program: Callable[..., Any], payload: dict[str, Any]) -> Callable[..., Plan]:
    def make(
        *texts: str,
        timeline: list[Any] | None = None,
        comments: list[Any] | None = None,
        viewer: Any = None,
        config: dict[str, Any] | None = None,
        given: dict[str, Any] | None = None,
        **issue: Any,
    ) -> Plan:
        shown = {**payload, "issue": {**payload["issue"], **issue}}
        shown |= {"timeline": timeline or [], "comments": comments or []}
        if viewer is not None:
            shown["viewer"] = viewer
        loaded = program(*texts)
        loaded.config = Config(config)
        facts = Facts(Event("issues", "opened", shown), NOW, given or {})
        return plan(rulewright.evaluate(loaded, facts))

    return make


def actions(made: Plan) -> list[str]:
    return [effect.action for effect in made.effects]


def names(*labels: str) -> list[dict[str, str]]:
    return [{"name": label} for label in labels]


def own(rule_name: str, text: str = "Text.") -> dict[str, Any]:
    return {"own": True, "body": f"<!-- rulewright:{rule_name} -->\n{text}"}


def test_it_goes_out_before_what_remembers_it(decide: Any) -> None:
    made = decide(rule("add_labels: overdue", PAGE))
    assert actions(made) == ["notify", "add_labels"]
    (guard,) = made.effects[0].preconditions
    assert guard.as_json() == {"kind": "any_of", "value": [{"kind": "label_absent", "value": "overdue"}]}
    made = decide(rule("assign: octocat", "add_labels: overdue", PAGE, "comment: { text: Text. }"))
    assert actions(made) == ["assign", "add_labels", "notify", "comment"]


@pytest.mark.parametrize(
    ("uses", "issue", "comments", "timeline"),
    [
        (["add_labels: overdue"], {"labels": names("Overdue")}, [], []),
        (["add_labels: [a, b]"], {"labels": names("a", "b")}, [], []),
        (["add_labels: [a, b]"], {"labels": names("a")}, [], [labelled("b")]),
        (["set_label: { group: s, value: hi }"], {"labels": names("s/hi")}, [], []),
        (["comment: { text: Text. }"], {}, [own("p0/a")], []),
        (["comment: { text: Other words. }"], {}, [own("p0/a")], []),
        (["add_labels: x", "comment: { text: Text. }"], {}, [own("p0/a")], []),
        (["close: not_planned"], {"state": "closed"}, [], []),
        (["remove_labels: x"], {"labels": []}, [], []),
        # A person took it off: it was said.
        (["add_labels: x"], {"labels": []}, [], [labelled("x"), labelled("x", MONA, "unlabeled")]),
    ],
)
def test_what_went_out_before_is_not_planned_again(
    decide: Any, uses: list[str], issue: Any, comments: Any, timeline: Any
) -> None:
    made = decide(rule(*uses, PAGE), comments=comments, timeline=timeline, **issue)
    assert "notify" not in actions(made)


@pytest.mark.parametrize(
    ("uses", "issue", "comments", "timeline"),
    [
        (["add_labels: [bug, overdue]"], {"labels": names("bug")}, [], []),  # the form's label says nothing
        (["add_labels: bug", "comment: { text: Text. }"], {"labels": names("bug")}, [], []),
        (["comment: { text: Text. }"], {}, [{**own("p0/a"), "own": False}], []),
        (["comment: { text: Text. }"], {}, [own("p0/b")], []),
        (["add_labels: x", "remove_labels: y"], {"labels": names("x", "y")}, [], []),
        # What we took off ourselves, or set before it was opened again, is another occasion.
        (["add_labels: x"], {"labels": []}, [], [labelled("x"), labelled("x", BOT, "unlabeled")]),
        (
            ["add_labels: x"],
            {"labels": []},
            [],
            [labelled("x"), {"event": "reopened", "created_at": "2026-01-04T10:00:00Z", "actor": BOT}],
        ),
    ],
)
def test_what_is_new_is_told(decide: Any, uses: list[str], issue: Any, comments: Any, timeline: Any) -> None:
    made = decide(rule(*uses, PAGE), comments=comments, timeline=timeline, **issue)
    assert actions(made).count("notify") == 1


def test_a_new_secret_is_told_although_the_labels_of_the_first_one_are_there(decide: Any) -> None:
    text = "let: { pii: { detect: pii, in: [issue.body] } }\n" + rule(
        "mask: pii", "add_labels: security", "comment: { text: Masked. }", PAGE
    )
    found = {"field": "issue.body", "start": 0, "end": 3, "type": "api_key"}
    given = {"pii": {"count": 1, "types": ["api_key"], "fields": ["issue.body"], "findings": [found]}}
    made = decide(
        text, given=given, labels=names("security"), comments=[own("p0/a", "Masked.")], body="abc and more"
    )
    assert actions(made) == ["notify", "mask"]


def test_another_secret_is_another_message_with_the_same_words(decide: Any) -> None:
    """A receiver drops what has the key of an earlier message."""
    text = "let: { pii: { detect: pii, in: [issue.body] } }\n" + rule(
        "mask: pii", "add_labels: security", PAGE
    )

    def key(body: str, start: int) -> str:
        found = {"field": "issue.body", "start": start, "end": start + 3, "type": "api_key"}
        given = {"pii": {"count": 1, "types": ["api_key"], "fields": ["issue.body"], "findings": [found]}}
        (told,) = [one for one in decide(text, given=given, body=body).effects if one.action == "notify"]
        return str(told.key)

    first, second = key("abc and more", 0), key("****** and def", 11)
    assert first != second
    assert first == key("abc and more", 0)


def test_where_the_token_tells_who_we_are_only_our_own_label_counts(decide: Any) -> None:
    other = [labelled("x", {"login": "other[bot]", "type": "Bot"}), labelled("x", MONA, "unlabeled")]
    text = rule("add_labels: x", PAGE)
    grace = {"execution": {"grace_period": "1h"}}
    assert "notify" not in actions(decide(text, timeline=other, config=grace))
    assert "notify" in actions(decide(text, timeline=other, viewer=BOT, config=grace))


def test_what_nobody_may_remember_is_not_told(decide: Any) -> None:
    """Else it would be told in every run: the label is held for a person, or two rules fight over it."""
    recent = [labelled("x", MONA, "unlabeled", "2026-01-05T08:00:00Z")]
    assert actions(decide(rule("add_labels: x", PAGE), timeline=recent)) == []
    against = "rules:\n  - { id: n, when: { title: { contains: Crash } }, then: [ remove_labels: x ] }\n"
    made = decide(rule("add_labels: x", PAGE), against)
    assert (actions(made), len(made.conflicts)) == ([], 1)


def test_two_rules_that_set_one_label_both_tell(decide: Any) -> None:
    text = rule("add_labels: x", PAGE) + (
        "  - { id: b, when: { state: open }, then: [ add_labels: x, notify: { channel: other, text: Look too. } ] }\n"
    )
    made = decide(text)
    assert actions(made) == ["notify", "notify", "add_labels"]
    assert "notify" not in actions(decide(text, labels=names("x")))


def test_a_rule_that_leaves_nothing_is_not_remembered(decide: Any) -> None:
    made = decide(rule("assign: octocat", PAGE), assignees=[{"login": "octocat"}])
    assert actions(made) == ["notify"]
    assert made.effects[0].preconditions == ()


def test_a_label_of_a_later_round_is_remembered_too(decide: Any) -> None:
    text = """
rules:
  - { id: first, when: { state: open }, then: [ add_labels: x ] }
  - { id: then, when: { labels: { contains: x } }, then: [ add_labels: told, notify: { channel: oncall, text: T } ] }
"""
    assert actions(decide(text)) == ["add_labels", "notify", "add_labels"]
    assert actions(decide(text, labels=names("x", "told"))) == []


def test_a_plan_that_is_applied_twice_sends_once(decide: Any, payload: dict[str, Any]) -> None:
    made = decide(rule("add_labels: x", PAGE, "comment: { text: Text. }"))
    state = snapshot(Event("issues", "opened", {**payload, "comments": []}))
    assert state is not None
    port = RecordingPort({TARGET: state})
    assert {one.status for one in apply(made, port).records} == {"applied"}
    port.emitted.clear()  # the receiver forgets, GitHub does not
    again = apply(made, port).records
    assert [(one.effect.action, one.status, one.reason) for one in again if one.effect.emission] == [
        ("notify", "unchanged", "sent before, or no longer needed")
    ]
    assert not port.emitted


def test_a_budget_keeps_it_with_what_remembers_it(decide: Any) -> None:
    text = rule("assign: octocat", "add_labels: x", PAGE, "comment: { text: Text. }")
    for limit, kept in ((1, 1), (2, 2), (3, 4)):
        made = decide(text, config={"budgets": {"effects_per_subject": limit}})
        assert actions(made) == ["assign", "add_labels", "notify", "comment"][:kept]
        assert len(made.effects) + len(made.held_back) == 4
