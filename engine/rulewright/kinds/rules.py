"""Policies of rules (triage and grooming): skips first, then rules, each with a condition and actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rulewright.compile.conditions import compile_condition, position_of
from rulewright.program.compiled_policy import CompiledAction, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import ActionUse, Policy


class RuleOutcome(Protocol):
    """How one entry was decided, as verdicts read it; `evaluate.decision.RuleResult` is one."""

    @property
    def id(self) -> str: ...

    @property
    def status(self) -> str: ...

    @property
    def detail(self) -> Mapping[str, Json]: ...


def compile_rules(policy: Policy, context: Context) -> tuple[Entry, ...]:
    """Skips and rules, in order."""
    rules = (
        Entry(
            rule.id,
            "rule",
            compile_condition(rule.when, context),
            position_of(rule.span),
            rule.description,
            compile_actions(rule.then),
            rule.stop,
        )
        for rule in policy.rules
    )
    return (*compile_skips(policy, context), *rules)


def compile_skips(policy: Policy, context: Context) -> list[Entry]:
    """The skips of a policy of any kind; they stand before everything else."""
    return [
        Entry(
            skip.id, "skip", compile_condition(skip.when, context), position_of(skip.span), skip.description
        )
        for skip in policy.skip
    ]


def compile_actions(uses: Iterable[ActionUse]) -> tuple[CompiledAction, ...]:
    """The entries of a `then:`, in order."""
    return tuple(CompiledAction(use.name, use.arguments, position_of(use.span)) for use in uses)
