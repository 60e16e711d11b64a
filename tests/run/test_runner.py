"""A run finished subjects as a library call: no command line, no GitHub."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

import rulewright
from fixtures.readers import SnapshotReader
from rulewright.actions.port import RecordingPort
from rulewright.events.model import Event
from rulewright.events.snapshot import Snapshot, with_snapshot
from rulewright.program.program import Program
from rulewright.run import exit_codes
from rulewright.run.context import RunContext
from rulewright.run.pipeline import Inputs, SubjectResult, plan_subject
from rulewright.run.runner import run_subjects
from rulewright.run.state.store import NoStore

NOW = "2026-01-05T09:00:00Z"
REPOSITORY = "octo-org/demo"
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First look at every issue. }
on: [schedule]
rules:
  - id: crash
    description: The title speaks of a crash.
    when: { title: { contains: crash } }
    then: [ { add_labels: [bug] } ]
"""


class BrokenReader(SnapshotReader):
    """Fails on the subject `broken`."""

    def __init__(self, port: RecordingPort, broken: int = 0) -> None:
        super().__init__(port)
        self.broken = broken

    def fresh(self, event: Event, subject: Any) -> Event:
        if subject.number == self.broken:
            raise ZeroDivisionError
        return super().fresh(event, subject)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "intake.yaml").write_text(POLICY)
    return rulewright.load(str(tmp_path), cache=False)


@pytest.fixture
def port() -> RecordingPort:
    titles = {1: "A crash", 2: "A question", 3: "One more crash"}
    return RecordingPort(
        {
            f"{REPOSITORY}#{number}": Snapshot(title, "", "open", comments=())
            for number, title in titles.items()
        },
        moment=NOW,
    )


def events(port: RecordingPort) -> list[Event]:
    return [
        with_snapshot(
            Event(
                "schedule",
                None,
                {"issue": {"number": int(target.partition("#")[2])}, "repository": {"full_name": REPOSITORY}},
            ),
            state,
        )
        for target, state in port.snapshots.items()
    ]


def context(program: Program, outside: RecordingPort, broken: int = 0, **more: Any) -> RunContext:
    reader = cast("Any", BrokenReader(outside, broken))
    return RunContext(program, reader, NoStore(), lambda: NOW, REPOSITORY, **more)


def test_plans_are_applied_and_recorded(program: Program, port: RecordingPort) -> None:
    results: list[SubjectResult] = []
    run = context(program, port, port=port)
    summary = run_subjects(run, events(port), results.append)
    assert summary.exit_code == exit_codes.DONE
    assert [(result.target, result.changed) for result in results] == [
        (f"{REPOSITORY}#1", True),
        (f"{REPOSITORY}#2", False),
        (f"{REPOSITORY}#3", True),
    ]
    assert [effect.target for effect in port.written] == [f"{REPOSITORY}#1", f"{REPOSITORY}#3"]
    (segment,) = run.store.segments()
    assert segment[1].count(b'"kind":"effect"') == 2


def test_a_dry_run_writes_nothing(program: Program, port: RecordingPort) -> None:
    results: list[SubjectResult] = []
    run_subjects(context(program, port, dry="nobody asked"), events(port), results.append)
    assert port.written == []
    assert {(result.records, result.dry) for result in results} == {(None, "nobody asked")}
    assert [result.noteworthy for result in results] == [True, False, True]


@pytest.mark.parametrize("dry", [True, False])
def test_results_of_a_dry_run_appear_before_the_next_subject_is_planned(
    dry: bool, program: Program, port: RecordingPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plans that are applied are stored first, a batch at a time, so that nothing is begun of which nobody knows."""
    steps: list[str] = []

    def plan(program: Any, event: Event, *more: Any, **named: Any) -> Any:
        steps.append(f"plan {event.payload['issue']['number']}")
        return plan_subject(program, event, *more, **named)

    monkeypatch.setattr("rulewright.run.runner.plan_subject", plan)
    run = context(program, port, dry="nobody asked") if dry else context(program, port, port=port)
    run_subjects(run, events(port), lambda result: steps.append(f"result {result.target[-1]}"))
    apart = ["plan 1", "result 1", "plan 2", "result 2", "plan 3", "result 3"]
    assert (steps == apart) is dry
    assert sorted(steps) == sorted(apart)


def test_a_fault_of_the_program_fails_one_subject(program: Program, port: RecordingPort) -> None:
    """The caller is given the error, and says where its report is."""
    crashes: list[Exception] = []

    def report(error: Exception) -> str:
        crashes.append(error)
        return "report.txt"

    results: list[SubjectResult] = []
    run_subjects(context(program, port, 1, port=port, report_crash=report), events(port), results.append)
    assert [type(error) for error in crashes] == [ZeroDivisionError]
    first, *others = results
    assert first.error is not None
    assert first.error.message == "unexpected ZeroDivisionError; a report was written to report.txt"
    assert first.code == exit_codes.FAILED
    assert [result.code for result in others] == [exit_codes.DONE, exit_codes.DONE]


def test_one_event_is_planned_without_a_run(program: Program, port: RecordingPort) -> None:
    planned = plan_subject(program, events(port)[0], Inputs(NOW))
    assert planned.target == f"{REPOSITORY}#1"
    assert [effect.action for effect in planned.plan.effects] == ["add_labels"]
