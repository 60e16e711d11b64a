"""The kinds of policy: one declaration for each, in one table.

A declaration is plain data. Its functions lie in the kind's own module of `rulewright.kinds` and are imported at their
first call, so that a triage run loads nothing of gates. To add a kind: its name and its line here, its module in
`rulewright.kinds`, the definition of its documents in `policy/schemas/policy.schema.json` (`make docs` writes where it
is referred to), and a test.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.policy.lazy import lazily
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KindName = Literal["Triage", "Grooming", "SLOGate", "Promotion"]
"""`kind:` of a policy."""

Outcome = Literal["negative", "undetermined", "failed"]
"""What a verdict means to whoever waits for it. A verdict without one lets pass."""


class PolicyKind(NamedTuple):
    """One kind of policy."""

    name: KindName
    compile: Callable[..., Any]
    """`(Policy, compile Context) -> tuple[Entry, ...]`: skips first, then what the kind decides."""
    judge: Callable[..., str] | None = None
    """`(CompiledPolicy, Sequence[RuleResult]) -> str`: the policy's verdict. None for a kind whose verdict is the
    status of its rules."""
    explain_unmet: Callable[..., str] | None = None
    """`(Node, Frame) -> str`: why an entry that is not met is not. None where no reason is given beside the detail."""
    schema: str = "policy"
    """Name of the JSON Schema of its documents."""
    default_on: tuple[str, ...] = ()
    """What a policy without `on:` subscribes to."""
    has_rules: bool = False
    """Whether it holds rules about issues and pull requests, with actions on them."""
    rules_need_actions: bool = True
    """Whether a rule with neither actions nor `stop: true` is a mistake."""
    blocks_on_unknown: bool = False
    """Whether an undetermined entry blocks. Then no `on_missing` and no marked text is allowed, and reports show every
    entry."""
    is_evidence: bool = False
    """Whether a promotion can ask for its verdict (`evidence: { gate: … }`)."""
    outcomes: Mapping[str, Outcome] = MappingProxyType({})
    """Verdict → outcome, which the exit code and the audit log tell."""


_RULES: Final = lazily("rulewright.kinds.rules", "compile_rules")
_GATE: Final = "rulewright.kinds.slo_gate.gate"
_PROMOTION: Final = "rulewright.kinds.promotion.transition"

KINDS: Final[Mapping[str, PolicyKind]] = {
    kind.name: kind
    for kind in (
        PolicyKind(name="Triage", compile=_RULES, has_rules=True),
        PolicyKind(name="Grooming", compile=_RULES, has_rules=True),
        PolicyKind(
            name="SLOGate",
            compile=lazily(_GATE, "compile_gate"),
            judge=lazily("rulewright.kinds.slo_gate.verdict", "gate_verdict"),
            default_on=("manual", "measurement"),
            blocks_on_unknown=True,
            is_evidence=True,
            outcomes={
                "FAIL": "negative",
                "NO_DATA": "undetermined",
                "INCONCLUSIVE": "undetermined",
                "ERROR": "failed",
            },
        ),
        PolicyKind(
            name="Promotion",
            compile=lazily(_PROMOTION, "compile_promotion"),
            judge=lazily(_PROMOTION, "promotion_verdict"),
            explain_unmet=lazily(_PROMOTION, "explain_denial"),
            default_on=("manual", "promotion_request"),
            blocks_on_unknown=True,
            outcomes={"DENIED": "negative", "UNDETERMINED": "undetermined", "ERROR": "failed"},
        ),
    )
}
"""Every kind by its name."""

KIND_NAMES: Final = tuple(KINDS)
"""For `in`, which a document's `kind` of any type can be asked for."""
