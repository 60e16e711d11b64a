"""The four kinds of policy: what each compiles to, and what it adds to decisions. One file per kind.

| table | from | to |
|---|---|---|
| KINDS | kind | `compile(policy, context)` → entries and what else the policy keeps |
| JUDGES | op of a node that only one kind makes | closure of that node |
| DETAILS | the same op | what the kind adds to a rule's result |
| VERDICTS | kind | `verdict(policy, rules)` → the policy's one word |

Each is imported when it is first used: a triage run loads nothing of the gates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS: Final[dict[str, Callable[..., Any]]] = {
    "Triage": lazily("rulewright.kinds.triage", "compile_triage"),
    "Grooming": lazily("rulewright.kinds.grooming", "compile_grooming"),
    "SLOGate": lazily("rulewright.kinds.slo_gate.gate", "compile_gate"),
    "Promotion": lazily("rulewright.kinds.promotion.transition", "compile_promotion"),
}
JUDGES: Final[dict[str, Callable[..., Any]]] = {
    "objective": lazily("rulewright.kinds.slo_gate.gate", "build_objective"),
    "approvals": lazily("rulewright.kinds.promotion.approvals", "build_approvals"),
}
DETAILS: Final[dict[str, Callable[..., Any]]] = {
    "objective": lazily("rulewright.kinds.slo_gate.gate", "objective_detail"),
    "approvals": lazily("rulewright.kinds.promotion.approvals", "approvals_detail"),
}
VERDICTS: Final[dict[str, Callable[..., Any]]] = {
    "SLOGate": lazily("rulewright.kinds.slo_gate.gate", "gate_verdict"),
    "Promotion": lazily("rulewright.kinds.promotion.transition", "promotion_verdict"),
}
