"""What a test measured, in the form in which it travels with the test's report: plain data, for the sake of xdist.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol, TypedDict, cast

from rulewright_pytest.recorder import SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright_pytest.recorder import Recorder

_RUN: Final = re.compile(r"(?:-run\d+\]|\[run\d+\])$")
"""The end of the id of a test that is repeated."""


class MeasuredSeries(TypedDict):
    """The values of one metric. `test`: the id of the test where the metric is named after it, else "". `mean` stands
    instead of values of which each is itself a mean of several calls."""

    metric: str
    test: str
    unit: str
    values: list[float]
    mean: float | None
    failed: int


class MeasuredTest(TypedDict):
    """All series of one test. `run`: from 1; `start`: when the test began, in seconds since the epoch."""

    run: int
    start: float
    series: list[MeasuredSeries]


class _Stats(Protocol):
    """What pytest-benchmark measured. `data`: seconds for each round; of several calls each, their mean."""

    data: Sequence[float]


class _Metadata(Protocol):
    stats: _Stats
    iterations: int


class _Benchmark(Protocol):
    """The fixture `benchmark` of pytest-benchmark. `stats` is None where nothing was measured."""

    name: str
    fullname: str
    stats: _Metadata | None
    disabled: bool


def read_recorder(recorder: Recorder) -> list[MeasuredSeries]:
    """The series of the fixture `slo`."""
    return [
        {
            "metric": series.metric,
            "test": "",
            "unit": series.unit,
            "values": series.values,
            "mean": None,
            "failed": series.failed,
        }
        for series in recorder.series()
    ]


def read_benchmark(fixture: object, failed: bool) -> list[MeasuredSeries]:
    """The result of the fixture `benchmark` of pytest-benchmark; nothing for any other object, and where nothing was
    measured, unless the test failed."""
    if type(fixture).__module__.partition(".")[0] != "pytest_benchmark":
        return []
    benchmark = cast("_Benchmark", fixture)
    if benchmark.disabled or (benchmark.stats is None and not failed):
        return []
    values = [] if benchmark.stats is None else [float(value) for value in benchmark.stats.stats.data]
    is_mean = benchmark.stats is not None and benchmark.stats.iterations > 1 and bool(values)
    return [
        {
            "metric": strip_run(benchmark.name),
            "test": strip_run(benchmark.fullname),
            "unit": SECONDS,
            "values": [] if is_mean else values,
            "mean": sum(values) / len(values) if is_mean else None,
            "failed": 0,
        }
    ]


def fail_series(series: MeasuredSeries) -> MeasuredSeries:
    """The series of a test that failed: every value counts as a failure; without any, the series is one."""
    failures = series["failed"] + len(series["values"])
    return {**series, "values": [], "mean": None, "failed": max(failures, 1)}


def strip_run(test: str) -> str:
    """The id of a test without the number of its run: `test_chat[a-run2]` → `test_chat[a]`."""
    return _RUN.sub(lambda end: "]" if end[0].startswith("-") else "", test)
