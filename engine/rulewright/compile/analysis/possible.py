"""Actions that no event of a policy has a subject for, and evidence of gates that are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.suggestions import nearest

if TYPE_CHECKING:
    from rulewright.compile.analysis.analysis_context import Study, Subject


def possible(study: Study) -> None:
    """Reports both, as errors."""
    gates = {subject.policy.name for subject in study.subjects if subject.policy.kind == "SLOGate"}
    for subject in study.subjects:
        _check_subjects(subject)
        if gates:
            _check_gates(subject, gates)


def _check_subjects(subject: Subject) -> None:
    from rulewright.policy.event_catalog import check_trigger, has_subject

    policy = subject.policy
    triggers = [trigger for trigger in policy.on if check_trigger(trigger) is None]
    if not triggers or any(has_subject(trigger.partition(".")[0]) for trigger in triggers):
        return
    for rule in policy.rules:
        for use in rule.then:
            if not ACTION_DECLARATIONS[use.name].emission:
                events = ", ".join(f"`{trigger}`" for trigger in triggers[:3])
                subject.report(
                    "RW321",
                    f"`{use.name}` changes an issue or a pull request, and {events} is about none",
                    use.span,
                    hint="take the event of the issue or pull request, or use `create_issue`, `notify` or `warn`",
                )


def _check_gates(subject: Subject, gates: set[str]) -> None:
    for transition in subject.policy.transitions:
        for number, requirement in enumerate(transition.requires):
            evidence = requirement.get("evidence")
            name = evidence.get("gate") if isinstance(evidence, dict) else None
            if isinstance(name, str) and name not in gates:
                span = transition.spans[number] if number < len(transition.spans) else transition.span
                near = nearest(name, gates)
                subject.report(
                    "RW322",
                    f"there is no gate `{name[:60]}`",
                    span,
                    hint=f"did you mean `{near}`?" if near else f"the gates are {', '.join(sorted(gates))}",
                )
