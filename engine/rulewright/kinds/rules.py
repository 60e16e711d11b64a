"""Policies of rules (triage and grooming): skips first, then rules, each with a condition and actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.compile.conditions import compile_condition
from rulewright.program.program import Entry

if TYPE_CHECKING:
    from rulewright.compile.context import Context
    from rulewright.policy.model import ActionUse, Policy


def compile_rules(policy: Policy, context: Context) -> tuple[tuple[Entry, ...], dict[str, Any]]:
    """Entries in order; the policy keeps `evaluate` where it is decided once."""
    entries = skip_entries(policy, context)
    entries += [
        Entry(
            rule.id,
            "rule",
            compile_condition(rule.when, context),
            (rule.span.line, rule.span.column),
            rule.description,
            tuple(action_data(use) for use in rule.then),
            rule.stop,
        )
        for rule in policy.rules
    ]
    return tuple(entries), {"evaluate": "once"} if policy.is_decided_once else {}


def skip_entries(policy: Policy, context: Context) -> list[Entry]:
    """The skips of a policy of any kind; they stand before everything else."""
    return [
        Entry(
            skip.id,
            "skip",
            compile_condition(skip.when, context),
            (skip.span.line, skip.span.column),
            skip.description,
        )
        for skip in policy.skip
    ]


def action_data(use: ActionUse) -> dict[str, Any]:
    """An action as entries keep it."""
    return {"action": use.name, "arguments": use.arguments, "at": [use.span.line, use.span.column]}
