"""Audits: rules without actions. A rule that matches is a finding, and one finding makes the verdict FOUND."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.compile.conditions import compile_condition, position_of
from rulewright.kinds.rules import compile_skips
from rulewright.program.compiled_policy import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.compile.context import Context
    from rulewright.kinds.rules import RuleOutcome
    from rulewright.policy.model import Policy
    from rulewright.program.compiled_policy import CompiledPolicy


def compile_audit(policy: Policy, context: Context) -> tuple[Entry, ...]:
    """Skips and rules, in order."""
    rules = (
        Entry(
            rule.id, "rule", compile_condition(rule.when, context), position_of(rule.span), rule.description
        )
        for rule in policy.rules
    )
    return (*compile_skips(policy, context), *rules)


def audit_verdict(policy: CompiledPolicy, results: Sequence[RuleOutcome]) -> str:
    """FOUND where a rule matched, else UNKNOWN where one is undetermined, else CLEAN."""
    statuses = {result.status for result in results}
    return "FOUND" if "matched" in statuses else "UNKNOWN" if "undetermined" in statuses else "CLEAN"
