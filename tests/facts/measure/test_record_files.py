"""Files of measurement records: each line is one; a damaged file gives none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rulewright.facts.measure.record_files import read_records

RECORD = {"metric": "chat", "values": [1]}


def test_lines_events_and_the_output_of_tools_in_one_folder(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text(
        json.dumps(RECORD) + "\n\n" + json.dumps({**RECORD, "metric": "load"}) + "\n"
    )
    (tmp_path / "event.json").write_text(json.dumps({"measurements": [RECORD], "run": {"sha": "abc"}}))
    (tmp_path / "bench.json").write_text('{"benchmarks": []}')
    (tmp_path / "notes.txt").write_text("no record")
    found = read_records(str(tmp_path))
    assert found.problem == ""
    assert [record["metric"] for record in found.records] == ["chat", "chat", "load"]
    assert found.records[0]["sha"] == "abc"


@pytest.mark.parametrize(
    "line",
    [
        *('{"metric": "chat", "values": [1', "[1]", '{"values": [1]}', '{"metric": 3}'),
        *('{"metric": "a", "metric": "b"}', '{"metric": "a", "value": NaN}', "\x00"),
    ],
)
def test_a_damaged_line_is_told_and_nothing_is_taken(tmp_path: Path, line: str) -> None:
    (tmp_path / "m.jsonl").write_text(json.dumps(RECORD) + "\n" + line + "\n")
    found = read_records(str(tmp_path / "m.jsonl"))
    assert found.records == ()
    assert found.problem.startswith("m.jsonl:2: ")


def test_an_event_that_is_cut_off_is_not_taken_for_the_output_of_a_tool(tmp_path: Path) -> None:
    event = json.dumps({"measurements": [RECORD, RECORD]})
    (tmp_path / "a.json").write_text(event)
    (tmp_path / "b.json").write_text('{"benchmarks": [NaN')
    assert len(read_records(str(tmp_path)).records) == 2
    (tmp_path / "b.json").write_text(event[:-5])
    found = read_records(str(tmp_path))
    assert found.records == ()
    assert found.problem.startswith("b.json: line 1, column ")


def test_a_file_that_is_named_must_hold_records(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text('{"benchmarks": []}')
    assert read_records(str(tmp_path / "bench.json")).problem
