"""The text of fields: one line whatever is in it, and the same value when it is read again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright_tui.session.field_text import (
    EditError,
    escape_line,
    format_json,
    format_names,
    parse_json,
    parse_names,
    unescape_line,
)

TEXT = st.text(st.sampled_from('\\nrt\n\r\t,"a b') | st.characters(), max_size=12)


@settings(deadline=None)
@given(TEXT)
def test_a_text_is_one_line_and_reads_back(text: str) -> None:
    line = escape_line(text)
    assert not set(line) & set("\n\r\t")
    assert unescape_line(line) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\nb", r"a\nb"), (r"a\nb", r"a\\nb"), (r"C:\dir", r"C:\dir"), ("\\\n", r"\\\n"), ("\\\\", "\\\\\\")],
)
def test_a_backslash_is_doubled_only_where_it_would_be_an_escape(text: str, line: str) -> None:
    assert escape_line(text) == line


@settings(deadline=None)
@given(st.lists(TEXT, unique=True, max_size=5))
def test_names_read_back(names: list[str]) -> None:
    assert parse_names(format_names(names)) == tuple(names)


def test_names_as_people_write_them() -> None:
    assert parse_names(" bug ,p1,, bug") == ("bug", "p1")
    assert parse_names('"a, ""b""", c') == ('a, "b"', "c")
    assert parse_names("  ") == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(JSON)
def test_json_reads_back(value: Any) -> None:
    assert "\n" not in format_json(value)
    assert json.dumps(parse_json(format_json(value), "x")) == json.dumps(value)


def test_a_fault_has_its_place() -> None:
    with pytest.raises(EditError) as fault:
        parse_json('{"a": 1\n "b": 2}', "pii")
    assert (fault.value.line, fault.value.column) == (2, 2)
    assert "pii, line 2, column 2" in fault.value.message
    with pytest.raises(EditError) as fault:
        parse_json("NaN", "pii")
    assert (fault.value.line, fault.value.column) == (None, None)
