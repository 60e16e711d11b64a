"""CSV of any tool, with a header: `{csv: PATH, select: COLUMN}`.

`select` is the name of a column; `runs`, of the column that tells the runs apart, which stand in the order of their
first rows. Cells are separated by commas unless the policy says `delimiter: ";"`: a guess could take a decimal comma
for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.measurements.readers.csv_text import read_columns, read_header
from rulewright.measurements.readers.numbers import is_missing_text, pack_finite, read_values
from rulewright.measurements.readers.selection import pair_cases
from rulewright.measurements.readers.series import choose_name
from rulewright.measurements.readers.text import decode_text
from rulewright.measurements.sample import Run
from rulewright.policy.json_types import as_text

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from rulewright.measurements.readers.csv_text import CsvTable


def read_csv(data: bytes, selection: Selection) -> Reading:
    """The numbers of one column. Raises UnusableSource."""
    text = decode_text(data)
    delimiter = as_text(selection.arguments.get("delimiter")) or ","
    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise UnusableSource("unsuitable", "`delimiter` is one character, and neither a quote nor a line end")
    if isinstance(selection.arguments.get("select"), dict):
        raise UnusableSource("unsuitable", "`select` names one column; a ratio of columns is not computed")
    header = read_header(text, delimiter)
    _refuse_other_delimiter(header, selection.select, delimiter)
    select = choose_name(selection.select, header, "column")
    by_run = as_text(selection.arguments.get("runs")) or ""
    names = (select, *filter(None, (by_run, selection.pair_by)))
    table = read_columns(text, tuple(dict.fromkeys(names)), delimiter)
    if not table.rows:
        raise UnusableSource("empty", "there are no rows below the header")
    runs = tuple(
        _read_run(table, rows, select, selection)._replace(id=name)
        for name, rows in _group_rows(table, by_run).items()
    )
    last = table.rows[-1]
    cut = () if table.is_closed else (f"row {last} has no line end: the file may be cut off",)
    return Reading(runs=runs, warnings=cut)


def _refuse_other_delimiter(header: Sequence[str], select: str, delimiter: str) -> None:
    """Raise UnusableSource where the whole header is one cell that looks like several."""
    others = [mark for mark in ";\t|," if mark != delimiter and len(header) == 1 and mark in header[0]]
    if others and select != header[0]:
        shown = "\\t" if others[0] == "\t" else others[0]
        reason = (
            f'row 1: the header is one cell, `{header[0][:60]}`; say `delimiter: "{shown}"` if that separates'
        )
        raise UnusableSource("unreadable", reason)


def _group_rows(table: CsvTable, by_run: str) -> dict[str, list[int] | None]:
    """The positions of the rows of each run, None for all rows."""
    if not by_run:
        return {"": None}
    groups: dict[str, list[int] | None] = {}
    for position, name in enumerate(table.columns[by_run]):
        if not name.strip():
            reason = f"row {table.rows[position]} names no run: `{by_run}` is empty"
            raise UnusableSource("unreadable", reason)
        rows = groups.setdefault(name, [])
        assert rows is not None
        rows.append(position)
    return groups


def _read_run(table: CsvTable, rows: list[int] | None, select: str, selection: Selection) -> Run:
    column = table.columns[select]
    texts = column if rows is None else [column[row] for row in rows]

    def place(position: int) -> str:
        number = table.rows[position if rows is None else rows[position]]
        return f"row {number}, column `{select}`"

    takes_booleans = bool(selection.pair_by) or selection.aggregate == "rate"
    if not selection.pair_by:
        numbers = _read_plain_numbers(texts)
        if numbers is not None:
            return Run(values=numbers)
    cells = [_read_cell(text, takes_booleans) for text in texts]
    if not selection.pair_by:
        return Run(values=read_values(cells, place))
    ids = table.columns[selection.pair_by]
    return pair_cases(cells, ids if rows is None else [ids[row] for row in rows], selection.pair_by, place)


def _read_plain_numbers(texts: list[str]) -> array[float] | None:
    """All texts as floats, in C; None where one is no finite number in plain digits (Python also reads `1_000`)."""
    joined = "".join(texts)
    if "_" in joined or not joined.isascii():
        return None
    try:
        return pack_finite(list(map(float, texts)))
    except ValueError:
        return None


def _read_cell(text: str, takes_booleans: bool) -> float | str:
    """A cell as a float; the text itself where it is none."""
    plain = text.strip()
    if takes_booleans and plain.lower() in ("true", "false"):
        return float(plain.lower() == "true")
    if is_missing_text(plain) or "_" in plain or not plain.isascii():
        return plain
    try:
        return float(plain)
    except ValueError:
        return plain
