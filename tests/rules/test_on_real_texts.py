"""The shipped policies over payloads as GitHub sends them, nothing given: what text and timeline say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import rulewright

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-01-05T09:00:00Z"
FORM = """\
### Summary

The export stops.

### Steps to reproduce

1. Open a chat
2. Export it

### Expected Behavior

A file.

### Actual Behavior

{actual}

### Size estimate

{size}
"""


def payload(name: str, **issue: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "examples" / "events" / f"{name}.json").read_text("utf-8"))
    return {**found, "issue": {**found["issue"], **issue}}


def decided(policy: str, event: dict[str, Any]) -> tuple[dict[str, str], Any]:
    """(rule → status, facts) of one shipped policy."""
    program = rulewright.load(ROOT / "rules" / policy)
    facts = rulewright.gather(program, event, now=NOW)
    return {
        rule.id: rule.status for one in rulewright.evaluate(program, facts).policies for rule in one.rules
    }, facts


@pytest.mark.parametrize(
    ("size", "actual", "missing", "sized"),
    [
        ("small", "Nothing.", [], True),
        ("Medium", "Nothing.", [], True),
        ("huge", "Nothing.", [], False),
        ("_No response_", "Nothing.", [], False),
        ("epic", "_No response_", ["actual behaviour"], True),
        ("<!-- xsmall to epic -->", "n/a", ["actual behaviour"], False),
    ],
)
def test_intake_reads_the_form(size: str, actual: str, missing: list[str], sized: bool) -> None:
    """The size is for maintainers: its author is not asked for it, and without it there is no backlog."""
    labels = [{"name": "severity/low"}, {"name": "priority/P3"}]
    event = payload("issue-complete", body=FORM.format(size=size, actual=actual), labels=labels)
    rules, facts = decided("triage/intake.yaml", event)
    assert facts.values["form"]["missing"] == missing
    assert rules["incomplete"] == ("matched" if missing else "not_matched")
    assert rules["to-backlog"] == ("matched" if sized and not missing else "not_matched")


def touch(event: str, at: str, kind: str = "User") -> dict[str, Any]:
    return {
        "event": event,
        "created_at": at,
        "actor": {"login": "mona", "type": kind},
        "label": {"name": "Backlog"},
    }


@pytest.mark.parametrize(
    ("timeline", "status"),
    [
        ([], "matched"),
        ([touch("unlabeled", "2026-01-05T08:00:00Z")], "not_matched"),
        ([touch("unlabeled", "2026-01-05T08:00:00Z", "Bot")], "matched"),
        ([touch("unlabeled", "2026-01-04T08:00:00Z")], "matched"),
        (None, "undetermined"),
    ],
)
def test_grooming_reads_who_touched_the_labels(timeline: Any, status: str) -> None:
    event = payload("schedule-issue", labels=[{"name": "Triaged"}], body="Size estimate: small")
    if timeline is not None:
        event["timeline"] = timeline
    rules, _ = decided("grooming/backlog.yaml", event)
    assert rules["pair-backlog"] == status
