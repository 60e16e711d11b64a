"""Aggregates and comparisons against values that are known from elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.measurements.statistics import aggregate, chance, compare, percentile, quantile_of, wilson
from rulewright.measurements.units import convert, dimension

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


@given(values, st.floats(0, 1))
def test_percentile_stays_among_the_values(numbers: list[float], q: float) -> None:
    ordered = sorted(numbers)
    assert ordered[0] <= percentile(ordered, q) <= ordered[-1]


@given(values, st.floats(0, 1), st.floats(0, 1))
def test_percentiles_rise(numbers: list[float], one: float, other: float) -> None:
    ordered = sorted(numbers)
    low, high = sorted((one, other))
    slack = 1e-9 * max(1.0, abs(ordered[0]), abs(ordered[-1]))
    assert percentile(ordered, low) <= percentile(ordered, high) + slack


def test_wilson_of_eight_in_ten() -> None:
    assert wilson(0.8, 10, 0.95) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)


def test_wilson_of_none_and_all() -> None:
    assert wilson(0.0, 10, 0.95)[0] == 0.0
    assert wilson(1.0, 10, 0.95)[1] == 1.0


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


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        (1001, "ms", "s", 1.001),
        (1.5, "h", "min", 90),
        (1, "GiB", "MiB", 1024),
        (5, "%", "ratio", 0.05),
        (0.5, "ratio", "%", 50),
        (1, "users", "users", 1),
        (1, "users", "s", None),
        (1, "s", "MiB", None),
        (1, "", "s", None),
    ],
)
def test_units(value: float, unit: str, wanted: str, expected: float | None) -> None:
    assert convert(value, unit, wanted) == expected


def test_dimension() -> None:
    assert [dimension(unit) for unit in ("ms", "kB", "%", "ratio", "requests/s", "")] == [
        "duration", "size", "ratio", "ratio", None, None,
    ]  # fmt: skip
