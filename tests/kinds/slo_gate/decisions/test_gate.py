"""Comparisons that a gate makes at once."""

from __future__ import annotations

from rulewright.kinds.slo_gate.decisions.gate import select_significant_objectives
from rulewright.kinds.slo_gate.decisions.regression import RegressionTerms, measure_regression


def test_one_of_many_must_be_the_more_significant() -> None:
    terms = RegressionTerms(0.1)
    five = measure_regression([2, 3, 4, 5, 6], [1.0, 1.1, 1.2, 1.3, 1.4], terms)  # p = 1/252
    three = measure_regression([2, 3, 4], [1.0, 1.1, 1.2], terms)  # p = 1/20
    assert select_significant_objectives({"a": five}) == {"a"}
    assert select_significant_objectives({"a": five, "b": three}) == {"a", "b"}
    assert select_significant_objectives({"a": five, "b": three, "c": three}) == {"a"}
    assert select_significant_objectives(dict.fromkeys("abcdefghijklm", five)) == frozenset()


def test_each_objective_has_its_own_confidence() -> None:
    now, before = [2, 3, 4], [1.0, 1.1, 1.2]
    strict = measure_regression(now, before, RegressionTerms(0.1, confidence=0.98))
    loose = measure_regression(now, before, RegressionTerms(0.1, confidence=0.9))
    assert select_significant_objectives({"strict": strict, "loose": loose}) == {"loose"}
