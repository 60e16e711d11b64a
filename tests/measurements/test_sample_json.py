"""Samples as JSON and back: what is written reads as it was, and what is wrong becomes a problem."""

from __future__ import annotations

import json
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.measurements.sample import Buckets, Count, Run, Sample, SourceRecord
from rulewright.measurements.sample_json import sample_from_json, sample_to_json

numbers = st.floats(0, 1e9) | st.integers(0, 10**9)
texts = st.text(max_size=5)
values = st.lists(numbers, min_size=1, max_size=5).map(lambda found: array("d", found))
runs = st.one_of(
    st.builds(Run, values=values, failed=st.integers(0, 3), id=texts, time=texts),
    st.builds(
        lambda bad, good, window: Run(events=Count(bad, bad + good, window)),
        st.integers(0, 9),
        st.integers(1, 9),
        st.sampled_from(["", "5m"]),
    ),
    st.builds(lambda found: Run(figures={"p95": found, "mean": found}), numbers),
    st.builds(
        lambda counts: Run(buckets=Buckets((1, 2.5), counts, 0, 9)),
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
    ),
)
samples = st.builds(
    Sample,
    runs=st.lists(runs, min_size=1, max_size=3).map(tuple),
    unit=st.sampled_from(["", "s", "%"]),
    time=texts,
    commit=texts,
    tool=texts,
    is_paired=st.booleans(),
    source=st.none() | st.builds(SourceRecord, kind=texts, path=texts, warnings=st.tuples(texts)),
)


@given(samples, st.none() | samples)
def test_what_is_written_reads_as_it_was(sample: Sample, base: Sample | None) -> None:
    written = sample_to_json(
        Sample(**{**{name: getattr(sample, name) for name in sample.__slots__}, "baseline": base})
    )
    text = json.dumps(written, allow_nan=False)
    assert json.dumps(sample_to_json(sample_from_json(json.loads(text)))) == text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, "no_source"),
        ([], "empty"),
        ({}, "empty"),
        ("0.1", "unreadable"),
        (True, "unreadable"),
        ([True], "unreadable"),
        ([[0.1]], "unreadable"),
        ([0.1, None], "not_finite"),
        ([float("nan")], "not_finite"),
        ([10**400], "not_finite"),
        ([1.7976931348623157e308], "not_finite"),
        ({"values": [1], "unit": 5}, "unit"),
        ({"bad": 5, "total": 4}, "unreadable"),
        ({"bad": -1, "total": 4}, "unreadable"),
        ({"bad": None, "total": 4}, "not_finite"),
        ({"runs": 3}, "unreadable"),
        ({"runs": [3]}, "unreadable"),
        ({"runs": [{"values": [1, 2], "cases": ["a"]}]}, "unreadable"),
        ({"runs": [{"buckets": {"bounds": [2, 1], "counts": [1, 1, 1]}}]}, "unreadable"),
        ({"runs": [{"buckets": {"bounds": [1, 2], "counts": [1, 1]}}]}, "unreadable"),
        ({"runs": [{"figures": {"p95": "fast"}}]}, "unreadable"),
        ({"values": [1], "failed": -1}, "unreadable"),
        ({"problem": {"code": "stale", "reason": "old"}, "values": [1]}, "stale"),
    ],
)
def test_what_is_wrong_becomes_a_problem(data: object, code: str) -> None:
    found = sample_from_json(data)
    assert found.problem is not None
    assert found.problem.code == code
    assert found.runs == ()


MEMBERS = [
    *(
        "runs",
        "values",
        "events",
        "figures",
        "buckets",
        "bad",
        "total",
        "unit",
        "baseline",
        "bounds",
        "counts",
    ),
    *("low", "high", "problem", "source", "failed", "cases", "errored", "machine"),
]
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_any_json_gives_a_sample(data: object) -> None:
    sample = sample_from_json(data)
    assert sample.problem is not None or sample.runs
