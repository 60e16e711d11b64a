"""One value in several notations, and the one that a board shows."""

from __future__ import annotations

from typing import Any

import pytest

from rulewright.events.board_values import as_board_shows, parse_board_date, parse_board_number


@pytest.mark.parametrize(
    ("wanted", "present", "shown"),
    [
        ("3", 3.0, 3.0),
        (" 3.50 ", 1, 3.5),
        ("3e2", 300, 300.0),
        (3, 3.0, 3.0),
        ("three", 3, "three"),
        ("nan", 3, "nan"),
        ("1_000", 1000, "1_000"),
        (3, "3", "3"),
        (3.0, "3", "3"),
        (2.5, "2", "2.5"),
        ("2026-01-05T23:30:00-05:00", "2026-01-05", "2026-01-05"),
        ("2026-01-05", "2026-01-05", "2026-01-05"),
        ("soon", "2026-01-05", "soon"),
        ("2026-01-05T09:00:00Z", "a note", "2026-01-05T09:00:00Z"),
        ("Ready", "Backlog", "Ready"),
        ("3", None, "3"),
        (None, 3, None),
    ],
)
def test_a_value_as_the_field_shows_it(wanted: Any, present: Any, shown: Any) -> None:
    found = as_board_shows(wanted, present)
    assert (found, type(found)) == (shown, type(shown))


@pytest.mark.parametrize("value", ["", "three", "nan", "inf", "1_0", "٣", True, None, [], "9" * 400, 10**400])
def test_what_is_no_number_of_a_board(value: Any) -> None:
    assert parse_board_number(value) is None


@pytest.mark.parametrize("value", ["", "soon", "2026-02-30", "05.01.2026", "20260105", 20260105, None])
def test_what_is_no_date_of_a_board(value: Any) -> None:
    assert parse_board_date(value) is None
