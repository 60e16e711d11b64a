"""The bootstrap of a ratio, and the permutation test beside it."""

from __future__ import annotations

import pytest

from rulewright.measurements.statistics.bootstrap import chance, compare


def test_comparison_is_the_same_every_time() -> None:
    now, before = [1.1, 1.3, 1.2, 1.4, 1.0], [1.0, 1.2, 1.1, 1.3, 0.9]
    assert compare("mean", now, before, 0.95) == compare("mean", list(reversed(now)), before, 0.95)


def test_interval_holds_the_ratio() -> None:
    for size in (10, 100):
        now, before = [1 + i / size for i in range(size)], [2 + i / size for i in range(size)]
        found = compare("p50", now, before, 0.98)
        assert found.lower <= found.ratio <= found.upper


@pytest.mark.parametrize(("size", "expected"), [(3, 1 / 20), (4, 1 / 70), (5, 1 / 252)])
def test_smallest_chance_of_few_values(size: int, expected: float) -> None:
    low = [float(i) for i in range(size)]
    high = [10 + value for value in low]
    assert chance("mean", high, low, higher_is_better=False) == pytest.approx(expected)
    assert chance("mean", low, high, higher_is_better=True) == pytest.approx(expected)


def test_many_values_need_no_permutation() -> None:
    assert chance("mean", [1.0] * 30, [2.0] * 30, higher_is_better=False) is None
