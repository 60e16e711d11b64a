"""What a person changed within the grace period is not taken back, in whatever round of planning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.events.model import Absent, Event, Facts
from rulewright.planning.planner import plan
from rulewright.policy.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.actions.plan import Plan

NOW = "2026-01-05T09:00:00Z"
RECENT = "2026-01-05T08:00:00Z"
MONA = {"login": "mona", "type": "User"}


def rule(*uses: str, when: str = "{ issue.number: { exists: true } }") -> str:
    return f"rules:\n  - {{ id: first, when: {when}, then: [ {', '.join(uses)} ] }}\n"


def did(event: str, at: str = RECENT, actor: Any = MONA, **more: Any) -> dict[str, Any]:
    return {"event": event, "created_at": at, "actor": actor, **more}


def label(event: str, name: str, **more: Any) -> dict[str, Any]:
    return did(event, label={"name": name}, **more)


@pytest.fixture
def after(program: Callable[..., Any], payload: dict[str, Any]) -> Callable[..., Plan]:
    """The plan for the payload after these timeline events."""

    def make(
        text: str,
        *timeline: dict[str, Any],
        absent: dict[str, str] | None = None,
        given: dict[str, Any] | None = None,
        viewer: Any = None,
        config: dict[str, Any] | None = None,
        **issue: Any,
    ) -> Plan:
        shown = {**payload, "issue": {**payload["issue"], **issue}, "timeline": list(timeline)}
        if viewer is not None:
            shown["viewer"] = viewer
        if absent:
            del shown["timeline"]
        loaded = program(text)
        if config is not None:
            loaded.config = Config(config)
        facts = Facts(Event("issues", "opened", shown), NOW, given or {}, absent or {})
        return plan(rulewright.evaluate(loaded, facts))

    return make


def done(made: Plan) -> list[tuple[str, Any]]:
    shown = ("labels", "users", "label", "title", "milestone", "value")
    return [(e.action, next((e.arguments[k] for k in shown if k in e.arguments), None)) for e in made.effects]


@pytest.mark.parametrize(
    ("use", "event", "issue"),
    [
        ("add_labels: Triaged", label("unlabeled", "triaged"), {}),
        ("remove_labels: bug", label("labeled", "Bug"), {"labels": [{"name": "bug"}]}),
        ("assign: octocat", did("unassigned", assignee={"login": "Octocat"}), {}),
        (
            "unassign: octocat",
            did("assigned", assignee={"login": "octocat"}),
            {"assignees": [{"login": "octocat"}]},
        ),
        ("set_milestone: v1", did("demilestoned", milestone={"title": "v1"}), {}),
        ("set_milestone: v1", did("milestoned", milestone={"title": "v2"}), {"milestone": {"title": "v2"}}),
        ("set_title: Another", did("renamed", rename={"from": "A", "to": "Crash on start"}), {}),
        ("close: not_planned", did("reopened"), {}),
        ("reopen", did("closed"), {"state": "closed"}),
        ("set_label: { group: severity, value: high }", label("labeled", "severity/low"), {}),
        ("set_label: { group: severity, value: high }", label("unlabeled", "Severity/High"), {"labels": []}),
        (
            "set_field: { project: 1, field: Status, value: Done }",
            did("project_v2_item_status_changed", project={"number": 1}, status="Todo"),
            {},
        ),
    ],
)
def test_a_change_of_a_person_holds_for_the_grace_period(
    after: Any, use: str, event: dict[str, Any], issue: dict[str, Any]
) -> None:
    made = after(rule(use), event, **issue)
    assert made.effects == ()
    (note,) = made.notes
    assert note.rule == "p0/first"
    assert note.reason.startswith("mona ")
    assert note.reason.endswith("at 2026-01-05T08:00:00Z; held until 2026-01-06T08:00:00Z")
    # After the grace period, and where a machine did it, the rule has its way.
    old = {**event, "created_at": "2026-01-04T09:00:00Z"}
    by_bot = {**event, "actor": {"login": "tidy", "type": "Bot"}}
    by_app = {**event, "performed_via_github_app": {"id": 9}}
    for other in (old, by_bot, by_app):
        assert len(after(rule(use), other, **issue).effects) == 1
    assert len(after(rule(use), event, viewer={"login": "MONA"}, **issue).effects) == 1


def test_the_end_of_a_login_says_nothing(after: Any) -> None:
    posing = label("unlabeled", "bug", actor={"login": "mona[bot]", "type": "User"})
    assert after(rule("add_labels: bug"), posing).effects == ()


def test_whose_account_is_gone_counts_as_a_person(after: Any) -> None:
    made = after(rule("add_labels: bug"), label("unlabeled", "bug", actor=None))
    assert [note.reason.partition(" at ")[0] for note in made.notes] == ["somebody removed `bug`"]


def test_the_last_word_counts(after: Any) -> None:
    removed = label("unlabeled", "bug", at="2026-01-05T07:00:00Z")
    assert done(after(rule("add_labels: bug"), removed, label("labeled", "bug"))) == [("add_labels", ["bug"])]


def test_only_what_contradicts_is_held(after: Any) -> None:
    made = after(rule("add_labels: [bug, crash]"), label("unlabeled", "bug"))
    assert done(made) == [("add_labels", ["crash"])]
    assert [note.reason for note in made.notes] == [
        "mona removed `bug` at 2026-01-05T08:00:00Z; held until 2026-01-06T08:00:00Z"
    ]


def test_what_is_as_wanted_needs_no_word(after: Any) -> None:
    made = after(rule("add_labels: bug"), label("labeled", "bug"), labels=[{"name": "bug"}])
    assert (made.effects, made.notes) == ((), ())


def test_a_member_that_a_person_chose_wins_over_the_group(after: Any) -> None:
    text = rule("set_label: { group: severity, value: high }", "set_label: { group: priority, value: P1 }")
    made = after(text, label("labeled", "severity/low"))
    assert done(made) == [("set_label", "priority/P1")]


def test_what_a_person_chose_is_not_removed_with_the_group(after: Any) -> None:
    text = rule("set_label: { group: severity, value: high }")
    chosen = (label("labeled", "severity/low", at="2026-01-05T07:00:00Z"), label("labeled", "severity/high"))
    labels = [{"name": "severity/low"}, {"name": "severity/high"}]
    assert after(text, *chosen, labels=labels).effects == ()
    assert len(after(text, chosen[1], labels=labels).effects) == 1


def test_the_words_of_a_closing_stand_or_fall_with_it(after: Any) -> None:
    text = "templates: { bye: Bye. }\n" + rule(
        "close: { reason: not_planned, comment: bye }", "warn: Careful"
    )
    assert done(after(text, did("reopened"))) == [("warn", None)]
    assert [e.action for e in after(text).effects] == ["comment", "close", "warn"]


def test_a_person_ends_a_conflict_of_two_rules(after: Any) -> None:
    text = """\
rules:
  - { id: on, when: { state: open }, then: [ { add_labels: bug } ] }
  - { id: off, when: { title: { contains: Crash } }, then: [ { remove_labels: bug } ] }
"""
    shown = {"labels": [{"name": "bug"}]}
    assert after(text, **shown).conflicts != ()
    made = after(text, label("unlabeled", "bug"), **shown)
    assert (made.conflicts, done(made)) == ((), [("remove_labels", ["bug"])])


def test_what_is_held_is_not_predicted(after: Any) -> None:
    text = """\
rules:
  - { id: on, when: { state: open }, then: [ { add_labels: bug } ] }
  - { id: follows, when: { labels: { contains: bug } }, then: [ { set_milestone: v1 } ] }
"""
    assert len(after(text).effects) == 2
    made = after(text, label("unlabeled", "bug"))
    assert (made.effects, made.predicted["labels"], made.rounds) == ((), ["severity/low"], 1)


def test_a_later_round_holds_too(after: Any) -> None:
    text = """\
rules:
  - { id: on, when: { state: open }, then: [ { add_labels: bug } ] }
  - { id: follows, when: { labels: { contains: bug } }, then: [ { set_milestone: v1 }, { assign: hubot } ] }
"""
    made = after(text, did("demilestoned", milestone={"title": "v0"}))
    assert done(made) == [("add_labels", ["bug"]), ("assign", ["hubot"])]
    assert [(note.rule, note.action) for note in made.notes] == [("p0/follows", "set_milestone")]


def test_a_mask_is_never_held(after: Any) -> None:
    text = "let: { pii: { detect: pii, in: [issue.title] } }\n" + rule("mask: pii")
    found = {"field": "issue.title", "start": 0, "end": 5, "type": "phone"}
    given = {"pii": {"count": 1, "fields": ["issue.title"], "findings": [found]}}
    made = after(text, did("renamed", rename={"from": "a", "to": "Crash on start"}), given=given)
    assert [effect.action for effect in made.effects] == ["mask"]


def test_the_grace_period_is_the_configurations(after: Any) -> None:
    config = {"execution": {"grace_period": "30m"}}
    assert len(after(rule("add_labels: bug"), label("unlabeled", "bug"), config=config).effects) == 1


def test_without_the_timeline_nothing_is_done_against_anybody(after: Any) -> None:
    text = rule("add_labels: bug", "comment: { text: Hello. }", "warn: Careful")
    made = after(text, absent={"payload.timeline": Absent("GitHub did not answer", failed=True)})
    assert [effect.action for effect in made.effects] == ["warn"]
    assert [(note.action, note.reason) for note in made.notes] == [
        ("add_labels", "the timeline could not be read (failed: GitHub did not answer)"),
        ("comment", "the timeline could not be read (failed: GitHub did not answer)"),
    ]
    made = after(text, absent={"payload.comments": Absent("no", failed=True)})
    assert [effect.action for effect in made.effects] == ["add_labels", "warn"]


def test_an_observing_policy_would_not_do_it_either(program: Any, payload: dict[str, Any]) -> None:
    loaded = program("mode: observe\n" + rule("add_labels: bug"))
    shown = {**payload, "timeline": [label("unlabeled", "bug")]}
    made = plan(rulewright.evaluate(loaded, Facts(Event("issues", "opened", shown), NOW)))
    assert made.observed == ()
