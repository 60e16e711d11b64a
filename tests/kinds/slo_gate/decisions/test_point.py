"""Numbers that are compared as they are."""

from __future__ import annotations

import pytest

from rulewright.kinds.slo_gate.decisions.finding import Bound
from rulewright.kinds.slo_gate.decisions.point import judge_point


@pytest.mark.parametrize(
    ("value", "bound", "verdict"),
    [
        (2.0, Bound(high=2), "PASS"),
        (2.0, Bound(high=2, high_open=True), "FAIL"),
        (2.0, Bound(low=2), "PASS"),
        (2.0, Bound(low=2, low_open=True), "FAIL"),
        (3.0, Bound(1, False, 2, False), "FAIL"),
        (0.0, Bound(), "PASS"),
    ],
)
def test_limits(value: float, bound: Bound, verdict: str) -> None:
    found = judge_point(value, bound, lambda amount: f"{amount:g}s", values=7)
    assert (found.verdict, found.certainty, found.observed, found.values) == (verdict, "point", value, 7)
    assert found.code == ("" if verdict == "PASS" else "beyond_limit")
    assert found.reason.startswith(f"{value:g}s is ")
