"""Entries of `on:` for which no rule can hold, because each needs a path that the event does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.compile.analysis.path_types import segments_of
from rulewright.program.nodes import MatchNode

if TYPE_CHECKING:
    from rulewright.compile.analysis.analysis_context import Study, Subject
    from rulewright.compile.analysis.logic import Formula, Leaf

Lacking = dict[str, bool]
"""Path as written → whether the event lacks it."""


def subscriptions(study: Study) -> None:
    """Reports each such entry as a warning; events that nobody knows are reported elsewhere."""
    from rulewright.policy.event_catalog import check_trigger

    for subject in study.subjects:
        policy = subject.policy
        if not subject.cases or not policy.complete or len(policy.on_spans) != len(policy.on):
            continue
        for trigger, span in zip(policy.on, policy.on_spans, strict=True):
            if check_trigger(trigger) is not None:
                continue
            lacking: Lacking = {}
            if not any(_can_hold(case.holds, trigger, subject, lacking) for case in subject.cases):
                subject.report(
                    "RW511",
                    f"no rule can hold for `{trigger}`: each needs a path that this event does not have",
                    span,
                    hint="remove the entry, or write a rule for it",
                    severity="warning",
                )


def _can_hold(formula: Formula, trigger: str, subject: Subject, lacking: Lacking) -> bool:
    if formula[0] == "atom":
        sign, leaf = formula[1], formula[2]
        needs = sign in ("true", "false") and leaf.gap is None and leaf.m not in ("exists", "missing")
        return not (needs and _lacks(leaf, trigger, subject, lacking))
    parts = (_can_hold(part, trigger, subject, lacking) for part in formula[1])
    return all(parts) if formula[0] == "and" else any(parts)


def _lacks(leaf: Leaf, trigger: str, subject: Subject, lacking: Lacking) -> bool:
    """Whether a plain path is not among those of the event. Expressions may make values out of nothing."""
    text = leaf.node.path_text if isinstance(leaf.node, MatchNode) else None
    if text is None:
        return False
    if text not in lacking:
        from rulewright.policy.event_catalog import Unknown, describe

        segments = segments_of(text)
        lacking[text] = segments is not None and isinstance(
            describe(segments, (trigger,), subject.policy.let), Unknown
        )
    return lacking[text]
