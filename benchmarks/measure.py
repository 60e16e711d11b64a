"""Timing as ratios: what is compared takes turns in one run, and the best of many turns counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure beside what was asked. `better` says which side of the bound is good."""

    name: str
    value: float
    unit: str
    asked: float | None = None
    better: str = "lower"

    @property
    def verdict(self) -> str:
        if self.asked is None:
            return ""
        good = self.value <= self.asked if self.better == "lower" else self.value >= self.asked
        return "holds" if good else "MISSED"

    def line(self) -> str:
        bound = (
            ""
            if self.asked is None
            else f"{'≤' if self.better == 'lower' else '≥'} {self.asked:g}{self.unit}"
        )
        return f"  {self.name:<66} {self.value:>10.3g}{self.unit:<4} {bound:>12}  {self.verdict}"


def in_turns(jobs: dict[str, Callable[[], object]], *, turns: int = 15, warm: int = 3) -> dict[str, float]:
    """Seconds of each job: the least over `turns` rounds in which every job runs once."""
    for _ in range(warm):
        for job in jobs.values():
            job()
    best = dict.fromkeys(jobs, float("inf"))
    for _ in range(turns):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            best[name] = min(best[name], time.perf_counter() - start)
    return best
