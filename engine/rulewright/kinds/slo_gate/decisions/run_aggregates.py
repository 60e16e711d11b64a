"""One number for each run of both sides, computed over as many values of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.statistics.aggregates import aggregate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.measurements.sample import Run

SHORTEST: Final = 0.5
"""A run shorter than this part of the longest has measured something else, or was cut off."""


class RunAggregates(NamedTuple):
    """The aggregate of each run. `length`: over how many values of each, 0 where runs are no values. `short`: runs that
    are too short to be compared, each as `run 3 (12 of 100 values)`; the others are not judged without them."""

    now: tuple[float, ...]
    before: tuple[float, ...]
    length: int = 0
    short: tuple[str, ...] = ()


def aggregate_runs(now: Sequence[Run], before: Sequence[Run], name: str) -> RunAggregates:
    """The aggregates of the runs of two sides, of values, counts (the share of bad events) or figures.

    Runs of values are cut to the length of the shortest: the aggregate of few values is biased otherwise than that of
    many. Raises KeyError where a run has no such figure, ValueError for histograms, for runs that hold nothing, and for
    counts without an event. Counts of the windows of an error budget are no runs.
    """
    sides = [
        [
            run
            for run in side
            if len(run.values) or run.figures or (run.events is not None and not run.events.window)
        ]
        for side in (now, before)
    ]
    if not all(sides) or any(run.buckets for side in (now, before) for run in side):
        raise ValueError("the runs hold no values")
    if any(run.events or run.figures for side in sides for run in side):
        first, second = (tuple(_read_number(run, name) for run in side) for side in sides)
        return RunAggregates(first, second)
    lengths = [len(run.values) for side in sides for run in side]
    least, most = min(lengths), max(lengths)
    short = tuple(
        f"{word}run {run.id or place} ({len(run.values)} of {most} values)"
        for word, side in zip(("", "the baseline's "), sides, strict=True)
        for place, run in enumerate(side, 1)
        if len(run.values) < SHORTEST * most
    )
    first, second = (tuple(aggregate(name, run.values[:least]) for run in side) for side in sides)
    return RunAggregates(first, second, least, short)


def _read_number(run: Run, name: str) -> float:
    if run.events is not None:
        if not run.events.total:
            raise ValueError("a run has no events: its total is 0")
        return run.events.bad / run.events.total
    return run.figures[name] if run.figures else aggregate(name, run.values)
