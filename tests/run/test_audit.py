"""The audit entry: everything that the mission lists, of what was known, decided and done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.actions.port import RecordingPort
from rulewright.events.model import Event, Facts
from rulewright.events.snapshot import snapshot
from rulewright.planning.planner import plan as made
from rulewright.run.apply import apply
from rulewright.run.audit import audit

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.program import Program

NOW = "2026-01-05T09:00:00Z"
RULES = """
let:
  pii: { detect: pii, in: [issue.body] }
  severity: { label_group: severity, otherwise: { call: triage-severity } }
  size: { value: small }
skip:
  - { id: human-override, when: { labels: { contains: no-triage } } }
rules:
  - id: known
    when: { severity: nothing, size: { in: [large] } }
    then: [ warn: Odd ]
  - id: pii-found
    when: { pii.count: { gt: 0 } }
    then: [ mask: pii, { add_labels: [security] } ]
  - id: tagged
    when: { title: { contains: "[P1]" } }
    then: [ { set_title: { remove: ["[P?]"] } }, { set_label: { group: priority, value: P1 } } ]
  - id: incomplete
    when: { body: { contains: sk-12345678 } }
    then: [ { add_labels: [needs-info] } ]
  - id: lost
    when: { state: open }
    then: [ { comment: { text: "{{ milestone }}" } } ]
"""
FOUND = {
    "count": 1,
    "types": ["api_key"],
    "fields": ["issue.body"],
    "findings": [{"field": "issue.body", "start": 4, "end": 15, "type": "api_key"}],
}


@pytest.fixture
def entry(program: Callable[..., Program], payload: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    def make(*, dry: bool = False, more: dict[str, Any] | None = None, **issue: Any) -> dict[str, Any]:
        shown = {**payload, **(more or {}), "issue": {**payload["issue"], "created_at": NOW, **issue}}
        facts = Facts(Event("issues", "opened", shown), NOW, {"pii": FOUND, "severity": "high"})
        decision = rulewright.evaluate(program(RULES), facts)
        plan = made(decision)
        state = snapshot(facts.event)
        assert state is not None
        journal = None if dry else apply(plan, RecordingPort({"octo-org/demo#3": state}))
        return audit(decision, plan, journal, at=NOW, branch="main")

    return make


def test_what_was_known_decided_and_done(entry: Callable[..., dict[str, Any]]) -> None:
    found = entry(title="[P1] Crash", assignees=[{"login": "mona"}])
    assert {
        name: found[name] for name in ("repository", "number", "event", "owner", "branch", "dry_run")
    } == {
        "repository": "octo-org/demo",
        "number": 3,
        "event": "issues.opened",
        "owner": "mona",
        "branch": "main",
        "dry_run": False,
    }
    assert (found["severity"], found["priority"], found["size"]) == ("low", "P1", "small")
    assert found["pii"] == {"count": 1, "types": ["api_key"]}
    assert found["fields_masked"] == ["issue.body"]
    assert found["title_before"] == "[P1] Crash"
    assert found["fields_changed"] == ["body", "comments", "labels", "title"]
    assert found["gate"] == {"result": "fail", "reasons": ["p0/incomplete"]}
    assert found["notes"] == ["p0/lost: comment: `milestone` is missing"]
    assert found["overrides"] == found["errors"] == found["conflicts"] == []


def test_a_dry_run_says_what_it_would_be_and_that_nothing_was_done(
    entry: Callable[..., dict[str, Any]],
) -> None:
    found = entry(dry=True, title="[P1] Crash")
    assert found["dry_run"] is True
    assert found["priority"] == "P1"
    assert found["fields_changed"] == found["fields_masked"] == []
    assert found["title_before"] is None


def test_a_label_wins_over_a_fact_and_the_fact_over_nothing(entry: Callable[..., dict[str, Any]]) -> None:
    assert entry(labels=[])["severity"] == "high"
    assert entry(labels=[{"name": "Severity/medium"}])["severity"] == "medium"


@pytest.mark.parametrize(
    ("labels", "gate"),
    [
        (["Backlog", "Triaged"], "pass"),
        (["needs_work"], "fail"),
        (["bug"], None),
    ],
)
def test_the_gate_is_read_off_the_labels(
    labels: list[str], gate: str | None, entry: Callable[..., dict[str, Any]]
) -> None:
    found = entry(labels=[{"name": name} for name in labels], body="nothing")
    # The mask of the fixture is of another text: nothing is planned for it.
    assert found["gate"]["result"] == gate
    assert found["triaged"] is ("Triaged" in labels)


def test_moments_are_those_of_the_timeline(entry: Callable[..., dict[str, Any]]) -> None:
    timeline = [
        {"event": "labeled", "label": {"name": "Triaged"}, "created_at": "2026-01-02T00:00:00Z"},
        {"event": "assigned", "assignee": {"login": "mona"}, "created_at": "2026-01-03T00:00:00Z"},
    ]
    found = entry(more={"timeline": timeline}, labels=[{"name": "triaged"}], assignees=[{"login": "mona"}])
    assert found["triaged_at"] == "2026-01-02T00:00:00Z"
    assert found["owned_at"] == "2026-01-03T00:00:00Z"
    assert entry(labels=[{"name": "triaged"}])["triaged_at"] is None


def test_who_decided_otherwise_is_named(entry: Callable[..., dict[str, Any]]) -> None:
    mona = {"login": "mona", "type": "User"}
    timeline = [
        {
            "event": "unlabeled",
            "actor": mona,
            "label": {"name": "needs-info"},
            "created_at": "2026-01-05T08:00:00Z",
        }
    ]
    (found,) = entry(more={"timeline": timeline})["overrides"]
    assert found == {
        "who": "mona",
        "why": "removed `needs-info`, against add_labels of p0/incomplete",
        "when": "2026-01-05T08:00:00Z",
    }
    (skipped,) = entry(labels=[{"name": "no-triage"}])["overrides"]
    assert skipped["why"] == "p0/human-override"
