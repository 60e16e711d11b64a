"""The unit of what a run holds: values, figures and histograms become those of another unit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.measurements.sample import Buckets

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.measurements.sample import Run


def scale_run(run: Run, scale: Callable[[float], float]) -> Run:
    """A run with every amount put through `scale`. Numbers of events, of values and of failed requests stay."""
    figures = {name: value if name == "count" else scale(value) for name, value in run.figures.items()}
    return run._replace(
        values=[scale(float(value)) for value in run.values],
        figures=figures,
        buckets=None if run.buckets is None else _scale_buckets(run.buckets, scale),
    )


def _scale_buckets(buckets: Buckets, scale: Callable[[float], float]) -> Buckets:
    low, high = (None if end is None else scale(end) for end in (buckets.low, buckets.high))
    return Buckets(tuple(map(scale, buckets.bounds)), buckets.counts, low, high)
