"""Texts in lines of a width that is counted in the columns of a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright_tui.lines.row import count_columns, wrap_words


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 7, ["one two", "  three"]),
        ("abcdefghij", 4, ["ab", "  cd", "  ef", "  gh", "  ij"]),
        ("启动后应用马上崩溃", 8, ["启动后", "  应用马", "  上崩溃"]),
        ("", 5, [""]),
    ],
)
def test_wrap_words(text: str, width: int, lines: list[str]) -> None:
    assert wrap_words(text, width, "  ") == lines


@given(st.text(st.sampled_from("ab 启é\u0301-"), max_size=60), st.integers(6, 20))
def test_no_line_is_wider_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrap_words(text, width, "  ")
    assert all(count_columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
