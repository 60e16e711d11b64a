"""The index file: its SQLite schema, how it is opened, and the translation of SQLite's errors.

    meta    name → number: how many issues, how many terms in their titles and bodies
    issues  one row per issue with its terms; the row's number is its second of creation and a counter (see `first_row`)
    text    FTS5: which terms stand in title and body; the same row numbers
    terms   term → in how many issues it stands
    marks   (mark, row): what is compared exactly, as hashes of 64 bits
    lines   line → in how many issues it stands, as the hash of its terms (see `shared_lines.py`)
    reports title and body → how many issues are exactly this, as a hash

FTS5 keeps neither the text, nor lengths, nor places within a text (contentless, `columnsize=0`, `detail=column`): all
that is scored is read from `issues`, and half the work of indexing is saved.
Row numbers grow with the time of creation, so "created between" is a range of rows, which FTS5 seeks to.
The file holds words of the issues: it is as private as they are.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from rulewright.policy.diagnostics import SourceError, UsageError, translate_os_errors
from rulewright.policy.private_cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rulewright.policy.config import Config

APPLICATION: Final = 0x52574455
"""SQLite's application id of an index: `RWDU`."""
FORMAT: Final = 4
"""Raised whenever tables or terms change; an index of another format is refused."""
COUNTER_BITS: Final = 24
KEYS_AT_ONCE: Final = 500
"""Values of one query; SQLite has a limit."""

SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE issues (
    row INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, digest BLOB NOT NULL, created REAL NOT NULL,
    created_at TEXT NOT NULL, title TEXT NOT NULL, extra TEXT NOT NULL, marks TEXT NOT NULL,
    details TEXT NOT NULL, lines BLOB NOT NULL, title_terms TEXT NOT NULL, body_terms TEXT NOT NULL
);
CREATE VIRTUAL TABLE text USING fts5(
    title, body, tokenize = "ascii tokenchars '_'", content = '', columnsize = 0, detail = column
);
INSERT INTO text (text, rank) VALUES ('hashsize', 33554432);
CREATE TABLE terms (term TEXT PRIMARY KEY, documents INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE marks (mark INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (mark, row)) WITHOUT ROWID;
CREATE TABLE lines (line INTEGER PRIMARY KEY, documents INTEGER NOT NULL);
CREATE TABLE reports (report INTEGER PRIMARY KEY, issues INTEGER NOT NULL);
INSERT INTO meta VALUES ('issues', 0), ('title_terms', 0), ('body_terms', 0);
"""

Index = sqlite3.Connection


def first_row(created: float, counter: int = 0) -> int:
    """The row of the `counter`th issue of one second. `created` counts seconds since 1970."""
    return (int(created // 1) << COUNTER_BITS) + counter


@contextlib.contextmanager
def translate_errors(name: str) -> Iterator[None]:
    """SQLite's errors as SourceError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        hint = "another process writes to it; try again" if "locked" in str(error) else None
        raise SourceError(f"the index {name} cannot be used: {error}", hint=hint) from error
    except sqlite3.DatabaseError as error:
        raise SourceError(
            f"the index {name} is damaged: {error}", hint="delete it and index again"
        ) from error


def select_in(index: Index, select: str, keys: Iterable[object]) -> Iterator[Any]:
    """The rows of a query that ends with `IN`, for keys of any number; a key that is given twice counts twice."""
    wanted = list(keys)
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        part = wanted[start : start + KEYS_AT_ONCE]
        yield from index.execute(f"{select} ({','.join('?' * len(part))})", part)


def open_in_memory() -> Index:
    """An empty index in memory."""
    index = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512)
    _create_tables(index)
    return index


def open_index(path: str, *, write: bool = False) -> Index:
    """The index in the file `path`; with `write` it is made when it is not there.

    Raises UsageError when it is something else, or of another format; SourceError when there is none, or it cannot be
    read or written.
    """
    there = os.path.exists(path) and os.path.getsize(path) > 0
    if not there and not write:
        raise SourceError(
            f"index {path} does not exist", hint=f"create it: rulewright duplicates index FILE --db {path}"
        )
    if os.path.isdir(path):
        raise UsageError(f"{path} is a folder, not an index")
    if there:
        _refuse_foreign(path)
    with translate_errors(path):
        index = _connect(path, write=write)
        try:
            if not there:
                index.execute("PRAGMA journal_mode = WAL")
                index.execute("BEGIN IMMEDIATE")
                if index.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                    _create_tables(index)
                index.execute("COMMIT")
            _check_format(index, path)
            index.execute("PRAGMA synchronous = NORMAL")
            index.execute("PRAGMA cache_size = -65536")
            index.execute("PRAGMA mmap_size = 1073741824")
            index.execute("PRAGMA temp_store = MEMORY")
        except BaseException:
            index.close()
            raise
        return index


def _connect(path: str, *, write: bool) -> Index:
    place = f"file:{quote(os.path.abspath(path))}"
    modes = ("?mode=rwc",) if write else ("?mode=ro", "?mode=ro&immutable=1")
    for mode in modes:
        index = sqlite3.connect(
            place + mode, uri=True, isolation_level=None, timeout=30, cached_statements=512
        )
        try:
            index.execute("PRAGMA schema_version").fetchone()
        except sqlite3.OperationalError:
            # In a folder that cannot be written, WAL's shared memory cannot be made; nobody else writes there either.
            index.close()
            if mode == modes[-1]:
                raise
        else:
            return index
    raise AssertionError(path)


def _create_tables(index: Index) -> None:
    for statement in SCHEMA.strip().split(";\n"):
        index.execute(statement.strip(";"))
    index.execute(f"PRAGMA application_id = {APPLICATION}")
    index.execute(f"PRAGMA user_version = {FORMAT}")


def _refuse_foreign(path: str) -> None:
    with translate_os_errors(f"cannot read {path}"), open(path, "rb") as stream:
        head = stream.read(100)
    if not head.startswith(b"SQLite format 3\0"):
        raise UsageError(f"{path} is not an index of duplicates", hint="use another file with --db")


def _check_format(index: Index, path: str) -> None:
    if index.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise UsageError(f"{path} is another program's database", hint="use another file with --db")
    found = index.execute("PRAGMA user_version").fetchone()[0]
    if found != FORMAT:
        raise UsageError(
            f"{path} was created by another version (format {found}, needed {FORMAT})",
            hint="delete it and index again",
        )


def index_path(config: Config, repository: str = "") -> str:
    """The index's file: `duplicates.database` of rulewright.yaml, else in its state's folder, else in the cache, where
    each `repository` has a file of its own."""
    if config.duplicates.database is not None:
        return config.duplicates.database
    if config.state.directory is not None:
        return os.path.join(config.state.directory, "duplicates.db")
    name = f"duplicates-{repository.replace('/', '-').casefold()}.db" if repository else "duplicates.db"
    return os.path.join(cache_folder(), name)
