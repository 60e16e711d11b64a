"""What gates can find, from the runs of a baseline: noise, detectable change and the runs that it takes, for each
objective; and how often an unchanged build would be promoted by the whole gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.kinds.slo_gate.absolute import POINT_AGGREGATES
from rulewright.kinds.slo_gate.comparison import regression_terms
from rulewright.kinds.slo_gate.decisions.power import (
    ObjectivePower,
    compute_gate_probability,
    compute_power,
)
from rulewright.kinds.slo_gate.decisions.run_aggregates import aggregate_runs
from rulewright.kinds.slo_gate.terms import ObjectiveNode
from rulewright.kinds.slo_gate.unit_scale import UnitScale
from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.statistics import quantile_of
from rulewright.measurements.statistics.binomial import count_values_needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.measurements.sample import Sample
    from rulewright.program.compiled_policy import CompiledPolicy

FEWEST_RUNS: Final = 2
"""Of a baseline: one run says nothing about how runs differ."""


class PowerRow(NamedTuple):
    """One objective. `runs`: of the baseline; `power`: None where `note` says why; `values_needed`: the least number of
    values that can pass its percentile, None for other aggregates."""

    id: str
    at: str
    runs: int
    power: ObjectivePower | None
    note: str = ""
    values_needed: int | None = None
    max_regression: float | None = None


class GatePower(NamedTuple):
    """One gate. `probability`: how often an unchanged build passes the objectives with `power` at once, None where
    there is none."""

    name: str
    file: str
    new_runs: int
    rows: tuple[PowerRow, ...]

    @property
    def probability(self) -> float | None:
        known = [row.power for row in self.rows if row.power is not None]
        return compute_gate_probability(known) if known else None


def compute_powers(
    gates: Iterable[CompiledPolicy], samples: Mapping[str, Mapping[str, Sample]], new_runs: int
) -> tuple[GatePower, ...]:
    """The power of each gate. `samples`: gate → objective → the runs of its baseline; `new_runs`: by how many runs a
    build will be judged."""
    return tuple(
        GatePower(
            gate.name,
            gate.file,
            new_runs,
            tuple(
                _compute_row(
                    entry.when,
                    f"{gate.file}:{entry.position.line}",
                    samples[gate.name].get(entry.id),
                    new_runs,
                )
                for entry in gate.entries
                if isinstance(entry.when, ObjectiveNode)
            ),
        )
        for gate in gates
    )


def _compute_row(node: ObjectiveNode, at: str, sample: Sample | None, new_runs: int) -> PowerRow:
    row = PowerRow(
        node.text,
        at,
        0 if sample is None else len(sample.runs),
        None,
        values_needed=_count_values_needed(node),
        max_regression=None if node.baseline is None else node.baseline.max_regression,
    )
    if sample is None or sample.problem is not None:
        return row._replace(note="no runs" if sample is None or not sample.problem else sample.problem.reason)
    if node.baseline is None and (node.aggregate in POINT_AGGREGATES or node.decide_by == "point"):
        return row._replace(note="judged as observed")
    if node.aggregate == "rate" or (node.pairing is not None and node.pairing.by):
        return row._replace(note="judged by counts or cases, not by runs")
    try:
        scale = UnitScale(node.unit, sample.unit)
        before = aggregate_runs(sample.runs, sample.runs, node.aggregate).now
    except UnusableSource as error:
        return row._replace(note=error.reason)
    except (KeyError, ValueError):
        return row._replace(note=f"its runs have no {node.aggregate}")
    if len(before) < FEWEST_RUNS:
        return row._replace(note="one run does not tell how runs differ")
    terms = None if node.baseline is None else regression_terms(node, node.baseline, scale)
    bound = scale.bound_of(node.pass_limits) if node.pass_limits and node.decide_by != "point" else None
    return row._replace(power=compute_power(before, new_runs, terms, bound, node.confidence))


def _count_values_needed(node: ObjectiveNode) -> int | None:
    """The least number of values with which the percentile can pass: none of them is beyond the limit."""
    if node.aggregate in POINT_AGGREGATES or node.decide_by == "point" or not node.pass_limits:
        return None
    q = quantile_of(node.aggregate)
    if q is None:
        return None
    is_upper = node.pass_limits[0].matcher in ("lte", "lt")
    return count_values_needed(round(1 - q if is_upper else q, 9), node.confidence)
