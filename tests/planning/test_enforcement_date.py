"""`execution.enforce_since`: what was opened before stays open for 30 days after that date and our last question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.events.model import Event, Facts
from rulewright.planning.planner import plan
from rulewright.policy.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.actions.plan import Plan

NOW = "2026-03-01T09:00:00Z"
BOT = {"login": "triage-app[bot]", "type": "Bot"}
CLOSES = "rules:\n  - { id: old, when: { state: open }, then: [ add_labels: stale, close: not_planned ] }\n"
CONFIG = {"execution": {"enforce_since": "2026-01-05"}}


def change(event: str, at: str, actor: Any = BOT, **more: Any) -> dict[str, Any]:
    return {"event": event, "created_at": at, "actor": actor, **more}


@pytest.fixture
def decide(program: Callable[..., Any], payload: dict[str, Any]) -> Callable[..., Plan]:
    def make(
        *timeline: dict[str, Any],
        opened: str | None = "2025-11-01T00:00:00Z",
        viewer: Any = None,
        now: str = NOW,
        config: dict[str, Any] = CONFIG,
        text: str = CLOSES,
    ) -> Plan:
        shown = {**payload, "issue": {**payload["issue"], "created_at": opened}, "timeline": list(timeline)}
        if viewer is not None:
            shown["viewer"] = viewer
        loaded = program(text)
        loaded.config = Config(config)
        return plan(rulewright.evaluate(loaded, Facts(Event("issues", "opened", shown), now)))

    return make


def actions(made: Plan) -> list[str]:
    return [effect.action for effect in made.effects]


@pytest.mark.parametrize(
    ("now", "closes"),
    [
        ("2026-01-05T00:00:00Z", False),
        ("2026-02-03T23:59:59Z", False),
        ("2026-02-04T00:00:00Z", True),
        (NOW, True),
    ],
)
def test_an_old_issue_stays_open_for_thirty_days(decide: Any, now: str, closes: bool) -> None:
    made = decide(now=now)
    assert ("close" in actions(made)) == closes
    assert "add_labels" in actions(made)  # only closing waits
    if not closes:
        (note,) = made.notes
        assert note.action == "close"
        assert note.reason == (
            "it was opened before enforcement began (2026-01-05); held until 2026-02-04T00:00:00Z"
        )


@pytest.mark.parametrize(
    "asked",
    [
        change("labeled", "2026-02-20T00:00:00Z", label={"name": "needs-info"}),
        change("commented", "2026-02-20T00:00:00Z", actor=None, user=BOT),
    ],
)
def test_our_last_question_starts_the_thirty_days_anew(decide: Any, asked: dict[str, Any]) -> None:
    made = decide(asked)
    assert actions(made) == ["add_labels"]
    assert made.notes[0].reason.endswith("held until 2026-03-22T00:00:00Z")
    assert "close" in actions(decide(asked, now="2026-03-22T00:00:00Z"))
    # Where we know who we are, another program's comments do not count.
    assert "close" in actions(decide(asked, viewer={"login": "other-app[bot]"}))
    assert "close" not in actions(
        decide(asked, viewer={"login": "other-app[bot]", "also": ["triage-app[bot]"]})
    )
    assert "close" not in actions(decide(asked, viewer=BOT))


def test_what_a_person_says_does_not_count_as_our_question(decide: Any) -> None:
    mona = {"login": "mona", "type": "User"}
    said = change("commented", "2026-02-28T00:00:00Z", actor=None, user=mona)
    assert "close" in actions(decide(said))


@pytest.mark.parametrize("opened", ["2026-01-05T00:00:00Z", "2026-02-01T00:00:00Z"])
def test_what_was_opened_since_closes_as_the_rules_say(decide: Any, opened: str) -> None:
    asked = change("labeled", "2026-02-28T00:00:00Z", label={"name": "needs-info"})
    assert "close" in actions(decide(asked, opened=opened, now=NOW))


def test_an_issue_of_unknown_age_counts_as_old(decide: Any) -> None:
    assert "close" not in actions(decide(opened=None, now="2026-01-10T00:00:00Z"))


def test_without_the_date_nothing_waits(decide: Any) -> None:
    assert "close" in actions(decide(config={}, now="2026-01-05T00:00:00Z"))


def test_a_person_s_word_is_told_before_the_date_is(decide: Any) -> None:
    mona = {"login": "mona", "type": "User"}
    made = decide(change("reopened", "2026-01-10T08:00:00Z", mona), now="2026-01-10T09:00:00Z")
    assert made.notes[0].reason == "mona reopened it at 2026-01-10T08:00:00Z; held until 2026-01-11T08:00:00Z"
    made = decide(change("reopened", "2026-01-10T08:00:00Z", mona), now="2026-01-12T09:00:00Z")
    assert made.notes[0].reason.startswith("it was opened before enforcement began")


def test_a_rule_that_opens_is_not_held(decide: Any) -> None:
    text = "rules:\n  - { id: open, when: { title: { exists: true } }, then: [ reopen ] }\n"
    made = decide(text=text, now="2026-01-10T00:00:00Z")
    assert made.notes == ()
