"""Units convert within their dimension."""

from __future__ import annotations

import pytest

from rulewright.measurements.units import convert, dimension


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
