"""The four kinds of policy: what each compiles to, and what it adds to decisions. One file per kind.

| table | from | to |
|---|---|---|
| KINDS | kind | `compile(policy, context)` → entries and what else the policy keeps |
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
VERDICTS: Final[dict[str, Callable[..., Any]]] = {
    "SLOGate": lazily("rulewright.kinds.slo_gate.gate", "gate_verdict"),
    "Promotion": lazily("rulewright.kinds.promotion.transition", "promotion_verdict"),
}
