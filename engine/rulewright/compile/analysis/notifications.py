"""Rules that notify and leave nothing by which the next run knows that they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.actions.table import ACTION_DECLARATIONS

if TYPE_CHECKING:
    from rulewright.compile.analysis.analysis_context import Study


def notifications(study: Study) -> None:
    """Reports each such rule of triage and grooming as a warning, where no state is kept either."""
    if study.program.config.get("state"):
        return
    for subject in study.subjects:
        if subject.policy.kind not in ("Triage", "Grooming"):
            continue
        for case in subject.cases:
            sent = [use for use in case.uses if use.name == "notify"]
            if sent and not any(ACTION_DECLARATIONS[use.name].memory != "none" for use in case.uses):
                subject.report(
                    "RW514",
                    f"`{case.name}` notifies in every run: it leaves nothing on the subject that says it did",
                    sent[0].span,
                    hint="add a label or a comment to its actions, or keep state (`state:` in rulewright.yaml)",
                    severity="warning",
                )
