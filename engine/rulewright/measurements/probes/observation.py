"""What a probe gives: one observation for each measurement, with a value for each of its metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Observation(NamedTuple):
    """One measurement. `values`: suffix of a metric (`""`, `.first_token`) → value in the metric's unit. A metric
    without a value failed, for the reason `failure`."""

    values: Mapping[str, float]
    failure: str = ""


class ObservationFailed(Exception):
    """A measurement that gives no value of any metric; the message is the reason, one line."""


class Probe(Protocol):
    """Something that can be measured again and again."""

    @property
    def units(self) -> Mapping[str, str]:
        """Suffix of each metric → its unit."""

    def prepare(self) -> None:
        """Do what comes before each run. Raises SourceError."""

    def observe(self, number: int, start: float) -> Observation:
        """Measure once. `number` counts the measurements of a run from 0; durations count from `start`, a moment of
        `time.perf_counter()`. Raises ObservationFailed. Several threads call it at the same time."""

    def close(self) -> None:
        """Release connections."""
