"""The verdict of a gate, from those of its objectives. It is apart from the compiler of gates, which a warm run does
without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.kinds.slo_gate.terms import list_objectives
from rulewright.measurements.codes import rank_verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.kinds.rules import RuleOutcome
    from rulewright.program.compiled_policy import CompiledPolicy


def gate_verdict(policy: CompiledPolicy, rules: Sequence[RuleOutcome]) -> str:
    """The worst verdict that counts. `rules` are the gate's results, one for each objective.

    A gate that was skipped, or of which nothing was measured, is NO_DATA; one without objectives ERROR.
    """
    if not rules:
        return "ERROR"
    optional = {name for name, node in list_objectives(policy).items() if not node.required}
    verdicts = []
    for rule in rules:
        verdict = str(rule.detail.get("verdict") or ("ERROR" if rule.status == "error" else "NO_DATA"))
        lacking = rule.detail.get("lacking") and verdict in ("NO_DATA", "INCONCLUSIVE")
        if not lacking or rule.id not in optional:
            verdicts.append(verdict)
    return min(verdicts, key=rank_verdict) if verdicts else "NO_DATA"
