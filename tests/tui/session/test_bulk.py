"""Deciding all rows: the same as one by one, in parts, cancelled, taken up again; what cannot be decided is told."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import RulewrightError
from rulewright.program.program import Program
from rulewright.run.comparison import EffectCount
from rulewright_tui.session import bulk, event_sources
from rulewright_tui.session.archive import Archive
from rulewright_tui.session.bulk import (
    BulkInputs,
    compare_rows,
    cut_tasks,
    decide_rows,
    without_models,
)
from rulewright_tui.session.event_sources import index_events
from rulewright_tui.session.row_results import ComparisonTable, ResultTable, summarize_decision

if TYPE_CHECKING:
    from rulewright.policy.json_types import JsonObject

NOW = "2026-01-05T09:00:00Z"
INPUTS = BulkInputs(NOW)
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First look at every new issue. }
on: [issues.opened]
rules:
  - id: crash
    description: The title speaks of a crash.
    when: { title: { contains: crash } }
    then: [ { add_labels: [bug] } ]
  - id: sized
    description: The body says how large it is.
    when: { body: { contains: "size:" } }
    then: [ { add_labels: [sized] } ]
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "intake.yaml").write_text(POLICY)
    return rulewright.load(tmp_path / "intake.yaml", cache=False)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(event_sources, "FIRST_ROWS", 7)
    monkeypatch.setattr(event_sources, "RANGE_BYTES", 2000)
    monkeypatch.setattr(bulk, "ROWS_IN_TASK", 4)
    lines: list[Any] = [issue(number) for number in range(40)]
    lines[13] = "no event"
    (tmp_path / "events.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    made = Archive()
    for batch in index_events([], [str(tmp_path / "events.jsonl")], processes=0):
        made.add_batch(batch)
    return made


def issue(number: int) -> dict[str, Any]:
    title = "A crash" if number % 3 == 0 else "A page"
    body = "size: large" if number % 4 == 0 else None if number % 4 == 1 else "text"
    issue = {"number": number, "title": title, "body": body, "labels": [], "state": "open"}
    return {"action": "opened", "issue": issue, "repository": {"full_name": "octo-org/hello"}}


@pytest.mark.parametrize("processes", [0, 2])
def test_all_rows_are_decided_as_one_by_one(processes: int, archive: Archive, program: Program) -> None:
    table = ResultTable()
    done = 0
    for decided in decide_rows(archive, [range(len(archive))], program, INPUTS, processes=processes):
        assert decided.first_row == done  # in order, each row once
        table.set_batch(decided.first_row, decided.results)
        done = table.decided
    assert done == 40
    for row in range(40):
        if row == 13:
            assert table.result(row) == bulk.NO_EVENT
            continue
        decision = rulewright.evaluate(program, rulewright.gather(program, archive.event(row), now=NOW))
        expected = summarize_decision(decision, len(rulewright.plan(decision).effects))
        assert table.result(row) == expected
    assert table.result(0) is table.result(12)


def test_work_that_was_cancelled_is_taken_up_again(archive: Archive, program: Program) -> None:
    table, stop = ResultTable(), threading.Event()
    for decided in decide_rows(archive, [range(40)], program, INPUTS, processes=2, cancel=stop.is_set):
        table.set_batch(decided.first_row, decided.results)
        stop.set()
    assert 0 < table.decided < 40
    rest = list(table.undecided_ranges(40))
    for decided in decide_rows(archive, rest, program, INPUTS, processes=0):
        table.set_batch(decided.first_row, decided.results)
    assert table.decided == 40
    assert list(table.undecided_ranges(40)) == []


def test_rows_are_cut_at_sources_and_sizes(archive: Archive) -> None:
    tasks = list(cut_tasks(archive, [range(5, 9), range(20, 40)]))
    rows = [row for task in tasks for row in range(task.first_row, task.first_row + len(task.offsets))]
    assert rows == [*range(5, 9), *range(20, 40)]
    assert max(len(task.offsets) for task in tasks) == 4
    assert list(cut_tasks(archive, [range(0)])) == []


def test_a_file_that_vanished_is_an_error_of_its_rows(
    archive: Archive, program: Program, tmp_path: Path
) -> None:
    (tmp_path / "events.jsonl").unlink()
    table = ResultTable()
    for decided in decide_rows(archive, [range(40)], program, INPUTS, processes=0):
        table.set_batch(decided.first_row, decided.results)
    assert table.count_outcomes().failed == 40


def test_an_event_that_cannot_be_decided_says_why(
    archive: Archive, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RulewrightError("the policies end in a circle")

    monkeypatch.setattr(bulk, "plan", fail)
    (first, *_) = decide_rows(archive, [range(3)], program, INPUTS, processes=0)
    assert first.results.distinct[0].error == "the policies end in a circle"
    (first, *_) = decide_rows(archive, [range(3)], program, INPUTS._replace(plans=False), processes=0)
    assert first.results.distinct[0].error is None
    assert first.results.distinct[0].effects is None


def test_no_model_is_asked_without_providers(program: Program) -> None:
    data: JsonObject = {
        "providers": {"api": {"kind": "api"}},
        "models": {"chain": ["api"], "budget": {}},
        "budgets": {},
    }
    bare = without_models(program.with_policies(program.policies, Config(data)))
    assert bare.config.to_json() == {"models": {"budget": {}}, "budgets": {}}
    assert bare.policies == program.policies


def test_two_programs_are_compared_over_all_rows(archive: Archive, program: Program, tmp_path: Path) -> None:
    (tmp_path / "intake.yaml").write_text(POLICY.replace("contains: crash", "contains: page"))
    after = rulewright.load(tmp_path / "intake.yaml", cache=False)
    tables = []
    for processes in (0, 2):
        table = ComparisonTable()
        for rows in compare_rows(archive, [range(40)], program, after, INPUTS, processes=processes):
            table.set_batch(rows.first_row, rows.results)
        tables.append(table)
    table = tables[0]
    assert [table.result(row) for row in range(40)] == [tables[1].result(row) for row in range(40)]
    crashes = [row for row in range(40) if row % 3 == 0 and row != 13]
    assert list(table.rows_changed("intake", "crash", "matched", "not_matched")) == crashes
    assert list(table.differing_rows()) == [row for row in range(40) if row != 13]
    difference = table.count_by_rule()["intake/crash"]
    pages = 39 - len(crashes)
    assert difference.changes == {("matched", "not_matched"): len(crashes), ("not_matched", "matched"): pages}
    assert difference.effects == EffectCount("intake/crash", new=pages, gone=len(crashes))
    assert len(table.rows_with_effects("intake/crash")) == 39
    assert table.decided == 40
