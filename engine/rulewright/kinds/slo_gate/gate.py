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
from rulewright.kinds.slo_gate.objective import compile_objective
from rulewright.policy.json_types import as_array, as_object, as_objects, as_text
from rulewright.policy.suggestions import nearest
from rulewright.program.compiled_policy import Entry

if TYPE_CHECKING:
    from rulewright.compile.context import Context
    from rulewright.policy.model import Policy


def compile_gate(policy: Policy, context: Context) -> tuple[Entry, ...]:
    """Skips and objectives, in order."""
    entries = compile_skips(policy, context)
    if not policy.objectives and policy.complete:
        context.report("RW417", "the gate has no objectives", policy.span, hint="add `objectives:`")
    numbers = _numbers(policy)
    _check_waivers(policy, context)
    for objective in policy.objectives:
        number = numbers.get(objective.id, 0)
        node = compile_objective(objective, number, context)
        entries.append(Entry(objective.id, "objective", node, node.position, objective.description))
    return tuple(entries)


def _check_waivers(policy: Policy, context: Context) -> None:
    """Report waivers of objectives that the gate does not have."""
    document = as_object(policy.source.data) if policy.source is not None else None
    names = [objective.id for objective in policy.objectives]
    for number, row in enumerate(as_objects((document or {}).get("waivers"))):
        name = as_text(row.get("objective")) or ""
        if name in names or not policy.complete or policy.source is None:
            continue
        near = nearest(name, names)
        hint = f"did you mean `{near}`?" if near else "name an objective of this gate, or remove the waiver"
        span = policy.source.span(("waivers", number, "objective"))
        context.report("RW420", f"the gate has no objective `{name}`", span, hint=hint)


def _numbers(policy: Policy) -> dict[str, int]:
    """Objective id → its place in the document (a broken one before it may have been left out)."""
    document = as_object(policy.source.data) if policy.source is not None else None
    rows = as_array((document or {}).get("objectives")) or []
    numbers = ((as_text((as_object(row) or {}).get("id")), number) for number, row in enumerate(rows))
    return {name: number for name, number in numbers if name is not None}
