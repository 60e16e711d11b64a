from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.duplicates.dates import display_date, find_dates, is_same_date


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Weekly sync 2026-01-08", "2026-01-08"),
        ("Backup of 2026/1/8 is empty", "2026-01-08"),
        ("Sitzung vom 8.1.2026", "2026-01-08 or 2026-08-01"),
        ("Nightly 01/08/2026", "2026-01-08 or 2026-08-01"),
        ("Nightly 31/01/2026", "2026-01-31"),
        ("nightly-build 20260108", "2026-01-08"),
        ("Notes of 8 January 2026", "2026-01-08"),
        ("Notes of Jan 8th, 2026", "2026-01-08"),
        ("Notes of Jan. 8", "?-01-08"),
        ("Besprechung am 8. Januar", "?-01-08"),
        ("Réunion du 8 janvier 2026", "2026-01-08"),
        ("Reunión del 8 de enero de 2026", "2026-01-08"),
        ("2026年1月8日 例会", "2026-01-08"),
        ("1월 8일 회의", "?-01-08"),
        ("Report of January 2026", "2026-01-?"),
        ("Report 2026-W02", "2026-W02"),
        ("Report of week 2", "?-W02"),
        ("Plan for Q3 2026", "2026-Q3"),
        ("2026 Q3 plan", "2026-Q3"),
    ],
)
def test_dates_as_people_write_them(text: str, value: str) -> None:
    assert [found.value for found in find_dates(text)] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2.53.12 is broken",
        "10.15.7",
        "it may crash",
        "HTTP 503",
        "port 20261301",
        "1/2 of it",
        "id 2026-01",
    ],
)
def test_other_numbers_are_no_dates(text: str) -> None:
    assert find_dates(text) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2026-01-08", "2026-01-08", True),
        ("2026-01-08", "2026-01-01", False),
        ("2026-01-08", "?-01-08", True),
        ("2026-01-08", "2026-01-?", True),
        ("2026-01-08", "2025-01-?", False),
        ("2026-01-08 or 2026-08-01", "2026-08-01", True),
        ("2026-01-08 or 2026-08-01", "2026-01-09 or 2026-09-01", False),
        ("2026-W02", "?-W02", True),
        ("2026-W02", "2026-01-08", False),
    ],
)
def test_what_is_not_said_may_be_anything(one: str, other: str, same: bool) -> None:
    assert is_same_date(one, other) is same
    assert is_same_date(other, one) is same


@given(st.text(alphabet="0123456789-/. 年月日JanuaryWQ", max_size=40))
def test_any_text_is_taken(text: str) -> None:
    for found in find_dates(text):
        assert found.value
        assert 0 <= found.start < found.end <= len(text)
        assert is_same_date(found.value, found.value)
        assert "?" not in display_date(found.value)
