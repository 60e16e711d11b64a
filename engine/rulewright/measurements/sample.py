"""A sample: what a source measured for one objective, in the form in which facts, evidence and baselines keep it.

A sample is a list of runs. What a run holds is one of four shapes, the same in all runs of a sample:

| shape | measured |
|---|---|
| values | raw values, in order of time |
| `Count` | bad events among all events |
| `Buckets` | how many values lie in each bucket of a histogram |
| figures | aggregates that a tool computed: the raw values are not there |

A sample with a `problem` is judged by the problem, never by what it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.json_types import Json

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Problem(NamedTuple):
    """Why a source has no sample that can be judged. `code` is a key of `VERDICT_CODES` (`codes.py`); `reason` is one
    line, with the place."""

    code: str
    reason: str


class Count(NamedTuple):
    """`bad` events among `total` ones. `window`: the duration before the end of the measurement in which they were
    counted (`5m`), for burn rates; "" for the whole."""

    bad: float
    total: float
    window: str = ""


class Buckets(NamedTuple):
    """A histogram. `bounds` are the upper bounds of the buckets, inclusive and ascending, without +∞; `counts` has one
    element more. `low` and `high` are the least and the greatest value, where the source tells them."""

    bounds: tuple[float, ...]
    counts: tuple[float, ...]
    low: float | None = None
    high: float | None = None


class Run(NamedTuple):
    """One run of what is measured.

    `values`: a list, an `array.array("d")` or a one-dimensional NumPy array of finite floats in order of time, without
    those of failed requests. `cases`: the id of the case of each value, in suites of cases; `errored`: ids of cases
    that gave an error instead of a value. `figures`: aggregate (`p95`, `mean`) → number. `failed`: failed requests.
    `time`: the start or the end of the run (ISO 8601, UTC), by which runs are ordered.
    """

    values: Sequence[float] = ()
    events: Count | None = None
    buckets: Buckets | None = None
    figures: Mapping[str, float] = _NOTHING
    cases: tuple[str, ...] = ()
    errored: tuple[str, ...] = ()
    failed: int = 0
    id: str = ""
    time: str = ""


STORED: Final = "baseline"
"""`kind` of the source of a sample that comes from the store of baselines."""


class SourceRecord(NamedTuple):
    """Where a sample came from. `path`: as written in the policy (a file, a glob, a host); `sha256`: of all bytes that
    were read; `warnings`: what the reader or the tool wants to be known, one line each."""

    kind: str
    path: str = ""
    sha256: str = ""
    warnings: tuple[str, ...] = ()


def shape_of(run: Run) -> str:
    """`events`, `buckets`, `figures` or `values`; "" for a run of failed requests or errored cases alone, and for one
    that holds nothing."""
    if run.events is not None:
        return "events"
    if run.buckets is not None:
        return "buckets"
    if run.figures:
        return "figures"
    return "values" if len(run.values) else ""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was measured for one objective.

    `unit`: of values, bounds and figures; "" where the source names none. `time`: when the measurement ended (ISO 8601,
    UTC); `commit`: what was measured; `machine`: where, as plain JSON (`cpu`, `cores`, `image`); `tool`: by what, with
    its version. All of these are empty where the source does not tell. `is_paired`: run i of the baseline was measured
    beside run i. `looks`: how many times measuring may stop to ask whether a gate is decided (`measure
    --until-decided`); every judgement then has α divided by it. `baseline`: the sample to compare with.
    """

    runs: tuple[Run, ...] = ()
    unit: str = ""
    time: str = ""
    commit: str = ""
    machine: Mapping[str, Json] = field(default_factory=dict)
    tool: str = ""
    is_paired: bool = False
    looks: int = 1
    source: SourceRecord | None = None
    problem: Problem | None = None
    baseline: Sample | None = None

    @property
    def has_baseline(self) -> bool:
        """Whether there is something to compare with, also if it cannot be used."""
        base = self.baseline
        return base is not None and (
            base.problem is None or base.problem.code not in ("no_source", "no_baseline")
        )

    @property
    def size(self) -> int:
        """The number of values of all runs."""
        return sum(len(run.values) for run in self.runs)

    @property
    def failed(self) -> int:
        """The number of failed requests of all runs."""
        return sum(run.failed for run in self.runs)
