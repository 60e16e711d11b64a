"""Limits of percentiles, decided by histograms."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.kinds.slo_gate.decisions.finding import Bound, Finding
from rulewright.kinds.slo_gate.decisions.histogram import find_bucket, judge_histogram
from rulewright.kinds.slo_gate.decisions.percentile import PercentileSample, judge_percentile
from rulewright.measurements.sample import Buckets

BOUNDS = (0.1, 0.25, 0.5, 1.0)


def judge(counts: tuple[float, ...], bound: Bound, *, high: float | None = None, q: float = 0.95) -> Finding:
    return judge_histogram([Buckets(BOUNDS, counts, high=high)], q, bound, 0.95, lambda value: f"{value:g}s")


def test_a_limit_that_is_a_bound_divides_the_values() -> None:
    found = judge((900, 90, 9, 1, 0), Bound(high=0.5))
    assert (found.verdict, found.certainty, found.values) == ("PASS", "one_run", 1000)
    assert found.reason == "at most 0.47 % of values exceed 0.5s; 5 % may"
    assert judge((900, 0, 0, 100, 0), Bound(high=0.5)).code == "beyond_limit"
    assert judge((57, 0, 0, 1, 0), Bound(high=1.0)).values_needed == 59


def test_a_limit_inside_a_bucket_decides_nothing_that_the_bucket_could_change() -> None:
    found = judge((900, 0, 100, 0, 0), Bound(high=0.4))
    assert (found.verdict, found.code) == ("INCONCLUSIVE", "bucket")
    assert "0.4s lies inside a bucket" in found.reason
    # Whatever the values of the bucket are, few lie beyond, or many do.
    assert judge((990, 0, 10, 0, 0), Bound(high=0.4)).verdict == "PASS"
    assert judge((800, 0, 100, 100, 0), Bound(high=0.4)).verdict == "FAIL"


def test_the_greatest_value_closes_the_last_bucket() -> None:
    assert judge((90, 0, 0, 0, 10), Bound(high=2.0)).code == "bucket"
    assert judge((90, 0, 0, 0, 10), Bound(high=2.0), high=1.9).verdict == "PASS"


def test_interval_is_made_of_bounds() -> None:
    found = judge((900, 0, 99, 1, 0), Bound(high=1.0))
    assert found.interval is not None
    assert (found.interval.lower, found.interval.upper) == (0.25, 0.5)
    assert found.observed == 0.5


def test_limits_from_below() -> None:
    assert judge((0, 0, 0, 500, 0), Bound(low=0.5), q=0.05).verdict == "PASS"
    assert judge((100, 0, 0, 400, 0), Bound(low=0.5), q=0.05).verdict == "FAIL"


def test_runs_that_differ_are_worth_fewer_values() -> None:
    even = [Buckets(BOUNDS, (98, 0, 0, 2, 0))] * 6
    uneven = [Buckets(BOUNDS, (88, 0, 0, 12, 0)), *[Buckets(BOUNDS, (100, 0, 0, 0, 0))] * 5]
    one, other = (
        judge_histogram(runs, 0.9, Bound(high=0.5), 0.95, lambda value: f"{value:g}s")
        for runs in (even, uneven)
    )
    assert (one.verdict, one.effective_n) == ("PASS", 600)
    assert other.effective_n is not None
    assert other.effective_n < 60
    assert other.verdict == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("counts", "bucket"),
    [
        ((1, 0, 0, 0, 0), (float("-inf"), 0.1)),
        ((5, 0, 0, 95, 0), (0.5, 1.0)),
        ((95, 0, 5, 0, 0), (float("-inf"), 0.1)),
    ],
)
def test_bucket_of_a_percentile(counts: tuple[float, ...], bucket: tuple[float, float]) -> None:
    assert find_bucket(Buckets(BOUNDS, counts), 0.95) == bucket


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from([0.05, 0.2, 0.3, 0.7, 3.0]), min_size=1, max_size=400), st.sampled_from(BOUNDS)
)
def test_at_bounds_the_verdict_is_that_of_raw_values(values: list[float], limit: float) -> None:
    edges = (0.0, *BOUNDS, 99.0)
    counts = tuple(float(sum(low < value <= high for value in values)) for low, high in pairwise(edges))
    found = judge(counts, Bound(high=limit))
    sample = PercentileSample([values], 0.95, 0.95, independent=True)
    raw = judge_percentile(sample, Bound(high=limit), lambda value: f"{value:g}s")
    assert (found.verdict, found.share) == (raw.verdict, raw.share)
