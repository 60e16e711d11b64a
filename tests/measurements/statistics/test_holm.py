"""Holm's correction."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.statistics.holm import select_significant

ALPHA = Fraction(1, 20)


def test_published_steps() -> None:
    """Holm 1979: 0.01 ≤ α/4, 0.015 ≤ α/3, 0.03 > α/2: the last two are not tested any more."""
    ps = {"a": Fraction("0.01"), "b": Fraction("0.015"), "c": Fraction("0.03"), "d": Fraction("0.04")}
    assert select_significant(ps, ALPHA) == {"a", "b"}


def test_nothing_to_test() -> None:
    assert select_significant({}, ALPHA) == frozenset()


@settings(deadline=None)
@given(st.lists(st.integers(0, 100).map(lambda i: Fraction(i, 400)), max_size=5))
def test_closed_testing_gives_the_same(numbers: list[Fraction]) -> None:
    """The closure of Bonferroni: significant is a name of which every set of names has a least p ≤ α / size."""
    ps = dict(zip("abcde", numbers, strict=False))
    sets = [group for size in range(1, len(ps) + 1) for group in combinations(ps, size)]
    closed = {
        name
        for name in ps
        if all(min(ps[member] for member in group) * len(group) <= ALPHA for group in sets if name in group)
    }
    assert select_significant(ps, ALPHA) == closed
