"""JSON Lines of any tool."""

from __future__ import annotations

import pytest

from measurements.reading import choose, read_values, refuse, values_of
from rulewright.measurements.readers.json_lines import read_json_lines
from rulewright.measurements.sample import Count

LINES = b"""\
{"run": 1, "id": "a", "ms": 3, "p95-ms": 1, "in": {"ok": true}, "type": "x"}

{"run": 2, "id": "b", "ms": 5, "p95-ms": 2, "in": {"ok": false}, "type": "y"}
{"run": 1, "id": "c", "ms": 4, "p95-ms": 3, "in": {"ok": true}, "type": "x"}
"""


@pytest.mark.parametrize(
    ("select", "aggregate", "expected"),
    [
        ("ms", "mean", [3, 5, 4]),
        ("p95-ms", "mean", [1, 2, 3]),
        ("in.ok", "rate", [1, 0, 1]),
        ("[?type == 'x'].ms", "mean", [3, 4]),
        ("max([].ms)", "mean", [5]),
    ],
)
def test_values(select: str, aggregate: str, expected: list[float]) -> None:
    assert read_values(read_json_lines, LINES, choose(select, aggregate)) == expected


@pytest.mark.parametrize("data", [b"1\n2.5\n", b"1\r\n2.5\r\n", b"\xef\xbb\xbf1\n2.5\n"])
def test_bare_numbers(data: bytes) -> None:
    assert read_values(read_json_lines, data, choose()) == [1, 2.5]


def test_separators_inside_texts_end_no_line() -> None:
    data = '{"a": "\u2028\x85", "v": 1}\n'.encode()
    assert read_values(read_json_lines, data, choose("v")) == [1]


def test_a_line_that_may_be_cut_off() -> None:
    assert read_json_lines(b"1\n2", choose()).warnings == ("line 2 has no line end: the file may be cut off",)
    assert read_json_lines(b"1\n2\n", choose()).warnings == ()
    assert read_json_lines(b'{"v": 1}', choose("v")).warnings == ()


def test_runs_stand_in_the_order_of_their_first_lines() -> None:
    reading = read_json_lines(LINES, choose("ms", arguments={"runs": "run"}))
    assert values_of(reading) == [[3, 4], [5]]
    assert [run.id for run in reading.runs] == ["1", "2"]
    by_path = read_json_lines(b'{"m": {"r": "x"}, "v": 1}\n', choose("v", arguments={"runs": "m.r"}))
    assert [run.id for run in by_path.runs] == ["x"]


def test_counts() -> None:
    ratio = {"bad": "[?in.ok == `false`]", "total": "[]"}
    assert read_json_lines(LINES, choose(arguments={"select": ratio})).runs[0].events == Count(1, 3)
    by_run = read_json_lines(LINES, choose(arguments={"select": ratio, "runs": "run"}))
    assert [run.events for run in by_run.runs] == [Count(0, 2), Count(1, 1)]


def test_cases() -> None:
    lines = LINES + b'{"run": 1, "id": "d", "in": {}}\n'
    (run,) = read_json_lines(lines, choose("in.ok", pair_by="id")).runs
    assert (list(run.values), run.cases, run.errored) == ([1, 0, 1], ("a", "b", "c"), ("d",))
    (run,) = read_json_lines(lines, choose("[?type == 'x'].ms", pair_by="id")).runs
    assert (list(run.values), run.cases) == ([3, 4], ("a", "c"))


@pytest.mark.parametrize(
    ("data", "select", "code", "part"),
    [
        (b"", "ms", "empty", "the file is empty"),
        (LINES[:-10], "ms", "unreadable", "unterminated string starting at; the file seems to be cut off"),
        (LINES + b'{"ms": ', "ms", "unreadable", "line 5, column 8: expecting value; the file seems to be cut off"),
        (LINES + b"{}\n", "ms", "not_finite", "1 of 4 values are missing or not finite, the first: line 5"),
        (LINES + b'{"ms": NaN}\n', "ms", "not_finite", "line 5: `ms` is nan"),
        (LINES + b'{"ms": "5ms"}\n', "ms", "unreadable", "line 5: `ms` is a text (`5ms`)"),
        (LINES + b"3\n", "ms", "not_finite", "line 5: `ms` is missing"),
        (LINES, "", "unreadable", "line 1 is an object"),
        (LINES, "mss", "no_match", "no line has `mss`; did you mean `ms`?; lines have `run`, `id`, `ms`"),
        (LINES, "[?type == 'z'].ms", "empty", "an empty list"),
        (LINES, "[", "no_match", "`[` is no JMESPath"),
        (b'{"a": 1, "a": 2}\n', "a", "unreadable", 'line 1: the key "a" appears twice in one object'),
        (b'{"a": 1}\n' + b"[" * 200 + b"\n", "a", "unreadable", "line 2"),
    ],
)  # fmt: skip
def test_bad_lines(data: bytes, select: str, code: str, part: str) -> None:
    found, reason = refuse(read_json_lines, data, choose(select))
    assert found == code
    assert part in reason


def test_lines_of_no_run() -> None:
    code, reason = refuse(read_json_lines, LINES + b'{"ms": 1}\n', choose("ms", arguments={"runs": "run"}))
    assert (code, reason) == ("unreadable", "line 5 names no run: `run` is no text and no number")
    assert refuse(read_json_lines, LINES, choose("ms", arguments={"runs": "round"}))[0] == "no_match"
