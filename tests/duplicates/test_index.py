from __future__ import annotations

import os
import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.duplicates import database
from rulewright.duplicates.database import open_in_memory, open_index
from rulewright.duplicates.index import IndexCounts, _split_into_batches, index_issues
from rulewright.duplicates.issue import read_issue
from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from rulewright.duplicates.database import Index


def contents(index: Index) -> list[Any]:
    """All that the index knows, apart from how rows are numbered within one second and terms of no issue."""
    index.execute("CREATE VIRTUAL TABLE temp.postings USING fts5vocab(main, text, instance)")
    return [
        index.execute(
            "SELECT key, digest, marks, lines, title_terms, body_terms FROM issues ORDER BY key"
        ).fetchall(),
        sorted(
            (key, column, term)
            for term, column, row in index.execute("SELECT term, col, doc FROM postings")
            for (key,) in index.execute("SELECT key FROM issues WHERE row = ?", (row,))
        ),
        index.execute("SELECT * FROM terms WHERE documents <> 0 ORDER BY term").fetchall(),
        index.execute(
            "SELECT m.mark, i.key FROM marks m JOIN issues i ON i.row = m.row ORDER BY m.mark, i.key"
        ).fetchall(),
        index.execute("SELECT * FROM lines WHERE documents <> 0 ORDER BY line").fetchall(),
        index.execute("SELECT * FROM reports WHERE issues <> 0 ORDER BY report").fetchall(),
        index.execute("SELECT * FROM meta ORDER BY name").fetchall(),
    ]


def test_the_same_id_replaces(index: Index, issue: Any) -> None:
    first = index_issues(index, [issue(1, "A crash"), issue("1", "Another")])
    again = index_issues(index, [issue(1, "A hang", day=3), issue("1", "Another")])
    assert (first, again) == (IndexCounts(2, 0, 0), IndexCounts(0, 1, 1))
    assert index.execute("SELECT key, title FROM issues ORDER BY key").fetchall() == [
        ('"1"', "Another"),
        ("1", "A hang"),
    ]


def test_the_last_of_one_id_counts(index: Index, issue: Any) -> None:
    index_issues(index, [issue(1, "A crash"), issue(1, "A hang")])
    assert index.execute("SELECT title FROM issues").fetchall() == [("A hang",)]


texts = st.text(alphabet="abc XY.\n_1", max_size=30)
made = st.builds(
    lambda number, title, body, day: read_issue(
        {
            "id": number,
            "title": title,
            "body": f"{body}\nSays {body[:3]} twice\n\tat a.B.{title.strip() or 'c'}(B.java:1)",
            "created_at": day,
        }
    ),
    st.integers(1, 6),
    texts,
    texts,
    st.integers(-3, 3).map(lambda day: day * 40_000.5),
)


@given(st.lists(st.lists(made, max_size=6), max_size=4))
@settings(deadline=None)
def test_indexing_in_steps_gives_what_indexing_once_gives(steps: list[list[Any]]) -> None:
    grown, fresh = open_in_memory(), open_in_memory()
    try:
        for step in steps:
            index_issues(grown, step)
        last = {issue.id: issue for step in steps for issue in step}
        index_issues(fresh, last.values())
        assert contents(grown) == contents(fresh)
    finally:
        grown.close()
        fresh.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_batches_give_what_one_batch_gives(
    workers: int, index: Index, paraphrases: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = paraphrases.generate("held_out", seed=5, incidents=40)
    issues = [read_issue(one) for one in corpus.issues]
    # The same issue again in a later batch, changed and changed back, while the earlier one is not yet written.
    issues += [issues[0], issues[1]._replace(title="Another"), *issues[2:12], issues[1]]
    index_issues(index, issues)
    monkeypatch.setattr("rulewright.duplicates.index.BATCH", 8)
    small = open_in_memory()
    try:
        done = index_issues(small, issues, workers=workers)
        assert done.new == len(corpus.issues)
        assert contents(small) == contents(index)
        assert index_issues(small, issues[:-13], workers=workers).unchanged == len(corpus.issues)
    finally:
        small.close()


def test_long_bodies_fill_a_batch_sooner(index: Index, issue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rulewright.duplicates.index.BATCH_CHARACTERS", 50)
    made = list(_split_into_batches([issue(number, "A crash", "x" * 20) for number in range(7)]))
    assert [len(batch) for batch in made] == [3, 3, 1]


def test_a_worker_that_is_ended_is_told(index: Index, issue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rulewright.duplicates.index.BATCH", 2)
    monkeypatch.setattr("rulewright.duplicates.preparation._ignore_interrupt", partial(os._exit, 1))
    with pytest.raises(SourceError, match="ended from outside"):
        index_issues(index, [issue(number, "A crash") for number in range(9)], workers=2)


def test_without_other_processes_it_is_done_in_this_one(
    index: Index, issue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: Any, **__: Any) -> Any:
        raise OSError("no semaphores")

    monkeypatch.setattr("rulewright.duplicates.index.BATCH", 2)
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", none)
    issues = [issue(number, "A crash") for number in range(9)]
    assert index_issues(index, issues, workers=2) == IndexCounts(9, 0, 0)


def test_a_file_is_kept_and_read_again(tmp_path: Path, issue: Any) -> None:
    path = str(tmp_path / "a b#?.db")
    with_one = open_index(path, write=True)
    index_issues(with_one, [issue(1, "A crash")])
    with_one.close()
    again = open_index(path)
    assert again.execute("SELECT title FROM issues").fetchall() == [("A crash",)]
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        again.execute("DELETE FROM issues")
    again.close()


def test_no_index_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        open_index(str(tmp_path / "none.db"))
    with pytest.raises(UsageError, match="folder"):
        open_index(str(tmp_path), write=True)


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("These are notes, and no database at all." * 10)
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE kept (x)")
    connection.close()
    before = text.read_bytes(), other.read_bytes()
    for path, said in ((text, "is not an index"), (other, "another program")):
        with pytest.raises(UsageError, match=said):
            open_index(str(path), write=True)
    assert (text.read_bytes(), other.read_bytes()) == before


def test_another_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "index.db")
    open_index(path, write=True).close()
    monkeypatch.setattr(database, "FORMAT", database.FORMAT + 1)
    with pytest.raises(UsageError, match="another version"):
        open_index(path)


def test_a_damaged_file_is_said_to_be(tmp_path: Path, issue: Any) -> None:
    path = tmp_path / "index.db"
    opened = open_index(str(path), write=True)
    index_issues(opened, [issue(number, f"title {number}", "body " * 50) for number in range(200)])
    opened.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"damaged|cannot be used"):
        index_issues(open_index(str(path), write=True), [issue(1, "A crash")], name=str(path))


def test_a_batch_is_written_whole_or_not_at_all(index: Index, issue: Any) -> None:
    def stream() -> Any:
        yield issue(1, "A crash")
        raise SourceError("the stream broke")

    with pytest.raises(SourceError, match="broke"):
        index_issues(index, stream())
    assert index.execute("SELECT count(*) FROM issues").fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": None}, "`id` is missing"),
        ({"id": True}, "neither text nor an integer"),
        ({"id": 1.5}, "neither text nor an integer"),
        ({"created_at": None}, "`created_at` is missing"),
        ({"created_at": "yesterday"}, "not a timestamp"),
        ({"created_at": True}, "not a timestamp"),
        ({"title": 5}, "`title` is not text"),
        ({"body": ["x"]}, "`body` is not text"),
    ],
)
def test_what_is_no_issue(change: dict[str, Any], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_issue({"id": 1, "title": "t", "body": None, "created_at": "2026-01-01T00:00:00Z", **change})


@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-01T00:00:00Z",
        "2026-01-01",
        "2026-01-01T01:00:00.000+0100",
        "2026-01-01 00:00:00",
        1767225600,
        1767225600000,
    ],
)
def test_moments(moment: Any) -> None:
    assert read_issue({"id": 1, "title": "t", "created_at": moment}).created == 1767225600
