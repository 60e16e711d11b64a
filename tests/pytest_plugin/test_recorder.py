"""The fixture `slo`: durations and values of one test."""

from __future__ import annotations

from decimal import Decimal
from time import perf_counter

import pytest

from rulewright_pytest.recorder import Recorder


def described(recorder: Recorder) -> dict[str, tuple[str, int, int]]:
    """Metric → unit, number of values, failures."""
    return {series.metric: (series.unit, len(series.values), series.failed) for series in recorder.series()}


def test_a_context_measures_its_duration() -> None:
    recorder = Recorder()
    before = perf_counter()
    with recorder.measure("chat"):
        inside = perf_counter()
        while perf_counter() < inside + 0.002:
            pass
    whole = perf_counter() - before
    (series,) = recorder.series()
    (value,) = series.values
    assert series.unit == "s"
    assert 0.002 <= value <= whole


def test_a_context_that_raises_is_a_failure_without_a_value() -> None:
    recorder = Recorder()
    with recorder.measure("chat"):
        pass
    with pytest.raises(ZeroDivisionError), recorder.measure("chat"):
        _ = 1 // 0
    assert described(recorder) == {"chat": ("s", 1, 1)}


def test_contexts_of_one_metric_may_nest() -> None:
    recorder = Recorder()
    with recorder.measure("chat"), recorder.measure("chat"):
        pass
    inner, outer = recorder.series()[0].values
    assert 0 <= inner <= outer


@pytest.mark.parametrize(
    ("value", "kept"), [(0.93, 0.93), (3, 3.0), (True, 1.0), (False, 0.0), (Decimal("0.5"), 0.5)]
)
def test_a_value_is_kept_as_a_float(value: float, kept: float) -> None:
    recorder = Recorder()
    recorder.record("recall", value, unit="ratio")
    (series,) = recorder.series()
    assert (series.unit, series.values) == ("ratio", [kept])
    assert isinstance(series.values[0], float)


@pytest.mark.parametrize("value", ["0.93", b"1", None, [1], object()])
def test_what_is_no_number_is_refused(value: object) -> None:
    recorder = Recorder()
    with pytest.raises(TypeError):
        recorder.record("recall", value)  # type: ignore[arg-type]
    assert recorder.series() == []


def test_a_metric_has_one_unit() -> None:
    recorder = Recorder()
    recorder.record("chat", 12, unit="ms")
    with pytest.raises(ValueError, match="chat was measured in ms before, and now in s"):
        recorder.measure("chat")
    with pytest.raises(ValueError, match="chat was measured in ms before, and now in no unit"):
        recorder.record("chat", 12)
    assert described(recorder) == {"chat": ("ms", 1, 0)}


@pytest.mark.parametrize("metric", ["", " ", None, 7])
def test_a_metric_has_a_name(metric: str) -> None:
    recorder = Recorder()
    with pytest.raises(ValueError, match="the name of a metric"):
        recorder.measure(metric)
    with pytest.raises(ValueError, match="the name of a metric"):
        recorder.record(metric, 1)
