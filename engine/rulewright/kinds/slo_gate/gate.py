"""SLO gates: each objective is one entry, judged by its sample; the gate's verdict is the worst that counts.

| verdict | meaning | promotes |
|---|---|---|
| PASS, WARN | every limit holds; a `warn` limit holds where `pass` does not | yes |
| FAIL | a limit or a regression is exceeded | no |
| NO_DATA | nothing, too little, or gaps in what was measured | no |
| INCONCLUSIVE | the values cannot tell | no |
| ERROR | what was measured cannot be read, or there is nothing to judge | no |

An optional objective (`required: false`) that lacks values, or the baseline it is compared with, is reported
and does not veto. With data it counts as any other, and so do gaps and NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.kinds.rules import compile_skips
from rulewright.kinds.slo_gate.judgement import WORST_FIRST, ObjectiveNode
from rulewright.kinds.slo_gate.objective import compile_objective
from rulewright.kinds.unsupported import refuse_unread_parts
from rulewright.program.compiled_policy import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.compile.context import Context
    from rulewright.kinds.rules import RuleOutcome
    from rulewright.policy.model import Policy
    from rulewright.program.compiled_policy import CompiledPolicy


def compile_gate(policy: Policy, context: Context) -> tuple[Entry, ...]:
    """Skips and objectives, in order."""
    entries = compile_skips(policy, context)
    if not policy.objectives and policy.complete:
        context.report(
            "RW417", "a gate without objectives decides nothing", policy.span, hint="add `objectives:`"
        )
    numbers = _numbers(policy)
    for objective in policy.objectives:
        refuse_unread_parts(objective.body, numbers.get(objective.id, 0), context)
        node = compile_objective(objective, numbers.get(objective.id, 0), context)
        entries.append(Entry(objective.id, "objective", node, node.position, objective.description))
    return tuple(entries)


def _numbers(policy: Policy) -> dict[str, int]:
    """Objective id → its place in the document (a broken one before it may have been left out)."""
    data = getattr(policy.source, "data", None)
    written = data.get("objectives") if isinstance(data, dict) else None
    rows = written if isinstance(written, list) else []
    return {
        row["id"]: n for n, row in enumerate(rows) if isinstance(row, dict) and isinstance(row.get("id"), str)
    }


def gate_verdict(policy: CompiledPolicy, rules: Sequence[RuleOutcome]) -> str:
    """The worst verdict that counts. `rules` are the gate's results, one for each objective.

    A gate that was skipped, or of which nothing was measured, is NO_DATA; one without objectives ERROR.
    """
    if not rules:
        return "ERROR"
    optional = {
        entry.id
        for entry in policy.entries
        if isinstance(entry.when, ObjectiveNode) and not entry.when.required
    }
    verdicts = []
    for rule in rules:
        verdict = str(rule.detail.get("verdict") or ("ERROR" if rule.status == "error" else "NO_DATA"))
        lacking = rule.detail.get("lacking") and verdict in ("NO_DATA", "INCONCLUSIVE")
        if not lacking or rule.id not in optional:
            verdicts.append(verdict)
    return min(verdicts, key=WORST_FIRST.index) if verdicts else "NO_DATA"
