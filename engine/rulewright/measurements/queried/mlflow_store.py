"""MLflow's stores on disk: the SQLite file (`mlflow.db`), and the folder of the old file store (`mlruns`).

SQLite has NaN as 0.0 with `is_nan` 1, and +∞ as the greatest float. The file store has a folder for an experiment and
one in it for a run, with `meta.yaml`, a file for each metric with lines `timestamp value step`, and one for each tag.
The `status` of a run is a number there, 3 for FINISHED.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rulewright.measurements.reader import Reading, UnusableSource
from rulewright.measurements.readers.label_selectors import list_some
from rulewright.measurements.readers.mlflow import (
    COMMIT_TAG,
    FINISHED,
    NAME_TAG,
    SQLITE,
    MetricPoint,
    MlflowRun,
    choose_runs,
    read_integer,
    read_runs,
)
from rulewright.measurements.readers.text import decode_text
from rulewright.policy.document import read_documents
from rulewright.policy.json_types import as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rulewright.measurements.reader import Selection
    from rulewright.policy.json_types import Json

    Experiments = dict[str, str]
    """Id → name."""

_TABLES: Final = frozenset(("experiments", "metrics", "runs", "tags"))
_RUNS: Final = """
    SELECT runs.run_uuid, runs.name, runs.status, runs.lifecycle_stage, runs.start_time, runs.end_time,
      (SELECT value FROM tags WHERE tags.run_uuid = runs.run_uuid AND tags.key = ?)
    FROM runs WHERE runs.experiment_id = ? ORDER BY runs.start_time, runs.run_uuid
"""
_POINTS: Final = """
    SELECT step, timestamp, value, is_nan FROM metrics WHERE run_uuid = ? AND key = ? ORDER BY step, timestamp
"""
_KEYS: Final = "SELECT DISTINCT key FROM metrics WHERE run_uuid = ? ORDER BY key LIMIT 100"
_STATUSES: Final = {1: "RUNNING", 2: "SCHEDULED", 3: FINISHED, 4: "FAILED", 5: "KILLED"}
MOST_STEPS: Final = 50_000_000
"""Instructions of SQLite's virtual machine for all queries: a bound for a file that somebody else made."""


def read_store(path: Path, selection: Selection, experiment: str, run: str) -> Reading:
    """The reading of a store. `experiment` and `run`: ids or names, "" for none. Raises UnusableSource."""
    if path.is_dir():
        runs = _read_folder(path, experiment, run, selection.select)
    else:
        runs = _read_database(path, experiment, run, selection.select)
    chosen, warnings = choose_runs(runs, run)
    return read_runs(chosen, selection.select, warnings)


def _choose_experiments(experiments: Experiments, named: str, run: str) -> list[str]:
    """The ids of the experiments that a policy means. Raises UnusableSource."""
    ids = [each for each, name in experiments.items() if not named or named in (each, name)]
    listed = list_some(experiments.values()) or "none"
    if not ids:
        raise UnusableSource("no_match", f"no experiment is `{named[:80]}`; there is {listed}")
    if len(ids) > 1 and not run:
        raise UnusableSource("ambiguous", f"name `experiment` or `run`; there are the experiments {listed}")
    return ids


# SQLite.


def _read_database(path: Path, experiment: str, run: str, key: str) -> list[MlflowRun]:
    """The runs in a SQLite file, which is opened for reading only.

    Without a journal beside it nobody is writing, so that no lock is taken either (`immutable`).
    """
    with path.open("rb") as stream:
        if stream.read(len(SQLITE)) != SQLITE:
            raise UnusableSource("unreadable", "it is no SQLite file")
    journals = [Path(f"{path}{ending}") for ending in ("-wal", "-journal")]
    is_still = not any(journal.exists() and journal.stat().st_size for journal in journals)
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if is_still else ''}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
            connection.set_progress_handler(_limit_steps(), 10_000)
            return list(_query_runs(connection, experiment, run, key))
    except sqlite3.Error as error:
        raise UnusableSource("unreadable", f"SQLite: {error}") from None


def _limit_steps() -> Callable[[], int]:
    """A handler that stops SQLite after `MOST_STEPS` instructions."""
    left = [MOST_STEPS // 10_000]

    def stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    return stop


def _query_runs(connection: sqlite3.Connection, experiment: str, run: str, key: str) -> Iterator[MlflowRun]:
    connection.execute("PRAGMA trusted_schema = OFF")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= _TABLES:
        missing = ", ".join(sorted(_TABLES - tables))
        raise UnusableSource("unreadable", f"it is no database of MLflow: there is no table {missing}")
    rows = connection.execute(
        "SELECT experiment_id, name FROM experiments WHERE lifecycle_stage = 'active' ORDER BY experiment_id"
    )
    experiments = {str(each): str(name) for each, name in rows}
    for chosen in _choose_experiments(experiments, experiment, run):
        for row in connection.execute(_RUNS, (COMMIT_TAG, chosen)).fetchall():
            yield _build_run(connection, row, key)


def _build_run(connection: sqlite3.Connection, row: Sequence[object], key: str) -> MlflowRun:
    run_id, name, status, stage = (str(text or "") for text in row[:4])
    start, end = (number if isinstance(number, int) else 0 for number in row[4:6])
    points = tuple(
        MetricPoint(
            read_integer(step, f"`step` in the run {run_id}"),
            read_integer(time, f"`timestamp` in the run {run_id}"),
            None if is_nan else value,
        )
        for step, time, value, is_nan in connection.execute(_POINTS, (run_id, key))
    )
    names = tuple(str(each) for (each,) in connection.execute(_KEYS, (run_id,)))
    return MlflowRun(run_id, name, status, stage, start, end, str(row[6] or ""), points, names)


# The file store.


def _read_folder(path: Path, experiment: str, run: str, key: str) -> list[MlflowRun]:
    metas = {folder.name: (folder, _read_meta(folder)) for folder in _list_folders(path)}
    active = {
        name: (folder, meta)
        for name, (folder, meta) in metas.items()
        if meta and meta.get("lifecycle_stage") == "active"
    }
    if not active:
        raise UnusableSource("unreadable", "it is no file store of MLflow: no folder has a `meta.yaml`")
    experiments = {name: as_text(meta.get("name")) or name for name, (_, meta) in active.items()}
    chosen = _choose_experiments(experiments, experiment, run)
    return [
        _read_run_folder(folder, key)
        for name in chosen
        for folder in _list_folders(active[name][0])
        if _has_meta(folder)
    ]


def _list_folders(path: Path) -> list[Path]:
    return sorted(each for each in path.iterdir() if each.is_dir() and not each.is_symlink())


def _has_meta(folder: Path) -> bool:
    return (folder / "meta.yaml").is_file()


def _read_meta(folder: Path) -> dict[str, Json]:
    """The fields of `meta.yaml`; empty without one. Raises UnusableSource."""
    if not _has_meta(folder):
        return {}
    documents, findings = read_documents("meta.yaml", (folder / "meta.yaml").read_bytes())
    for finding in findings:
        place = f"{folder.name}/meta.yaml, line {finding.span.line}"
        raise UnusableSource("unreadable", f"{place}: {finding.message}")
    return (as_object(documents[0].data) or {}) if len(documents) == 1 else {}


def _read_run_folder(folder: Path, key: str) -> MlflowRun:
    meta = _read_meta(folder)
    place = f"{folder.name}/meta.yaml"
    start, end = (read_integer(meta.get(name), f"{place}: {name}") for name in ("start_time", "end_time"))
    status = meta.get("status")
    metrics = folder / "metrics"
    names = [each.relative_to(metrics).as_posix() for each in sorted(metrics.rglob("*")) if each.is_file()]
    points = _read_points(metrics / key, f"{folder.name}/metrics/{key}") if key in names else ()
    return MlflowRun(
        folder.name,
        as_text(meta.get("run_name")) or _read_tag(folder, NAME_TAG),
        _STATUSES.get(status, "") if isinstance(status, int) else as_text(status) or "",
        as_text(meta.get("lifecycle_stage")) or "",
        start,
        end,
        _read_tag(folder, COMMIT_TAG),
        points,
        tuple(names),
    )


def _read_tag(folder: Path, name: str) -> str:
    tag = folder / "tags" / name
    return decode_text(tag.read_bytes()).strip() if tag.is_file() and tag.stat().st_size else ""


def _read_points(path: Path, place: str) -> tuple[MetricPoint, ...]:
    """The lines `timestamp value step` of a metric; an older MLflow wrote no step. Raises UnusableSource."""
    points = []
    text = decode_text(path.read_bytes())
    if not text.endswith("\n"):
        raise UnusableSource("unreadable", f"{place} ends within a line: it is cut off")
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        at = f"{place}, line {number}"
        if len(words) not in (2, 3):
            raise UnusableSource("unreadable", f"{at}: this is no `timestamp value step`")
        time, step = (read_integer(word, at) for word in (words[0], words[2] if len(words) == 3 else "0"))
        points.append(MetricPoint(step, time, _parse_value(words[1], at)))
    return tuple(points)


def _parse_value(text: str, at: str) -> Json:
    """A number, or a text such as `nan` for what is not finite."""
    if text.lstrip("+-").lower() in ("nan", "inf", "infinity"):
        return text
    try:
        if "_" in text:
            raise ValueError
        return float(text)
    except ValueError:
        raise UnusableSource("unreadable", f"{at}: `{text[:40]}` is no number") from None
