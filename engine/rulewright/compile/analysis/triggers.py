"""Entries of `on:` that do not go with the rules: events that lack what every rule needs, or have no subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.compile.analysis.formula import Conjunction, SignedLeaf
from rulewright.compile.analysis.paths import split_path
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.event_catalog import UnknownPath, check_trigger, describe_path, has_subject
from rulewright.program.nodes import MatchNode

if TYPE_CHECKING:
    from rulewright.compile.analysis.analysis_context import AnalysedPolicy, AnalysisContext
    from rulewright.compile.analysis.formula import Formula, Leaf

AbsentPaths = dict[str, bool]
"""Path as written → whether the event lacks it."""


def check_triggers(analysis: AnalysisContext) -> None:
    """Reports triggers for which no rule can hold, as warnings, and actions without a subject, as errors.

    Events that nobody knows are reported elsewhere.
    """
    for policy in analysis.policies:
        _check_subject(policy)
        if (
            policy.rules
            and policy.written.complete
            and len(policy.written.on_spans) == len(policy.written.on)
        ):
            _check_rules(policy)


def _check_subject(policy: AnalysedPolicy) -> None:
    triggers = [trigger for trigger in policy.written.on if check_trigger(trigger) is None]
    if not triggers or any(has_subject(trigger.partition(".")[0]) for trigger in triggers):
        return
    for use in (use for rule in policy.written.rules for use in rule.then):
        if not ACTION_DECLARATIONS[use.name].emission:
            events = ", ".join(f"`{trigger}`" for trigger in triggers[:3])
            policy.report(
                "RW321",
                f"`{use.name}` changes an issue or a pull request, but {events} has none",
                use.span,
                hint="use an event with an issue or a pull request, or use `create_issue`, `notify` or `warn`",
            )


def _check_rules(policy: AnalysedPolicy) -> None:
    for trigger, span in zip(policy.written.on, policy.written.on_spans, strict=True):
        if check_trigger(trigger) is not None:
            continue
        absent: AbsentPaths = {}
        if not any(_can_hold(rule.holds, trigger, policy, absent) for rule in policy.rules):
            policy.report(
                "RW511",
                f"no rule can match `{trigger}`: each needs a path that this event does not have",
                span,
                hint="remove the entry, or add a rule for it",
                severity="warning",
            )


def _can_hold(formula: Formula, trigger: str, policy: AnalysedPolicy, absent: AbsentPaths) -> bool:
    if isinstance(formula, SignedLeaf):
        return not (formula.needs_value and _is_absent(formula.leaf, trigger, policy, absent))
    parts = (_can_hold(part, trigger, policy, absent) for part in formula.parts)
    return all(parts) if isinstance(formula, Conjunction) else any(parts)


def _is_absent(leaf: Leaf, trigger: str, policy: AnalysedPolicy, absent: AbsentPaths) -> bool:
    """Whether a plain path is not among those of the event. Expressions may make values out of nothing."""
    text = leaf.node.path_text if isinstance(leaf.node, MatchNode) else None
    if text is None:
        return False
    if text not in absent:
        segments = split_path(text)
        info = describe_path(segments, (trigger,), policy.written.let) if segments is not None else None
        absent[text] = isinstance(info, UnknownPath)
    return absent[text]
