"""How exit codes combine."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rulewright.run.exit_codes import combine

CODES = st.sampled_from([0, 1, 2, 3, 4, 5])


def test_the_order_is_the_documented_one() -> None:
    held = [0, 5, 3, 4, 1, 2]
    order = []
    while held:
        order.append(combine(held))
        held.remove(order[-1])
    assert order == [2, 1, 4, 3, 5, 0]


def test_nothing_gives_zero_and_the_unforeseen_gives_four() -> None:
    assert combine([]) == 0
    assert combine([17]) == 4
    assert combine([17, 1]) == 1
    assert combine([130, 2]) == 130


@given(st.lists(CODES), st.lists(CODES))
def test_combining_in_parts_is_combining_at_once(left: list[int], right: list[int]) -> None:
    assert combine([combine(left), combine(right)]) == combine(left + right)
    assert combine(left) == combine(reversed(left))
