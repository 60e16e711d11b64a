"""Measuring until a gate is decided: how many runs there are before each look, and whether one decides.

Who looks several times and stops at the first decision errs more often than who looks once. Therefore the probability
of an error is divided by the number of planned looks at each of them (Bonferroni); records tell that number (`looks`),
so that the gate judges them later as it did here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.gates.attached_baselines import attach_baselines
from rulewright.gates.gate_run import judge_gates, measure_gates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.facts.measure.sample_source import MeasuringContext
    from rulewright.gates.gate_run import GateRun
    from rulewright.measurements.baseline_store import BaselineFiles
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.program import Program

FIRST_LOOK: Final = 5
"""Runs before the first look. The next one has twice as many."""
OPEN: Final = frozenset(("too_few", "undecided", "likely_regression", "min_samples"))
"""Codes of objectives that more runs may decide."""


class Look(NamedTuple):
    """A judgement after a number of runs."""

    runs: int
    judged: GateRun

    @property
    def is_decided(self) -> bool:
        """Whether more runs cannot be expected to change the verdict: an objective failed, or none is open."""
        codes = {str(row.detail.get("code", "")) for gate in self.judged.gates for row in gate.objectives}
        return self.judged.verdict in ("FAIL", "ERROR") or not codes & OPEN


def plan_looks(most: int) -> tuple[int, ...]:
    """The numbers of runs at which to look: 5, 10, 20, … and `most`, which is at least 1."""
    looks = []
    runs = FIRST_LOOK
    while runs < most:
        looks.append(runs)
        runs *= 2
    return (*looks, most)


def look_at_gates(
    program: Program,
    gates: Iterable[CompiledPolicy],
    context: MeasuringContext,
    baselines: BaselineFiles | None,
    runs: int,
) -> Look:
    """Judge gates by the records of `context` and the stored baselines, None where none are kept."""
    chosen = tuple(gates)
    samples = attach_baselines(chosen, measure_gates(chosen, context), baselines)
    return Look(runs, judge_gates(program, chosen, samples, context.now, context.commit))
