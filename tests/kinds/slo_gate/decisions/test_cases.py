"""Suites of cases."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.kinds.slo_gate.decisions.cases import (
    check_cases,
    check_one_side,
    collect_cases,
    compare_cases,
    decide_drop,
    list_outcomes,
    measure_drop,
)
from rulewright.kinds.slo_gate.decisions.finding import Finding
from rulewright.measurements.sample import Run


def suite(outcomes: str, errored: tuple[str, ...] = ()) -> Run:
    """`a+ b- c+`: ids of cases that passed or did not."""
    names = outcomes.split()
    values = [1.0 if name[-1] == "+" else 0.0 for name in names]
    return Run(values, cases=tuple(name[:-1] for name in names), errored=errored)


def many(passed: int, failed: int, *, first: int = 0) -> Run:
    values = [1.0] * passed + [0.0] * failed
    return Run(values, cases=tuple(f"c{first + i:04}" for i in range(passed + failed)))


def judge(now: Run, before: Run, max_drop: float = 0.02) -> Finding:
    found = compare_cases(collect_cases([now]), collect_cases([before]))
    return check_cases(found, 1.0) or decide_drop(measure_drop(found, max_drop, 0.95))


def test_cases_are_paired_by_id_and_not_by_place() -> None:
    found = compare_cases(collect_cases([suite("b+ a- c+")]), collect_cases([suite("a+ b- c+")]))
    assert (found.newly_failing, found.newly_passing) == (("a",), ("b",))
    assert (found.total, found.complete) == (3, 3)


def test_half_of_the_suite_missing_is_no_data() -> None:
    found = judge(many(50, 0), many(100, 0))
    assert (found.verdict, found.code) == ("NO_DATA", "missing_cases")
    assert found.reason.startswith("50 of 100 cases are complete on both sides: 50 missing (c0050, c0051,")


def test_cases_that_only_the_new_side_has_are_missing_too() -> None:
    assert judge(suite("a+ b+"), suite("a+")).code == "missing_cases"


def test_an_id_that_occurs_twice_is_never_averaged() -> None:
    found = judge(suite("a+ a- b+"), suite("a+ b+"))
    assert (found.verdict, found.code) == ("NO_DATA", "duplicate_cases")
    assert "1 more than once (a)" in found.reason


def test_errors_on_both_sides_are_no_tie() -> None:
    both = suite("a+", errored=("b", "c"))
    assert judge(both, both).code == "missing_cases"
    found = compare_cases(collect_cases([both]), collect_cases([both]))
    assert found.pairs == ((1.0, 1.0),)
    nothing = suite("", errored=("a", "b"))
    assert check_cases(compare_cases(collect_cases([nothing]), collect_cases([nothing])), 0.0) is not None


def test_an_error_of_a_case_that_passed_is_a_failure() -> None:
    found = compare_cases(collect_cases([suite("a+", errored=("b",))]), collect_cases([suite("a+ b+")]))
    assert found.newly_failing == ("b",)
    assert check_cases(found, 0.5) is None
    assert check_cases(found, 0.51) is not None


def test_one_side_alone() -> None:
    side = collect_cases([suite("b+ a-", errored=("c",))])
    assert list_outcomes(side) == [0.0, 1.0, 0.0]
    assert check_one_side(side, 0.6) is None
    assert check_one_side(side, 1.0) is not None


def test_runs_of_a_suite_give_the_mean_of_each_case() -> None:
    side = collect_cases([suite("a+ b+ c+"), suite("a- b+")])
    assert (dict(side.values), side.partial) == ({"a": 0.5, "b": 1.0}, frozenset({"c"}))


def test_few_lost_cases_of_many_pass() -> None:
    found = judge(many(998, 2), many(1000, 0))
    assert (found.verdict, found.code) == ("PASS", "")
    assert found.ratio is not None
    assert (found.ratio.value, found.ratio.limit) == (0.002, 0.02)


def test_many_lost_cases_fail() -> None:
    found = judge(many(90, 10), many(100, 0))
    assert (found.verdict, found.code) == ("FAIL", "regression")
    assert found.ratio is not None
    assert found.ratio.p == pytest.approx(1 / 1024)


def test_between_the_drop_is_likely_or_undecided() -> None:
    likely = judge(many(95, 5), many(100, 0), max_drop=0.03)
    assert (likely.verdict, likely.code) == ("INCONCLUSIVE", "likely_regression")
    assert likely.values_needed is not None
    assert likely.values_needed > 100
    assert judge(many(99, 1), many(100, 0)).code == "undecided"


def test_significance_in_the_gate_decides_beyond_twice_the_drop() -> None:
    ids = tuple(f"c{i}" for i in range(100))
    now, before = [1.0] * 92 + [0.0] * 8, [0.0] + [1.0] * 99
    found = compare_cases(collect_cases([Run(now, cases=ids)]), collect_cases([Run(before, cases=ids)]))
    drop = measure_drop(found, 0.03, 0.95)
    assert (drop.lost, drop.won, drop.p) == (8, 1, Fraction(10, 512))
    assert drop.lower <= 0.03
    assert decide_drop(drop, is_significant=True).verdict == "FAIL"
    assert decide_drop(drop, is_significant=False).code == "likely_regression"


def test_scores_are_compared_by_signed_ranks() -> None:
    ids = tuple(f"c{i}" for i in range(30))
    before = Run([0.8 + 0.001 * i for i in range(30)], cases=ids)
    worse = Run([0.6 + 0.002 * i for i in range(30)], cases=ids)
    assert judge(worse, before).verdict == "FAIL"
    assert judge(before, before).verdict == "PASS"


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_order_of_cases_changes_nothing(outcomes: list[tuple[bool, bool]]) -> None:
    ids = [f"c{i}" for i in range(len(outcomes))]
    now, before = ([float(pair[side]) for pair in outcomes] for side in (0, 1))
    here = judge(Run(now, cases=tuple(ids)), Run(before, cases=tuple(ids)))
    there = judge(Run(now[::-1], cases=tuple(ids[::-1])), Run(before, cases=tuple(ids)))
    assert here == there
