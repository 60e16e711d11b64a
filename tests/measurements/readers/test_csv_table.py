"""CSV of any tool."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.reading import choose, read_values, refuse, values_of
from rulewright.measurements.readers import csv_text
from rulewright.measurements.readers.csv_table import read_csv

TABLE = b'id,run,"latency, ms",ok\n1,a,12,true\n2,b,"1.5e1",false\n3,a,7.25,TRUE\n'


@pytest.mark.parametrize(
    "data",
    [
        TABLE,
        TABLE.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + TABLE,
        TABLE + b"\n\n",
        TABLE.replace(b"\n2,", b"\n\n2,"),
        TABLE.replace(b",12,", b", 12 ,"),
        TABLE.replace(b",a,", b',"a ""quoted"", with\na new line",'),
    ],
)
def test_values(data: bytes) -> None:
    assert read_values(read_csv, data, choose("latency, ms")) == [12, 15, 7.25]


def test_one_column_needs_no_name() -> None:
    assert read_values(read_csv, b"v\n1\n2\n", choose()) == [1, 2]


def test_rates_and_cases() -> None:
    assert read_values(read_csv, TABLE, choose("ok", "rate")) == [1, 0, 1]
    table = TABLE + b"4,a,n/a,false\n"
    (run,) = read_csv(table, choose("latency, ms", pair_by="id")).runs
    assert (list(run.values), run.cases, run.errored) == ([12, 15, 7.25], ("1", "2", "3"), ("4",))
    (run,) = read_csv(table, choose("ok", pair_by="id")).runs
    assert list(run.values) == [1, 0, 1, 0]


def test_runs_stand_in_the_order_of_their_first_rows() -> None:
    reading = read_csv(TABLE, choose("latency, ms", arguments={"runs": "run"}))
    assert values_of(reading) == [[12, 7.25], [15]]
    assert [run.id for run in reading.runs] == ["a", "b"]
    by_run = read_csv(TABLE, choose("ok", pair_by="id", arguments={"runs": "run"}))
    assert [run.cases for run in by_run.runs] == [("1", "3"), ("2",)]


def test_the_policy_names_the_delimiter() -> None:
    table = b"a;b\n1;2,5\n"
    assert read_values(read_csv, table, choose("a", arguments={"delimiter": ";"})) == [1]
    assert refuse(read_csv, table, choose("b", arguments={"delimiter": ";"}))[0] == "unreadable"
    code, reason = refuse(read_csv, table, choose("a"))
    assert code == "unreadable"
    assert reason == 'row 1: the header is one cell, `a;b`; say `delimiter: ";"` if that separates'
    assert 'say `delimiter: "\\t"`' in refuse(read_csv, b"a\tb\n1\t2\n", choose("a"))[1]
    assert refuse(read_csv, table, choose("a", arguments={"delimiter": '"'}))[0] == "unsuitable"
    assert refuse(read_csv, table, choose("a", arguments={"delimiter": ";;"}))[0] == "unsuitable"


def test_a_row_that_may_be_cut_off() -> None:
    assert read_csv(b"v\n1\n2", choose("v")).warnings == ("row 3 has no line end: the file may be cut off",)
    assert read_csv(b"v\n1\n2\n", choose("v")).warnings == ()


@pytest.mark.parametrize(
    ("data", "select", "code", "part"),
    [
        (b"", "v", "empty", "the file is empty"),
        (b"v\n", "v", "empty", "there are no rows below the header"),
        (b"v,w\n1,2\n", "", "ambiguous", "`select` names none of 2 columns: `v`, `w`"),
        (b"v,w,v\n1,2,3\n", "v", "ambiguous", "`v` occurs 2 times; there are `v`, `w`"),
        (b"value,w\n1,2\n", "valeu", "no_match", "no column is named `valeu`; did you mean `value`?; there are"),
        (b"v\n1\n\nNaN\n", "v", "not_finite", "the first: row 4, column `v` is `NaN`"),
        (b"v\n1\nN/A\n", "v", "not_finite", "row 3, column `v` is `N/A`"),
        (b"v,w\n1,2\n,3\n", "v", "not_finite", "row 3, column `v` is empty"),
        (b"v\n1\n-inf\n", "v", "not_finite", "row 3, column `v` is `-inf`"),
        (b"v\n1\n1e999\n", "v", "not_finite", "row 3, column `v` is inf"),
        (b"v\n1.7976931348623157e+308\n", "v", "not_finite", "row 2, column `v` is 1.79769e+308"),
        (b"v\n1\n1_000\n", "v", "unreadable", "row 3, column `v` is a text (`1_000`)"),
        ("v\n1\n\u0661\n".encode(), "v", "unreadable", "row 3, column `v` is a text"),
        (b'v\n1\n"1,5"\n', "v", "unreadable", "row 3, column `v` is a text (`1,5`)"),
        (b"v\n1\n12ms\n", "v", "unreadable", "row 3, column `v` is a text (`12ms`)"),
        (b"v\n1\ntrue\n", "v", "unreadable", "row 3, column `v` is a text (`true`)"),
        (b"v,w\n1,2\n3\n", "v", "unreadable", "row 3 has 1 cells, and the header has 2"),
        (b"v,w\n1,2\n3,4,5\n", "v", "unreadable", "row 3 has 3 cells, and the header has 2"),
        (b'v,w\n1,"2\n3,4\n', "v", "unreadable", "line 3: unexpected end of data"),
        (b'v,w\n1,"2"x\n', "v", "unreadable", "line 2: "),
        (b"1.5\n2.5\n", "v", "unreadable", "row 1: `1.5` is a number, and the first row names the columns"),
        (b"v\n1\0\n", "v", "unreadable", "byte 3 is NUL"),
        (b"v\n\xe9\n", "v", "unreadable", "byte 2 (0xe9) is not UTF-8"),
        (b"v\n" + b"1" * 200_000 + b"\n", "v", "unreadable", "line 2: field larger than field limit"),
    ],
)  # fmt: skip
def test_bad_tables(data: bytes, select: str, code: str, part: str) -> None:
    found, reason = refuse(read_csv, data, choose(select))
    assert found == code
    assert part in reason


@pytest.mark.parametrize(
    ("selection", "code", "part"),
    [
        (choose("ok", "rate", arguments={"runs": "round"}), "no_match", "no column is named `round`"),
        (choose("ok", pair_by="case"), "no_match", "no column is named `case`"),
        (
            choose("ok", "rate", arguments={"select": {"bad": "ok", "total": "id"}}),
            "unsuitable",
            "one column",
        ),
    ],
)
def test_bad_selections(selection: Any, code: str, part: str) -> None:
    found, reason = refuse(read_csv, TABLE, selection)
    assert found == code
    assert part in reason


def test_rows_of_no_run() -> None:
    code, reason = refuse(read_csv, b"v,r\n1,a\n2,\n", choose("v", arguments={"runs": "r"}))
    assert (code, reason) == ("unreadable", "row 3 names no run: `r` is empty")


@given(
    st.lists(st.tuples(st.text(), st.floats(-1e300, 1e300), st.booleans()), min_size=1, max_size=30),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None)
def test_whatever_csv_writes_is_read(rows: list[tuple[str, float, bool]], end: str) -> None:
    stream = StringIO()
    writer = csv.writer(stream, lineterminator=end, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["text", "value"])
    lines = [(text.replace("\0", ""), value) for text, value, _ in rows]
    writer.writerows(lines)
    data = stream.getvalue().encode("utf-8", "replace")
    assert read_values(read_csv, data, choose("value")) == [value for _, value in lines]


def test_blank_lines_do_not_shift_the_numbers_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "_CHUNK", 2)
    table = b"v\n1\n\n2\n3\n\n\n4\nx\n"
    assert refuse(read_csv, table, choose("v")) == (
        "unreadable",
        "row 9, column `v` is a text (`x`), and values are numbers",
    )
