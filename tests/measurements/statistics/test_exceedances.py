"""Values of runs, asked for what lies above a limit."""

from __future__ import annotations

import numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.statistics.aggregates import percentile
from rulewright.measurements.statistics.exceedances import ArrayValues, ListValues, RunValues, prepare_values

runs_of_values = st.lists(
    st.lists(st.integers(-20, 20).map(lambda i: i / 2), min_size=1, max_size=30), min_size=1, max_size=4
)


def prepare_both(runs: list[list[float]]) -> list[RunValues]:
    return [prepare_values(runs), prepare_values([numpy.array(run) for run in runs])]


def test_arrays_stay_arrays() -> None:
    lists, arrays = prepare_both([[1.0], [2.0]])
    assert isinstance(lists, ListValues)
    assert isinstance(arrays, ArrayValues)
    assert isinstance(prepare_values([numpy.array([1.0]), [2.0]]), ListValues)


@settings(deadline=None)
@given(runs_of_values, st.integers(-21, 21).map(lambda i: i / 2), st.booleans(), st.data())
def test_marks_are_those_of_a_comparison(
    runs: list[list[float]], limit: float, inclusive: bool, data: st.DataObject
) -> None:
    expected = [
        [i for i, value in enumerate(run) if value > limit or (inclusive and value == limit)] for run in runs
    ]
    for values in prepare_both(runs):
        if data.draw(st.booleans()):
            values.nth_greatest(1)  # which prepares a window of the greatest values
        marks = values.mark_above(limit, inclusive=inclusive)
        assert [run.size for run in marks] == [len(run) for run in runs]
        assert [[i for i in range(run.size) if run.mask >> i & 1] for run in marks] == expected
        assert [run.beyond for run in marks] == [len(places) for places in expected]


@settings(deadline=None)
@given(runs_of_values, st.floats(0, 1))
def test_order_statistics_and_percentiles(runs: list[list[float]], q: float) -> None:
    pool = sorted(value for run in runs for value in run)
    for values in prepare_both(runs):
        assert [values.nth_greatest(n) for n in range(1, values.size + 1)] == pool[::-1]
        assert values.percentile(q) == percentile(pool, q)
        assert values.run_percentiles(q) == [percentile(sorted(run), q) for run in runs]


def test_windows_move_through_many_values() -> None:
    pool = numpy.random.default_rng(1).permutation(20_000).astype(float)
    values = ArrayValues([pool])
    assert [values.nth_greatest(n) for n in (1000, 1, 20_000, 10_000, 9_000)] == [
        19_000, 19_999, 0, 10_000, 11_000,
    ]  # fmt: skip
    assert sum(run.beyond for run in values.mark_above(18_999.5, inclusive=False)) == 1000
    assert sum(run.beyond for run in values.mark_above(5_000, inclusive=True)) == 15_000
    assert pool.tolist() != sorted(pool.tolist())


def test_negated_values_turn_limits_around() -> None:
    below = prepare_values([[1.0, 5.0, 3.0]], negated=True)
    assert [run.mask for run in below.mark_above(-3.0, inclusive=False)] == [0b001]
    arrays = prepare_values([numpy.array([1.0, 5.0, 3.0])], negated=True)
    assert [run.mask for run in arrays.mark_above(-3.0, inclusive=True)] == [0b101]
