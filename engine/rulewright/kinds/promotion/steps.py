"""The steps of a promotion as a graph: circles, and environments that no step leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rulewright.compile.context import Context
    from rulewright.policy.model import Policy


def check_steps(policy: Policy, context: Context) -> None:
    """Warn of steps that lead back to where they began, and of environments without a step."""
    _report_circles(policy, context)
    _report_unused_environments(policy, context)


def _report_circles(policy: Policy, context: Context) -> None:
    after: dict[str, set[str]] = {}
    for transition in policy.transitions:
        if transition.origin and transition.origin != transition.target:
            after.setdefault(transition.origin, set()).add(transition.target)
    reported: set[str] = set()
    for transition in policy.transitions:
        start, target = transition.origin, transition.target
        reached = _reached_from(target, after)
        if start and start != target and start not in reported and start in reached:
            reported |= reached
            context.report(
                "RW519",
                f"`{transition.id}` leads from `{start}` to `{target}`, and other transitions lead back",
                transition.span,
                hint="remove the transitions that lead back; use a rollback to return to an earlier version",
                severity="warning",
            )


def _report_unused_environments(policy: Policy, context: Context) -> None:
    """Says nothing of a policy with a step to itself or to an unknown environment, which is reported otherwise."""
    used = {name for step in policy.transitions for name in (step.origin, step.target)}
    is_broken = any(step.origin == step.target for step in policy.transitions)
    if not policy.transitions or is_broken or not used - {"", None} <= policy.environments.keys():
        return
    for name in policy.environments:
        if name not in used:
            context.report(
                "RW519",
                f"no transition uses the environment `{name}`",
                context.span_of("environments", name),
                hint="add a transition, or remove the environment",
                severity="warning",
            )


def _reached_from(start: str, after: dict[str, set[str]]) -> set[str]:
    """All environments that steps lead to from `start`, itself among them."""
    reached, pending = {start}, [start]
    while pending:
        for name in after.get(pending.pop(), ()):
            if name not in reached:
                reached.add(name)
                pending.append(name)
    return reached
