"""Rules that notify and leave nothing by which the next run knows that they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.kinds import KINDS

if TYPE_CHECKING:
    from rulewright.compile.analysis.analysis_context import AnalysisContext


def check_notifications(analysis: AnalysisContext) -> None:
    """Reports each such rule of triage and grooming as a warning, where no state is kept either."""
    if any(analysis.program.config.state):
        return
    for policy in analysis.policies:
        if not KINDS[policy.written.kind].has_rules:
            continue
        for rule in policy.rules:
            sent = [use for use in rule.actions if use.name == "notify"]
            if sent and not any(ACTION_DECLARATIONS[use.name].memory != "none" for use in rule.actions):
                policy.report(
                    "RW514",
                    f"`{rule.name}` notifies in every run, because it leaves no label or comment on the issue "
                    "or pull request",
                    sent[0].span,
                    hint="add a label or a comment to its actions, or configure `state:` in rulewright.yaml",
                    severity="warning",
                )
