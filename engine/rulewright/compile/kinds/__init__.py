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

from rulewright.compile.kinds.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DETAILS", "JUDGES", "KINDS", "VERDICTS"]

PACKAGE: Final = "rulewright.compile.kinds"

KINDS: Final[dict[str, Callable[..., Any]]] = {
    "Triage": lazily(f"{PACKAGE}.triage", "compile_triage"),
    "Grooming": lazily(f"{PACKAGE}.grooming", "compile_grooming"),
    "SLOGate": lazily(f"{PACKAGE}.slogate", "compile_gate"),
    "Promotion": lazily(f"{PACKAGE}.promotion", "compile_promotion"),
}
JUDGES: Final[dict[str, Callable[..., Any]]] = {
    "objective": lazily(f"{PACKAGE}.slogate", "build_objective"),
    "approvals": lazily(f"{PACKAGE}.approvals", "build_approvals"),
}
DETAILS: Final[dict[str, Callable[..., Any]]] = {
    "objective": lazily(f"{PACKAGE}.slogate", "objective_detail"),
    "approvals": lazily(f"{PACKAGE}.approvals", "approvals_detail"),
}
VERDICTS: Final[dict[str, Callable[..., Any]]] = {
    "SLOGate": lazily(f"{PACKAGE}.slogate", "gate_verdict"),
    "Promotion": lazily(f"{PACKAGE}.promotion", "promotion_verdict"),
}
