"""Results of many rows: each distinct one kept once, counted and found by row."""

from __future__ import annotations

from rulewright_tui.session.row_results import ResultTable, RowResult, RuleOutcome, collect_results

CRASH = RuleOutcome("intake", "crash", "matched")
LATE = RuleOutcome("intake", "late", "undetermined")
GATE = RowResult((RuleOutcome("slo", "p95", "not_matched", "FAIL"),), (("slo", "FAIL"),))


def test_rows_with_the_same_outcome_share_a_result() -> None:
    table = ResultTable()
    table.set_batch(0, collect_results([RowResult((CRASH,)), RowResult(), RowResult((CRASH,))]))
    table.set_batch(5, collect_results([RowResult((CRASH, LATE)), RowResult((CRASH,))]))
    assert table.result(0) is table.result(6)
    assert table.result(3) is None
    assert table.result(99) is None
    assert table.decided == 5
    assert len(table.distinct) == 4
    assert list(table.undecided_ranges(8)) == [range(3, 5), range(7, 8)]
    assert list(table.rows_with("intake", "crash", "matched")) == [0, 2, 5, 6]


def test_rows_are_counted_by_outcome() -> None:
    table = ResultTable()
    table.set_batch(
        0, collect_results([RowResult((CRASH, LATE)), GATE, RowResult((CRASH,)), RowResult(error="no")])
    )
    tally = table.count_outcomes()
    assert (tally.decided, tally.failed) == (4, 1)
    assert tally.rules == {CRASH: 2, LATE: 1, GATE.outcomes[0]: 1}
    assert tally.verdicts == {("slo", "FAIL"): 1}


def test_the_status_of_a_row() -> None:
    assert RowResult((LATE, CRASH)).status == "matched"
    assert RowResult((LATE,)).status == "undetermined"
    assert RowResult(error="no").status == "error"
    assert GATE.status == "not_matched"
    assert RowResult((RuleOutcome("intake", "crash", "skipped"),)).status == "skipped"
