"""Bounds: the same every time, around the value, and never surer than the number of units allows."""

from __future__ import annotations

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.evaluation.confidence_bounds import bootstrap, compute_bounds
from rulewright.measurements.statistics import wilson


def mean(values: object) -> float:
    return fsum(values) / len(values)  # type: ignore[arg-type, call-overload]


def test_bounds_of_a_mean_are_those_that_normal_theory_gives() -> None:
    """Of 0…99, mean 49.5: the standard error is 28.87 ÷ 10, and 1.96 of it to each side is 43.8 to 55.2."""
    low, high = bootstrap(list(range(100)), mean)
    assert low == pytest.approx(43.8, abs=0.5)
    assert high == pytest.approx(55.2, abs=0.5)


def test_the_seed_is_fixed() -> None:
    values = [0.0, 1.0, 1.0, 3.0, 8.0]
    assert bootstrap(values, mean) == bootstrap(values, mean) == (0.6, 5.6)
    many = list(range(100))
    assert bootstrap(many, mean, seed=1) != bootstrap(many, mean, seed=2)


def test_no_flip_among_few_is_no_proof() -> None:
    """0 of 20: the bootstrap alone would say 0 to 0."""
    assert bootstrap([0.0] * 20, mean) == (0, 0)
    assert compute_bounds([0.0] * 20, mean, share=True) == (0, pytest.approx(0.1611, abs=1e-4))
    assert compute_bounds([1.0] * 20, mean, share=True) == (pytest.approx(0.8389, abs=1e-4), 1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_bounds_of_a_share_lie_around_it_and_are_no_narrower_than_wilson(values: list[float]) -> None:
    low, high = compute_bounds(values, mean, share=True)
    value = min(1.0, max(0.0, mean(values)))
    least, most = wilson(value, len(values), 0.95)
    assert 0 <= low <= least <= value + 1e-12
    assert value - 1e-12 <= most <= high <= 1 + 1e-12


def test_a_statistic_that_is_not_always_defined() -> None:
    units = [None, None, 0.5]
    some = lambda drawn: next((one for one in drawn if one is not None), None)  # noqa: E731
    assert bootstrap(units, some) == (0.5, 0.5)
    with pytest.raises(ValueError, match="no resample"):
        bootstrap([1], lambda _: None)
    with pytest.raises(ValueError, match="no unit"):
        bootstrap([], mean)
