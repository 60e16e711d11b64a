"""The row of an objective in the text of `evaluate`."""

from __future__ import annotations

from rulewright.report.evaluation import RuleView
from rulewright.report.gate import reason, row


def view(**detail: object) -> RuleView:
    judged = {
        "verdict": "FAIL",
        "reason": "it is worse",
        "observed": 0.72,
        "shown": "72%",
        "unit": "%",
        **detail,
    }
    return RuleView("suite", "not_matched", None, "objective", "", "rules/slo/suite.yaml", 5, judged)


def test_the_drop_of_a_suite_is_in_points() -> None:
    drop = {"value": 0.08, "lower": 0.02, "upper": 0.14, "limit": 0.03}
    rule = view(baseline={"value": 80.0, "runs": 1}, ratio=drop, cases={"newly_failing": ["adds"]})
    assert reason(rule) == "it is worse; baseline 80% (1 run): -8 points, limit -3 points"


def test_an_interval_is_in_the_unit_of_the_observed_value() -> None:
    rule = view(observed=1.39, shown="1390ms", unit="s", interval={"lower": 1.327, "upper": 1.507})
    assert row(rule).observed == "1390ms"
    assert reason(rule) == "it is worse; interval 1327ms to 1507ms"
