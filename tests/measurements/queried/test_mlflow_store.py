"""MLflow's SQLite file and its old file store, as MLflow 3.17.2 wrote them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from measurements.reading import choose, recorded_folder, refuse, values_of
from rulewright.measurements.queried.mlflow_store import read_store
from rulewright.measurements.reader import Reading

FOLDER = recorded_folder("mlflow")
STORES = ("mlflow.db", "mlruns")
AS_VIEW = "ALTER TABLE metrics RENAME TO kept; CREATE VIEW metrics AS SELECT * FROM kept"
WITHOUT_ONE = "DELETE FROM metrics WHERE run_uuid = (SELECT run_uuid FROM runs WHERE name = 'night-1')"
NIGHTS = [[0.9, 0.901, 0.902, 0.903], [0.91, 0.911, 0.912, 0.913], [0.92, 0.921, 0.922, 0.923]]


def read(path: Path, select: str = "accuracy", experiment: str = "chat", run: str = "*") -> Reading:
    return read_store(path, choose(select), experiment, run)


def refuse_store(
    path: Path, select: str = "accuracy", experiment: str = "chat", run: str = "*"
) -> tuple[str, str]:
    return refuse(lambda _, selection: read_store(path, selection, experiment, run), b"", choose(select))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return Path(shutil.copy(FOLDER / "mlflow.db", tmp_path / "mlflow.db"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER / "mlruns", tmp_path / "mlruns"))


def find_run(folder: Path, name: str) -> Path:
    """The folder of the run with this name."""
    return next(
        path.parent for path in folder.glob("*/*/meta.yaml") if f"run_name: {name}\n" in path.read_text()
    )


@pytest.mark.parametrize("store", STORES)
def test_all_runs_of_an_experiment_that_count(store: str) -> None:
    reading = read(FOLDER / store)
    assert [[round(value, 9) for value in run] for run in values_of(reading)] == NIGHTS
    assert reading.commit == "1f0c6b0e7d5a4c3b2a19087f6e5d4c3b2a190870"
    assert reading.time == min(run.time for run in reading.runs)
    (warning,) = reading.warnings
    assert warning == "left out: deleted is deleted, failed is FAILED, running is RUNNING"


@pytest.mark.parametrize("store", STORES)
def test_a_run_by_name_and_by_id(store: str) -> None:
    reading = read(FOLDER / store, run="night-1", experiment="")
    assert values_of(reading) == NIGHTS[1:2]
    assert read(FOLDER / store, run=reading.runs[0].id, experiment="") == reading


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(
    ("select", "experiment", "run", "code", "text"),
    [
        ("loss", "chat", "", "not_finite", "`loss` at step 0 in the run night-2 is "),
        ("perplexity", "chat", "night-2", "not_finite", "`perplexity` at step 0 in the run night-2 is "),
        (
            "recall",
            "chat",
            "",
            "no_match",
            "no run has the metric `recall`; there is accuracy, loss, perplexity",
        ),
        ("accuracy", "chatt", "", "no_match", "no experiment is `chatt`; there is Default, chat"),
        ("accuracy", "", "", "ambiguous", "name `experiment` or `run`"),
        ("accuracy", "Default", "", "empty", "no run is finished and active: there is none"),
        ("accuracy", "chat", "night-9", "no_match", "no run is `night-9`; there is deleted, failed, night-0"),
        ("accuracy", "chat", "failed", "empty", "failed is FAILED"),
        ("accuracy", "chat", "running", "empty", "running is RUNNING"),
        ("accuracy", "chat", "deleted", "empty", "deleted is deleted"),
        ("", "chat", "", "ambiguous", "`select` names no metric; there is accuracy"),
        ("../tags/mlflow.runName", "chat", "night-0", "no_match", "no run has the metric"),
    ],
)
def test_what_gives_no_values_is_refused(
    store: str, select: str, experiment: str, run: str, code: str, text: str
) -> None:
    found, reason = refuse_store(FOLDER / store, select, experiment, run)
    assert found == code
    assert text in reason


def test_reading_leaves_the_file_as_it_was(database: Path) -> None:
    before, names = database.read_bytes(), os.listdir(database.parent)
    database.chmod(0o444)
    read(database)
    assert database.read_bytes() == before
    assert os.listdir(database.parent) == names


def test_what_stands_in_the_journal_alone_is_read(database: Path) -> None:
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("UPDATE metrics SET value = 0.5 WHERE key = 'accuracy'")
        writer.commit()
        assert (database.parent / "mlflow.db-wal").stat().st_size
        assert values_of(read(database)) == [[0.5] * 4] * 3


@pytest.mark.parametrize(
    ("statement", "code", "text"),
    [
        ("UPDATE metrics SET is_nan = 1", "not_finite", "4 of 4 values are missing or not finite"),
        ("UPDATE metrics SET value = 1.7976931348623157e308", "not_finite", "4 of 4 values"),
        ("UPDATE metrics SET value = 9e999", "not_finite", "4 of 4 values"),
        ("DELETE FROM metrics", "empty", "no run has the metric `accuracy`; there is none"),
        ("DELETE FROM runs", "no_match", "no run is `*`; there is no run"),
        ("DELETE FROM runs WHERE status = 'FINISHED'", "empty", "running is RUNNING"),
        ("UPDATE runs SET lifecycle_stage = 'deleted'", "empty", "night-0 is deleted"),
        ("DELETE FROM experiments", "no_match", "no experiment is `chat`; there is none"),
        ("UPDATE experiments SET lifecycle_stage = 'deleted'", "no_match", "no experiment is `chat`"),
        ("DROP TABLE metrics", "unreadable", "there is no table metrics"),
        ("ALTER TABLE metrics RENAME COLUMN value TO worth", "unreadable", "SQLite: no such column: value"),
        (AS_VIEW, "unreadable", "there is no table metrics"),
        (WITHOUT_ONE, "not_finite", "1 of 3 runs lack the metric"),
        ("UPDATE metrics SET step = 'one'", "unreadable", "`step` in the run"),
    ],
)  # fmt: skip
def test_a_changed_database_is_refused(database: Path, statement: str, code: str, text: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(statement)
        connection.commit()
    found, reason = refuse_store(database)
    assert found == code
    assert text in reason


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: b"", "unreadable"),
        (lambda data: data[:8000], "unreadable"),
        (lambda data: b"PK" + data[2:], "unreadable"),
        (lambda data: data[:4096] + b"\xff" * 16384 + data[20480:], "unreadable"),
    ],
)
def test_a_damaged_database_is_refused(database: Path, change: Callable[[bytes], bytes], code: str) -> None:
    database.write_bytes(change(database.read_bytes()))
    assert refuse_store(database)[0] == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1795984202776 nan 0\n", "not_finite"),
        ("1795984202776 -inf 0\n", "not_finite"),
        ("1795984202776 1.7976931348623157e+308 0\n", "not_finite"),
        ("1795984202776 0.9 0\n1795984202776 0.9 0\n", "ambiguous"),
        ("1795984202776 0.9 0\n17959842", "unreadable"),
        ("1795984202776 high 0\n", "unreadable"),
        ("0.9\n", "unreadable"),
        ("now 0.9 0\n", "unreadable"),
        ("", "empty"),
        ("1795984202776 0.9 0\n\0\n", "unreadable"),
    ],
)
def test_a_changed_metric_file_is_refused(folder: Path, text: str, code: str) -> None:
    (find_run(folder, "night-0") / "metrics/accuracy").write_text(text)
    assert refuse_store(folder)[0] == code


def test_a_changed_file_store_is_refused(folder: Path) -> None:
    (find_run(folder, "night-1") / "metrics/accuracy").unlink()
    assert refuse_store(folder) == ("not_finite", "1 of 3 runs lack the metric `accuracy`: night-1")
    (find_run(folder, "night-1") / "meta.yaml").write_text("status: [3\n")
    code, reason = refuse_store(folder)
    assert code == "unreadable"
    assert "/meta.yaml, line " in reason
    shutil.rmtree(folder)
    folder.mkdir()
    assert refuse_store(folder)[0] == "unreadable"


def test_lines_without_a_step_are_of_an_older_mlflow(folder: Path) -> None:
    (find_run(folder, "night-0") / "metrics/accuracy").write_text("1795984202776 0.9\n1795984202777 0.8\n")
    assert values_of(read(folder, run="night-0")) == [[0.9, 0.8]]


def test_links_are_not_followed(folder: Path) -> None:
    shutil.move(find_run(folder, "night-0"), folder.parent / "elsewhere")
    (next(folder.glob("*/*/meta.yaml")).parent.parent / "linked").symlink_to(folder.parent / "elsewhere")
    assert values_of(read(folder)) == NIGHTS[1:]
