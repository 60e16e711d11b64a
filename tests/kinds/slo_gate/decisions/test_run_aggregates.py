"""One number a run."""

from __future__ import annotations

import pytest

from rulewright.kinds.slo_gate.decisions.run_aggregates import aggregate_runs
from rulewright.measurements.sample import Buckets, Count, Run


def test_runs_are_cut_to_the_length_of_the_shortest() -> None:
    now = [Run([1.0, 2.0, 9.0]), Run([3.0, 4.0])]
    before = [Run([5.0, 6.0, 9.0])]
    found = aggregate_runs(now, before, "mean")
    assert (found.now, found.before, found.length, found.short) == ((1.5, 3.5), (5.5,), 2, ())


def test_a_run_shorter_than_half_of_the_longest_is_named() -> None:
    found = aggregate_runs([Run([1.0] * 10)], [Run([1.0] * 10), Run([1.0] * 4, id="nightly")], "p50")
    assert found.short == ("the baseline's run nightly (4 of 10 values)",)
    assert aggregate_runs([Run([1.0])], [Run([1.0] * 3)], "p50").short == ("run 1 (1 of 3 values)",)


def test_counts_and_figures() -> None:
    counts = aggregate_runs([Run(events=Count(1, 4))], [Run(events=Count(0, 4))], "rate")
    assert (counts.now, counts.before, counts.length) == ((0.25,), (0.0,), 0)
    figures = aggregate_runs([Run(figures={"p95": 2.0})], [Run([1.0, 3.0])], "p95")
    assert (figures.now, figures.before) == ((2.0,), (pytest.approx(2.9),))


def test_empty_runs_are_left_out_and_nothing_is_an_error() -> None:
    assert aggregate_runs([Run(), Run([1.0])], [Run([2.0])], "max").now == (1.0,)
    with pytest.raises(ValueError):
        aggregate_runs([Run()], [Run([2.0])], "max")
    with pytest.raises(ValueError):
        aggregate_runs([Run(buckets=Buckets((1.0,), (1.0, 0.0)))], [Run([2.0])], "p95")
    with pytest.raises(KeyError):
        aggregate_runs([Run(figures={"p95": 2.0})], [Run([2.0])], "p99")
