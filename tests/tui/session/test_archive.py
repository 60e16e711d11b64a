"""Loaded events by row: files, folders, JSONL by offsets; bad lines and bad files told in place."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.events.reader import parse_event
from rulewright.events.recognise import recognise
from rulewright.policy.diagnostics import RulewrightError, SourceError, UsageError
from rulewright_tui.session import event_sources
from rulewright_tui.session.archive import Archive, EventSummary
from rulewright_tui.session.event_sources import find_event_files, index_event_list, index_events


def issue(number: int, title: str = "A crash", labels: tuple[str, ...] = ("bug",)) -> dict[str, Any]:
    return {
        "action": "opened",
        "issue": {
            "number": number,
            "title": title,
            "labels": [{"name": name} for name in labels],
            "user": {"login": "mona"},
        },
        "repository": {"full_name": "octo-org/hello"},
        "sender": {"login": "hubot"},
    }


def archive_of(*batches: Iterator[event_sources.IndexedBatch]) -> Archive:
    archive = Archive()
    for stream in batches:
        for batch in stream:
            archive.add_batch(batch)
    return archive


def write_lines(path: Path, documents: list[Any]) -> str:
    path.write_text("".join(f"{json.dumps(document)}\n" for document in documents))
    return str(path)


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_sources, "FIRST_ROWS", 3)
    monkeypatch.setattr(event_sources, "RANGE_BYTES", 700)


def test_a_row_shows_number_title_author_target_and_labels(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "events.jsonl", [issue(41, "Straße [bold]\n\x1f", ("Bug", "p/1"))])
    archive = archive_of(index_events([], [path]))
    assert archive.summary(0) == EventSummary(
        0, f"{path}:1", "issues.opened", 41, "Straße [bold]  ", "mona", "octo-org/hello#41", ("Bug", "p/1")
    )
    assert archive.chunks[0].folded_rows()[0].decode().startswith("strasse [bold]")
    assert archive.event(0).payload["issue"]["title"] == "Straße [bold]\n\x1f"


def test_an_event_about_no_issue_shows_the_sender(tmp_path: Path) -> None:
    document = {
        "event": "deployment",
        "payload": {"action": "created", "deployment": {"id": 7}, "sender": {"login": "mona"}},
    }
    archive = archive_of(index_events([], [write_lines(tmp_path / "a.jsonl", [document])]))
    summary = archive.summary(0)
    assert (summary.event, summary.number, summary.title, summary.author) == (
        "deployment.created",
        None,
        "",
        "mona",
    )
    assert summary.target == "@deployment/7"


def test_files_folders_and_lines_in_the_order_given(tmp_path: Path) -> None:
    folder = tmp_path / "payloads"
    folder.mkdir()
    for number in (2, 1):
        (folder / f"{number}.json").write_text(json.dumps(issue(number)))
    (folder / "notes.txt").write_text("no event")
    single = tmp_path / "single.json"
    single.write_text(json.dumps(issue(3)))
    lines = write_lines(tmp_path / "events.jsonl", [issue(4), issue(5)])
    archive = archive_of(index_events(find_event_files([str(folder), str(single)]), [lines]))
    assert [archive.summary(row).number for row in range(len(archive))] == [1, 2, 3, 4, 5]
    assert [archive.event(row).payload["issue"]["number"] for row in range(len(archive))] == [1, 2, 3, 4, 5]
    assert archive.where(1) == str(folder / "2.json")
    assert archive.where(4) == f"{lines}:2"


def test_events_in_memory(tmp_path: Path) -> None:
    events = [("octo-org/hello#1", recognise(issue(1))), ("octo-org/hello#2", recognise(issue(2)))]
    archive = Archive()
    archive.add_batch(index_event_list(events))
    assert archive.event(1) is events[1][1]
    assert archive.summary(1).where == "octo-org/hello#2"


@pytest.mark.usefixtures("small_ranges")
def test_rows_of_ranges_are_those_of_a_reading_from_the_start(tmp_path: Path) -> None:
    """Blank lines, line ends of Windows, lines longer than a range, bad ones: any row is the line at its number."""
    chance = random.Random(3)
    parts: list[bytes] = []
    for number in range(200):
        kind = chance.randrange(10)
        text = json.dumps(
            issue(number, "x" * chance.randrange(900) if kind == 1 else f"title {number}")
        ).encode()
        parts.append({2: b"", 3: b"  ", 4: b"{bad", 5: text + b"\r"}.get(kind, text))
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(parts))
    archive = archive_of(index_events([], [str(path)], processes=0))
    expected = [number for number, part in enumerate(parts, 1) if part.strip()]
    assert [archive.where(row) for row in range(len(archive))] == [f"{path}:{number}" for number in expected]
    for row, number in enumerate(expected):
        if parts[number - 1] == b"{bad":
            with pytest.raises(UsageError) as raised:
                archive.event(row)
            assert raised.value.message == archive.summary(row).error
            assert f"{path}:{number}, line 1, column 2: not JSON" in raised.value.message
        else:
            assert archive.event(row) == recognise(parse_event(parts[number - 1].rstrip(), "here"))
    assert [place for place, _ in archive.errors()] == [
        f"{path}:{n}" for n in expected if parts[n - 1] == b"{bad"
    ]


@pytest.mark.usefixtures("small_ranges")
def test_processes_give_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_sources, "PROCESSES_FROM", 1000)
    path = write_lines(
        tmp_path / "events.jsonl", [issue(number) for number in range(60)] + ["bad", issue(61)]
    )
    here = archive_of(index_events([], [path], processes=0))
    there = archive_of(index_events([], [path], processes=2))
    assert [there.summary(row) for row in range(len(there))] == [
        here.summary(row) for row in range(len(here))
    ]
    assert there.summary(60).error == f"{path}:61: The event is text; it must be a JSON object."


@pytest.mark.usefixtures("small_ranges")
def test_the_first_rows_come_before_the_rest_is_read(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "events.jsonl", [issue(number) for number in range(50)])
    batches = index_events([], [path])
    assert len(next(batches).offsets) == 3


@pytest.mark.usefixtures("small_ranges")
def test_cancelling_keeps_the_rows_so_far(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "events.jsonl", [issue(number) for number in range(50)])
    archive = Archive()
    for batch in index_events([], [path], processes=0, cancel=lambda: len(archive) >= 5):
        archive.add_batch(batch)
    assert 5 <= len(archive) < 50
    assert archive.problems == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe{\x00}", "UTF-16"),
        (b'{"a": "\xc3"}', "not UTF-8"),
        (b"", "is empty"),
        (b'{"weather": "fine"}', "Unknown type of event"),
    ],
)
def test_a_file_that_is_no_event_is_a_row_with_an_error(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(data)
    archive = archive_of(index_events([str(path)], []))
    assert message in str(archive.summary(0).error)
    assert str(path) in str(archive.summary(0).error)
    assert list(archive.error_rows) == [0]
    with pytest.raises(RulewrightError, match=message):
        archive.event(0)


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to(tmp_path / "b.json")
    (tmp_path / "b.json").symlink_to(tmp_path / "a.json")
    os.mkfifo(tmp_path / "pipe.jsonl")
    files = [str(tmp_path / "a.json"), str(tmp_path / "gone.json")]
    streams = [str(tmp_path / name) for name in ("a.json", "gone.jsonl", "pipe.jsonl")] + [str(tmp_path)]
    archive = archive_of(index_events(files, streams))
    assert len(archive) == 2
    assert len(archive.problems) == 4
    assert "Too many levels of symbolic links" in str(archive.summary(0).error)
    assert "does not exist" in str(archive.summary(1).error)
    assert "it is a pipe" in archive.problems[2]


def test_a_file_that_changes_after_it_was_indexed(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "events.jsonl", [issue(1), issue(2)])
    archive = archive_of(index_events([], [path]))
    size = os.stat(path).st_size
    with open(path, "a") as stream:
        stream.write(json.dumps(issue(3)) + "\n")
    assert archive.grown_files() == {path: os.stat(path).st_size - size}
    assert archive.changed_files() == ()
    assert archive.event(1).payload["issue"]["number"] == 2
    write_lines(tmp_path / "events.jsonl", [issue(9)])
    assert archive.changed_files() == (path,)
    with pytest.raises(SourceError, match="has changed since it was read"):
        archive.event(1)
    os.unlink(path)
    with pytest.raises(SourceError, match="has changed since it was read"):
        archive.event(0)
    assert archive.grown_files() == {}


def test_no_more_than_250_bytes_a_row(tmp_path: Path) -> None:
    documents = [
        issue(number, f"The page number {number} stays empty after a reload in Firefox")
        for number in range(500)
    ]
    archive = archive_of(index_events([], [write_lines(tmp_path / "a.jsonl", documents)], processes=0))
    size = sum(
        len(chunk.shown) + len(chunk.folded) + 8 * len(chunk.offsets) + 8 * len(chunk.tags)
        for chunk in archive.chunks
    )
    assert size <= 250 * len(archive)
    assert len(archive.tags) == 1


@settings(deadline=None)
@given(title=st.text(max_size=400), label=st.text(max_size=400), author=st.text(max_size=400))
def test_any_text_leaves_the_rows_apart(title: str, label: str, author: str) -> None:
    document = issue(1, title, (label,))
    document["issue"]["user"]["login"] = author
    archive = Archive()
    archive.add_batch(index_event_list([("one", recognise(document)), ("two", recognise(issue(2)))]))
    first, second = archive.summary(0), archive.summary(1)
    assert (first.number, second.number, second.title) == (1, 2, "A crash")
    assert len(first.title) == min(len(title), 300)
    assert "\n" not in first.title + first.author + "".join(first.labels)
    if title.isprintable():
        assert first.title == title[:300]


def test_a_row_that_is_not_there() -> None:
    with pytest.raises(IndexError):
        Archive().summary(0)
