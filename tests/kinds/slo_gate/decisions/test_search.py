"""The least number for which a rule holds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.kinds.slo_gate.decisions.search import find_first


@settings(deadline=None)
@given(st.integers(0, 50), st.integers(0, 200), st.integers(0, 200))
def test_finds_what_a_row_of_questions_finds(first: int, more: int, threshold: int) -> None:
    last = first + more
    expected = next((n for n in range(first, last + 1) if n >= threshold), None)
    assert find_first(lambda n: n >= threshold, first, last) == expected
