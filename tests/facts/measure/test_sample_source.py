"""Sources joined over files, and checked for age, commit and place."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from rulewright.facts.measure.sample_source import MeasuringContext, read_sample
from rulewright.measurements.sample import Sample

NOW = "2026-01-05T09:00:00Z"
SHA = "4f2c9d1e0a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d"


def read(folder: Path, source: dict[str, Any], baseline: Any = None, **context: Any) -> Sample:
    measured = {"source": source, "aggregate": "p95", **({"baseline": baseline} if baseline else {})}
    return read_sample("chat-p95", measured, MeasuringContext(str(folder), NOW, **context))


def code(sample: Sample) -> str:
    assert sample.problem is not None, sample
    return sample.problem.code


def write(path: Path, values: list[Any], **more: Any) -> None:
    path.write_text(json.dumps({"values": values, **more}))


def bench(
    path: Path, values: list[float], *, time: str = "2026-01-05T08:00:00+00:00", commit: str = SHA
) -> None:
    stats = {"data": values, "rounds": len(values), "iterations": 1, "min": min(values)}
    benchmark = {"name": "test_chat", "fullname": "tests/test_chat.py::test_chat", "stats": stats}
    document = {
        "benchmarks": [benchmark],
        "datetime": time,
        "commit_info": {"id": commit},
        "version": "5.3.1",
    }
    path.write_text(json.dumps(document))


def test_a_file_is_a_run_and_a_glob_several(tmp_path: Path) -> None:
    write(tmp_path / "b.json", [3, 4])
    write(tmp_path / "a.json", [1, 2])
    sample = read(tmp_path, {"json": "*.json", "select": "values"})
    assert [[*run.values] for run in sample.runs] == [[1.0, 2.0], [3.0, 4.0]]
    assert sample.source is not None
    assert sample.source.path == "*.json"
    one = read(tmp_path, {"json": "a.json", "select": "values"})
    assert one.source is not None
    assert one.source.sha256 == hashlib.sha256((tmp_path / "a.json").read_bytes()).hexdigest()


def test_every_value_can_be_a_run(tmp_path: Path) -> None:
    write(tmp_path / "a.json", [1, 2, 3])
    sample = read(tmp_path, {"json": "a.json", "select": "values", "independent": True})
    assert [tuple(run.values) for run in sample.runs] == [(1.0,), (2.0,), (3.0,)]


def test_runs_stand_in_order_of_time(tmp_path: Path) -> None:
    bench(tmp_path / "a.json", [2.0], time="2026-01-05T08:00:00+00:00")
    bench(tmp_path / "b.json", [1.0], time="2026-01-05T09:30:00+02:00")
    sample = read(tmp_path, {"pytest-benchmark": "*.json", "select": "test_chat"})
    assert [run.values[0] for run in sample.runs] == [1.0, 2.0]
    assert sample.commit == SHA


@pytest.mark.parametrize("path", ["gone.json", "*.gone"])
def test_no_file_is_told_by_its_path(tmp_path: Path, path: str) -> None:
    sample = read(tmp_path, {"json": path, "select": "values"})
    assert code(sample) == "no_source"
    assert sample.problem is not None
    assert path in sample.problem.reason


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_text('{"values": [1, 2')
    sample = read(tmp_path, {"json": "cut.json", "select": "values"})
    assert code(sample) == "unreadable"
    assert sample.problem is not None
    assert sample.problem.reason.startswith("cut.json: ")
    os.mkfifo(tmp_path / "pipe.json")
    assert code(read(tmp_path, {"json": "pipe.json", "select": "values"})) == "unreadable"
    (tmp_path / "folder.json").mkdir()
    assert code(read(tmp_path, {"json": "folder.json", "select": "values"})) == "unreadable"


def test_a_link_leads_nowhere_else(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    write(tmp_path / "secret.json", [1])
    (inside / "a.json").symlink_to("../secret.json")
    assert code(read(inside, {"json": "a.json", "select": "values"})) == "unreadable"
    write(inside / "b.json", [2])
    (inside / "c.json").symlink_to("b.json")
    assert read(inside, {"json": "c.json", "select": "values"}).problem is None


def test_age(tmp_path: Path) -> None:
    bench(tmp_path / "a.json", [1.0], time="2026-01-04T08:00:00+00:00")
    source = {"pytest-benchmark": "a.json", "select": "test_chat"}
    assert code(read(tmp_path, {**source, "max_age": "24h"})) == "stale"
    assert read(tmp_path, {**source, "max_age": "26h"}).problem is None
    write(tmp_path / "b.json", [1])
    assert code(read(tmp_path, {"json": "b.json", "select": "values", "max_age": "24h"})) == "no_time"


def test_each_of_several_files_and_records_must_be_fresh(tmp_path: Path) -> None:
    bench(tmp_path / "a.json", [1.0], time="2026-01-05T08:00:00+00:00")
    bench(tmp_path / "b.json", [1.0], time="2025-12-05T08:00:00+00:00")
    sample = read(tmp_path, {"pytest-benchmark": "*.json", "select": "test_chat", "max_age": "24h"})
    assert sample.problem is not None
    assert sample.problem.code == "stale"
    assert sample.problem.reason.startswith("b.json: measured 31d")
    records = [
        {"metric": "chat", "value": 1, "time": time}
        for time in ("2026-01-05T08:00:00Z", "2025-12-05T08:00:00Z")
    ]
    source = {"measurement": "chat", "max_age": "24h"}
    assert code(read(tmp_path, source, records=records)) == "stale"
    assert read(tmp_path, source, records=[*records[:1], {**records[1], "side": "base"}]).problem is None
    del records[1]["time"]
    assert code(read(tmp_path, source, records=records)) == "no_time"


def test_a_time_to_come_is_not_fresh(tmp_path: Path) -> None:
    bench(tmp_path / "a.json", [1.0], time="2026-01-07T08:00:00+00:00")
    assert (
        code(read(tmp_path, {"pytest-benchmark": "a.json", "select": "test_chat", "max_age": "24h"}))
        == "stale"
    )


@pytest.mark.parametrize(
    ("sha", "wanted"),
    [
        (SHA, None),
        (SHA[:12], None),
        (SHA.upper(), None),
        ("", None),
        ("0" * 40, "other_commit"),
        (SHA[:4], "other_commit"),
    ],
)
def test_commit(tmp_path: Path, sha: str, wanted: str | None) -> None:
    bench(tmp_path / "a.json", [1.0])
    sample = read(tmp_path, {"pytest-benchmark": "a.json", "select": "test_chat"}, commit=sha)
    assert (sample.problem and sample.problem.code) == wanted


def test_a_baseline_is_read_as_the_source_is(tmp_path: Path) -> None:
    write(tmp_path / "a.json", [1])
    write(tmp_path / "base.json", [2])
    source = {"json": "a.json", "select": "values"}
    base = read(tmp_path, source, {"file": "base.json"}).baseline
    assert base is not None
    assert [*base.runs[0].values] == [2.0]
    for path, wanted in (("a.json", "same_as_baseline"), ("gone.json", "no_baseline")):
        base = read(tmp_path, source, {"file": path}).baseline
        assert base is not None
        assert code(base) == wanted
    (tmp_path / "copy.json").write_bytes((tmp_path / "a.json").read_bytes())
    base = read(tmp_path, source, {"file": "copy.json"}).baseline
    assert base is not None
    assert code(base) == "same_as_baseline"
    (tmp_path / "cut.json").write_text("{")
    base = read(tmp_path, source, {"file": "cut.json"}).baseline
    assert base is not None
    assert code(base) == "bad_baseline"


def test_a_baseline_may_be_older_than_the_source(tmp_path: Path) -> None:
    bench(tmp_path / "a.json", [1.0])
    bench(tmp_path / "b.json", [1.0], time="2025-12-05T08:00:00+00:00")
    source = {"pytest-benchmark": "a.json", "select": "test_chat", "max_age": "24h"}
    base = read(tmp_path, source, {"file": "b.json"}).baseline
    assert base is not None
    assert base.problem is None


def test_a_file_of_the_source_is_no_baseline(tmp_path: Path) -> None:
    for name in "ab":
        write(tmp_path / f"new-{name}.json", [1])
    (tmp_path / "link.json").symlink_to("new-b.json")
    source = {"json": "new-*.json", "select": "values"}
    for path in ("new-b.json", "link.json", "*-b.json"):
        base = read(tmp_path, source, {"file": path}).baseline
        assert base is not None
        assert code(base) == "same_as_baseline", path


def test_records_of_the_measurement_are_no_baseline(tmp_path: Path) -> None:
    records = [
        {"metric": "chat", "value": value, "time": f"2026-01-05T08:00:0{value}Z"} for value in range(3)
    ]

    def baseline_code(kept: list[Any]) -> str:
        (tmp_path / "base.jsonl").write_text("".join(json.dumps(record) + "\n" for record in kept))
        source = {"measurement": "chat"}
        base = read(tmp_path, source, {"file": "base.jsonl"}, records=records).baseline
        assert base is not None
        return base.problem.code if base.problem is not None else ""

    assert baseline_code(records) == "same_as_baseline"
    assert baseline_code([records[1], {**records[1], "time": "2026-01-04"}]) == "same_as_baseline"
    assert baseline_code([{**record, "time": "2026-01-04"} for record in records]) == ""
    for record in records:
        del record["time"]
    assert baseline_code(records) == "same_as_baseline"
    assert baseline_code(records[:2]) == "", "counts of whole suites may be alike"


def test_values_that_are_runs_keep_failed_requests_and_cases(tmp_path: Path) -> None:
    record = {"metric": "chat", "values": [1, 2], "cases": ["x", "y"], "errored": ["z"], "failed": 5}
    sample = read(
        tmp_path,
        {"measurement": "chat", "independent": True},
        records=[record, {**record, "values": [], "cases": []}],
    )
    assert [(run.values, run.cases, run.errored, run.failed) for run in sample.runs] == [
        ((1.0,), ("x",), ("z",), 5),
        ((2.0,), ("y",), (), 0),
        ([], (), ("z",), 5),
    ]
    for shape in ({"figures": {"p95": 1}}, {"events": {"bad": 1, "total": 2}}):
        whole = {"metric": "chat", **shape}
        assert (
            code(read(tmp_path, {"measurement": "chat", "independent": True}, records=[whole]))
            == "unsuitable"
        )


def test_runs_do_not_split_records(tmp_path: Path) -> None:
    records = [{"metric": "chat", "values": [1, 2]}]
    assert code(read(tmp_path, {"measurement": "chat", "runs": "run"}, records=records)) == "unsuitable"


def test_records_that_could_not_be_read_measure_nothing(tmp_path: Path) -> None:
    records = ({"metric": "chat", "values": [1]},)
    source = {"measurement": "chat"}
    assert read(tmp_path, source, records=records).problem is None
    assert code(read(tmp_path, source, records=records, record_problem="m.jsonl:2: cut")) == "unreadable"
    found = read(tmp_path, {"measurement": "chta"}, records=records)
    assert code(found) == "no_source"
    assert found.problem is not None
    assert "chat" in found.problem.reason


def test_a_record_without_a_zone_has_no_age_and_runs_follow_the_clock(tmp_path: Path) -> None:
    source = {"measurement": "chat", "max_age": "24h"}
    fresh = ({"metric": "chat", "values": [1], "time": "2026-01-05T08:00:00"},)
    assert code(read(tmp_path, source, records=fresh)) == "no_time"
    zones = [("2026-01-05T08:30:00+02:00", 1), ("2026-01-05T07:00:00Z", 2), ("2026-01-05T03:00:00-05:00", 3)]
    records = tuple({"metric": "chat", "values": [value], "time": time} for time, value in reversed(zones))
    sample = read(tmp_path, source, records=records)
    assert [run.values[0] for run in sample.runs] == [1.0, 2.0, 3.0]
