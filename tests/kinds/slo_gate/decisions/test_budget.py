"""Error budgets and burn rates."""

from __future__ import annotations

import pytest

from rulewright.kinds.slo_gate.decisions.budget import Budget, judge_budget, list_burn_rates
from rulewright.measurements.burn_rates import BURN_WINDOWS
from rulewright.measurements.sample import Count

DAY = 86_400.0
MONTH = Budget(target=0.999, window=30 * DAY, min_left=0.2)
QUIET = Count(100, 1_000_000)


def test_factors_of_thirty_days() -> None:
    assert [windows.compute_factor(30 * DAY) for windows in BURN_WINDOWS] == [14.4, 6, 3, 1]


@pytest.mark.parametrize(
    ("bad", "left", "verdict"),
    [(0, 1.0, "PASS"), (800, 0.2, "PASS"), (801, 0.199, "FAIL"), (2000, -1.0, "FAIL")],
)
def test_what_is_left(bad: float, left: float, verdict: str) -> None:
    found = judge_budget([Count(bad, 1_000_000)], MONTH)
    assert (found.verdict, found.observed) == (verdict, pytest.approx(left))
    assert (found.code, found.certainty) == ("" if verdict == "PASS" else "budget_spent", "point")


def test_both_windows_must_burn() -> None:
    fast, slow = Count(15, 1000, "1h"), Count(1, 1000, "1h")
    now, over = Count(2, 100, "5m"), Count(0, 100, "5m")
    found = judge_budget([QUIET, fast, now], MONTH)
    assert (found.verdict, found.code) == ("FAIL", "burn_rate")
    assert found.reason.startswith(
        "the budget is spent 15 times as fast as evenly over 1h and 20 times over 5m"
    )
    assert judge_budget([QUIET, fast, over], MONTH).verdict == "PASS"
    assert judge_budget([QUIET, slow, now], MONTH).verdict == "PASS"
    assert judge_budget([QUIET, fast], MONTH).verdict == "PASS"


def test_windows_are_found_in_any_writing() -> None:
    counts = [Count(1, 1000, "72h"), Count(2, 1000, "360m"), Count(9, 0, "24h"), Count(9, 9, "2h")]
    rates = list_burn_rates(counts, MONTH)
    assert [(rate.long, rate.short, rate.factor) for rate in rates] == [("24h", "2h", 3), ("72h", "360m", 1)]
    assert [rate.long_rate for rate in rates] == [0.0, pytest.approx(1.0)]


def test_windows_of_burn_rates_are_not_counted_twice() -> None:
    assert judge_budget([QUIET, Count(900, 1000, "1h")], MONTH).values == 1_000_000
    assert judge_budget([Count(100, 1_000_000, "30d")], MONTH).observed == pytest.approx(0.9)
