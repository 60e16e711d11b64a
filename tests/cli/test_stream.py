"""`--events`: many events in order, bad lines told, one process or several."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.cli.main import main
from rulewright.run import event_stream as stream

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("evaluate", "--events", "events.jsonl", "--format", "json", "--now", "2026-01-05T09:00:00Z")


@pytest.fixture
def events(folder: Path, payload: Any) -> Path:
    lines = [json.dumps(payload(f"A crash {number}", "none")) for number in range(5)]
    lines.insert(2, "")
    lines.insert(3, json.dumps({"event": "issues", "payload": payload("docs")}))
    (folder / "events.jsonl").write_text("\n".join(lines))
    return folder / "events.jsonl"


def test_one_line_each_in_order(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(WORDS) == 0
    captured = capsys.readouterr()
    found = [
        json.loads(line)["decision"]["policies"][0]["rules"][0]["id"] for line in captured.out.splitlines()
    ]
    assert found == ["crash", "crash", "docs", "crash", "crash", "crash"]
    assert captured.err == ""


def test_all_lists_every_rule(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "--all"]) == 0
    for line in capsys.readouterr().out.splitlines():
        policy = json.loads(line)["decision"]["policies"][0]
        assert [rule["id"] for rule in policy["rules"]] == ["crash", "docs", "sized"]
        assert "not_matched" not in policy


def test_several_processes_say_the_same(
    events: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BATCH_LINES", 2)
    events.write_text(events.read_text() + "\n{bad\n")
    assert main(WORDS) == 4
    alone = capsys.readouterr()
    assert main([*WORDS, "--jobs", "2"]) == 4
    assert capsys.readouterr() == alone


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe{}", "UTF-16"),
        (b'{"a": "\xc3"}', "not UTF-8"),
        (b"[" * 5000, "nested"),
        (b"17", "JSON object"),
        (b'{"weather": "fine"}', "Unknown type of event"),
        (b'{"event": "isues", "payload": {}}', "isues"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_rest_is_done(
    bad: bytes, told: str, events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events.write_bytes(bad + b"\n" + events.read_bytes())
    assert main(WORDS) == 4
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 6
    assert "events.jsonl:1" in captured.err
    assert told in captured.err


def test_an_overlong_line_is_told_and_passed_over(
    events: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MAX_BYTES", 2000)
    monkeypatch.setattr("rulewright.events.reader.MAX_BYTES", 2000)
    events.write_bytes(b'{"a": "' + b"x" * 3_000_000 + b'"}\n' + events.read_bytes())
    assert main(WORDS) == 4
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 6
    assert "events.jsonl:1" in captured.err
    assert "larger than" in captured.err


def test_plans_go_out_line_by_line(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "--plan-out", "plans.jsonl"]) == 0
    printed = [json.loads(line)["plan"]["hash"] for line in capsys.readouterr().out.splitlines()]
    plans = (events.parent / "plans.jsonl").read_text().splitlines()
    assert [json.loads(plan)["hash"] for plan in plans] == printed


def test_annotations_of_a_stream_are_aggregated(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*(word if word != "json" else "github" for word in WORDS)]) == 0
    assert len(capsys.readouterr().out.splitlines()) <= 10


@pytest.mark.parametrize("options", [(), ("--output", "-"), ("--plan-out", "plans.jsonl")])
def test_a_result_is_written_before_the_next_line_is_there(
    options: tuple[str, ...], folder: Path, payload: Any
) -> None:
    """The reader of a pipe gets the result of each event while the writer of the events is still at work."""
    words = [word if word != "events.jsonl" else "-" for word in WORDS]
    command = [sys.executable, "-m", "rulewright", *words, *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps(payload(f"A crash {number}", "none")) + "\n")
            process.stdin.flush()
            assert f"A crash {number}" in process.stdout.readline()
        process.stdin.close()
        process.stdout.read()
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([(1, 0.06)], 2),
        ([(1, 0.06), (2, 0.12), (3, 0.18)], 3),
        ([(1, 3.0)], 1),
        ([(1, 0.0)] * 20, 200),
        ([(1, 0.0)] * 8 + [(200, 12.0)], 3),
    ],
)
def test_batches_of_slow_events_are_small(taken: list[tuple[int, float]], expected: int) -> None:
    """So that results of events that take 60 ms do not wait for 199 others."""
    size = stream.BatchSize(stream.BATCH_LINES)
    for lines, seconds in taken:
        size.adapt(lines, seconds)
    assert size.lines == expected


def test_event_and_events_do_not_go_together(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "--event", "event.json"]) == 2
    assert "cannot be used together" in capsys.readouterr().err


def test_no_such_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(WORDS) == 4
    assert "events.jsonl" in capsys.readouterr().err


def test_the_line_after_one_that_is_just_too_long_is_read() -> None:
    text = BytesIO(b"x" * 11 + b"\nnext\n")
    assert [(number, len(line)) for number, line in stream.numbered_lines(text, "events", 10)] == [
        (1, 11),
        (2, 4),
    ]


def test_lines_with_their_offsets() -> None:
    text = b'{"a": 1}\n\n{"b": 2}\r\n' + b"x" * 3_000_000 + b'\n{"c": 3}'
    placed = list(stream.placed_lines(BytesIO(text), "events", 100))
    assert [(number, offset) for number, offset, _ in placed] == [(1, 0), (3, 10), (4, 20), (5, 3_000_021)]
    for _, offset, line in placed:
        assert text[offset:].startswith(line)
    half = BytesIO(text)
    half.seek(10)
    assert [offset for _, offset, _ in stream.placed_lines(half, "events", 100, start=10, end=20)] == [10]


def test_the_result_of_a_file_does_not_wait_for_the_next_file(folder: Path, payload: Any) -> None:
    os.mkfifo(folder / "later.json")
    words = ["evaluate", "--event", "event.json", "--event", "later.json", "--format", "json"]
    command = [sys.executable, "-m", "rulewright", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "octo-org/hello#12" in process.stdout.readline()
        (folder / "later.json").write_text(json.dumps(payload("docs")))
        assert "docs" in process.stdout.readline()
        assert process.wait() == 0


def test_a_scan_of_lines_does_not_wait_either(folder: Path) -> None:
    command = [sys.executable, "-m", "rulewright", "scan", "-", "--format", "json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(2):
            # As much as a scan looks at to find out what it reads.
            text = "x" * 9000 if number == 0 else ""
            process.stdin.write(json.dumps({"id": number, "text": f"mona@octo.dev {text}"}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        process.wait()
