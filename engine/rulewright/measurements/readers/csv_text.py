"""The rows of a CSV text (RFC 4180), with their places."""

from __future__ import annotations

import csv
from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.readers.series import choose_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK: Final = 4096
"""Rows that are checked at once."""


class CsvTable(NamedTuple):
    """The columns that were asked for, by name, and the number of the row of each value (the header is row 1).
    `is_closed`: the last line has its line end."""

    header: tuple[str, ...]
    columns: dict[str, list[str]]
    rows: list[int]
    is_closed: bool


def read_header(text: str, delimiter: str) -> tuple[str, ...]:
    """The names of the columns. Raises UnusableSource (`unreadable`) for a first row that holds numbers."""
    header = tuple(name.strip() for name in next(_parse(text, delimiter), ()))
    numbers = [name for name in header if _is_number(name)]
    if numbers:
        reason = f"row 1: `{numbers[0]}` is a number, and the first row names the columns"
        raise UnusableSource("unreadable", reason)
    return header


def read_columns(text: str, names: tuple[str, ...], delimiter: str = ",") -> CsvTable:
    """The texts of columns that the header has once each. Empty lines are left out.

    Raises UnusableSource: `unreadable` for quotes that are never closed and for a row with more or fewer cells than
    the header; `no_match` and `ambiguous` for a column that is not there, or there twice.
    """
    header = read_header(text, delimiter)
    places = [header.index(choose_name(name, header, "column")) for name in names]
    columns: list[list[str]] = [[] for _ in names]
    numbers: list[int] = []
    rows = _parse(text, delimiter)
    next(rows)
    first = 2
    while chunk := list(islice(rows, _CHUNK)):
        if set(map(len, chunk)) == {len(header)}:
            numbers += range(first, first + len(chunk))
            kept = chunk
        else:
            places_kept, kept = _drop_empty_rows(first, chunk, len(header))
            numbers += places_kept
        first += len(chunk)
        for column, place in zip(columns, places, strict=True):
            column += [row[place] for row in kept]
    return CsvTable(header, dict(zip(names, columns, strict=True)), numbers, text.endswith(("\n", "\r")))


def _drop_empty_rows(first: int, chunk: list[list[str]], width: int) -> tuple[list[int], list[list[str]]]:
    """The numbers of the rows that are not empty, and these rows. `first`: the number of the first row."""
    kept = [(number, row) for number, row in enumerate(chunk, first) if row]
    for number, row in kept:
        if len(row) != width:
            reason = f"row {number} has {len(row)} cells, and the header has {width}"
            raise UnusableSource("unreadable", reason)
    return [number for number, _ in kept], [row for _, row in kept]


def _parse(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise UnusableSource("unreadable", f"line {reader.line_num}: {error}") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
