"""Triage metrics, from audit entries alone."""

from __future__ import annotations

from typing import Any

import pytest

from rulewright.run.metrics import SERVICE_LEVELS, Level, Times, metrics


def entry(number: int, at: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "subject",
        "at": f"2026-01-{at}:00Z",
        "target": f"octo-org/demo#{number}",
        "number": number,
        "event": "schedule",
        "dry_run": False,
        "created_at": "2026-01-01T00:00:00Z",
        "severity": "high",
        "triaged": False,
        **more,
    }


def test_nothing_is_known_of_an_empty_journal() -> None:
    found = metrics([])
    assert found.subjects == found.entries == 0
    assert found.pii_rate is found.error_rate is None
    assert found.time_to_triage == Times()
    assert found.levels["low"] == Level(7 * 86400.0)
    assert found.levels["low"].rate is None


@pytest.mark.parametrize(("severity", "hours"), [("critical", 1), ("high", 24), ("medium", 72), ("low", 168)])
def test_the_limits_are_those_of_the_mission(severity: str, hours: int) -> None:
    assert SERVICE_LEVELS[severity] == hours * 3600


def test_within_late_missed_and_open() -> None:
    found = metrics(
        [
            entry(1, "01T20:00", triaged=True, triaged_at="2026-01-01T20:00:00Z"),
            entry(2, "02T10:00", triaged=True, triaged_at="2026-01-02T10:00:00Z"),
            entry(3, "02T10:00"),
            entry(4, "02T10:00", created_at="2026-01-02T09:00:00Z"),
            entry(5, "02T10:00", severity=None),
        ]
    )
    assert found.levels["high"] == Level(86400.0, within=1, late=1, missed=1, open=1)
    assert found.levels["high"].rate == pytest.approx(1 / 3)
    assert (found.subjects, found.triaged) == (5, 2)
    assert found.time_to_triage == Times(2, 27 * 3600.0, 27 * 3600.0)
    assert metrics([entry(4, "02T10:00")], "2026-01-01T12:00:00Z").levels["high"].open == 1


def test_a_moment_that_nobody_knows_is_bounded_by_what_was_seen() -> None:
    waited = metrics([entry(1, "01T05:00"), entry(1, "01T06:00", triaged=True, triaged_at=None)])
    assert waited.time_to_triage == Times(1, 6 * 3600.0, 6 * 3600.0)
    before = metrics([entry(1, "05T05:00", triaged=True, triaged_at=None)])
    assert before.time_to_triage == Times()
    assert before.triaged == 1
    assert before.levels["high"] == Level(86400.0)


def test_triage_that_was_taken_back_is_not_over() -> None:
    found = metrics(
        [entry(1, "01T05:00", triaged=True, triaged_at="2026-01-01T05:00:00Z"), entry(1, "01T06:00")]
    )
    assert found.triaged == 0
    assert found.levels["high"].open == 1


def test_dry_runs_count_for_themselves_only() -> None:
    dry = entry(1, "01T05:00", dry_run=True, triaged=True, triaged_at="2026-01-01T05:00:00Z", errors=["x"])
    found = metrics([dry, entry(2, "01T05:00"), {"kind": "effect", "at": "2026-01-01T06:00:00Z"}])
    assert (found.entries, found.dry_runs, found.subjects, found.triaged) == (2, 1, 1, 0)
    assert found.error_rate == 0.5


def test_findings_owners_and_gates() -> None:
    found = metrics(
        [
            entry(1, "01T05:00", pii={"count": 2, "types": []}, gate={"result": "fail", "reasons": []}),
            entry(
                1, "01T06:00", pii={"count": 1, "types": []}, owner="mona", owned_at="2026-01-01T06:00:00Z"
            ),
            entry(2, "01T05:00", pii={"count": 0, "types": []}, gate={"result": "fail", "reasons": []}),
            entry(2, "01T06:00", pii={"count": None, "types": []}, gate={"result": "pass", "reasons": []}),
            entry(3, "01T05:00"),
        ]
    )
    assert (found.pii_findings, found.pii_rate) == (2, 0.5)
    assert found.time_to_owner == Times(1, 6 * 3600.0, 6 * 3600.0)
    assert found.gate_failures == 1


def test_a_plan_carried_out_by_hand_is_no_triage() -> None:
    assert metrics([entry(1, "01T05:00", event="plan")]).subjects == 0
