"""Aggregates against values that are known from elsewhere."""

from __future__ import annotations

from array import array

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.statistics.aggregates import (
    aggregate,
    percentile,
    quantile_of,
    select_percentile,
    sum_exactly,
)

values = st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("name", "numbers", "expected"),
    [
        ("p50", [1, 2, 3, 4], 2.5),
        ("median", [3, 1, 2], 2),
        ("p40", [15, 20, 35, 40, 50], 29.0),  # the textbook example of linear interpolation
        ("p95", range(1, 101), 95.05),
        ("p99", range(1, 101), 99.01),
        ("p99.9", range(1, 1002), 1000.0),
        ("p95", [7], 7),
        ("min", [3, 1, 2], 1),
        ("max", [3, 1, 2], 3),
        ("mean", [0.1] * 10, 0.1),
        ("rate", [1, 0, 0, 0], 0.25),
        ("sum", [0.1] * 10, 1.0),
        ("count", [5, 5, 5], 3),
        ("last", [5, 6, 4], 4),
    ],
)
def test_aggregate(name: str, numbers: list[float], expected: float) -> None:
    assert aggregate(name, list(numbers)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["p0", "p100", "p", "p5.1234", "p-5", "q50"])
def test_not_a_quantile(name: str) -> None:
    assert quantile_of(name) is None


@settings(deadline=None)
@given(values, st.floats(0, 1))
def test_percentile_stays_among_the_values(numbers: list[float], q: float) -> None:
    ordered = sorted(numbers)
    assert ordered[0] <= percentile(ordered, q) <= ordered[-1]


@settings(deadline=None)
@given(values, st.floats(0, 1), st.floats(0, 1))
def test_percentiles_rise(numbers: list[float], one: float, other: float) -> None:
    ordered = sorted(numbers)
    low, high = sorted((one, other))
    slack = 1e-9 * max(1.0, abs(ordered[0]), abs(ordered[-1]))
    assert percentile(ordered, low) <= percentile(ordered, high) + slack


@settings(deadline=None)
@given(values, st.sampled_from(["p50", "p95", "p99.9", "min", "max", "mean", "sum", "last"]))
def test_lists_arrays_and_numpy_give_the_same_bits(numbers: list[float], name: str) -> None:
    expected = aggregate(name, numbers).hex()
    assert aggregate(name, array("d", numbers)).hex() == expected
    assert aggregate(name, numpy.array(numbers)).hex() == expected


@settings(deadline=None)
@given(values, st.floats(0, 1))
def test_selecting_is_sorting_and_looking_up(numbers: list[float], q: float) -> None:
    assert select_percentile(numpy.array(numbers), q) == percentile(sorted(numbers), q)


def test_selecting_leaves_an_array_as_it_was() -> None:
    numbers = numpy.array([3.0, 1.0, 2.0])
    select_percentile(numbers, 0.5)
    assert numbers.tolist() == [3.0, 1.0, 2.0]


def test_sum_is_rounded_once() -> None:
    assert sum_exactly(numpy.array([1e16, 1.0, -1e16])) == 1.0
