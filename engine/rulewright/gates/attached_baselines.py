"""The stored baselines of objectives, joined to their samples before the gate is judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rulewright.kinds.slo_gate.terms import list_compared
from rulewright.measurements.baseline_store import MOST_RUNS, BaselineRequest, load_baseline
from rulewright.measurements.sample import Problem, Sample
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.kinds.slo_gate.terms import BaselineTerms
    from rulewright.measurements.baseline_store import BaselineFiles
    from rulewright.program.compiled_policy import CompiledPolicy


def attach_baselines(
    gates: Iterable[CompiledPolicy],
    samples: Mapping[str, Mapping[str, Sample]],
    files: BaselineFiles | None,
    merge_base: str = "",
) -> dict[str, dict[str, Sample]]:
    """The samples with their stored baselines. A sample that has a baseline keeps it. `files`: None where
    rulewright.yaml keeps no state; `merge_base`: the commit that `merge_base` means."""
    out = {gate: dict(found) for gate, found in samples.items()}
    for gate in gates:
        for node, terms in list_compared(gate):
            sample = out[gate.name].get(node.text)
            if sample is not None and sample.problem is None and sample.baseline is None:
                base = _load(gate.name, node.text, terms, files, merge_base, sample)
                out[gate.name][node.text] = replace(sample, baseline=base)
    return out


def load_baselines(gates: Iterable[CompiledPolicy], files: BaselineFiles) -> dict[str, dict[str, Sample]]:
    """Gate → objective → the runs that are kept of it, of any machine and in the unit of the objective."""
    out: dict[str, dict[str, Sample]] = {}
    for gate in gates:
        found = out.setdefault(gate.name, {})
        for node, terms in list_compared(gate):
            widest = terms._replace(any_machine=True, run_count=MOST_RUNS)
            found[node.text] = _load(gate.name, node.text, widest, files, "", Sample(unit=node.unit))
    return out


def _load(
    gate: str,
    objective: str,
    terms: BaselineTerms,
    files: BaselineFiles | None,
    merge_base: str,
    sample: Sample,
) -> Sample:
    if files is None:
        return Sample(problem=Problem("no_baseline", "rulewright.yaml keeps no `state:`"))
    request = BaselineRequest(
        gate, objective, terms.origin, max(1, terms.run_count), merge_base, terms.any_machine
    )
    try:
        return load_baseline(files, request, sample)
    except SourceError as error:
        return Sample(problem=Problem("bad_baseline", error.message))
