"""The runs after which a gate is looked at."""

from __future__ import annotations

import pytest

from rulewright.gates.looks import plan_looks


@pytest.mark.parametrize(
    ("most", "looks"),
    [
        (1, (1,)),
        (5, (5,)),
        (6, (5, 6)),
        (10, (5, 10)),
        (20, (5, 10, 20)),
        (50, (5, 10, 20, 40, 50)),
    ],
)
def test_looks(most: int, looks: tuple[int, ...]) -> None:
    assert plan_looks(most) == looks
