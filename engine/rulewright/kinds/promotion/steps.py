"""The steps of a promotion as a graph: circles, and environments that no step leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rulewright.compile.context import Context
    from rulewright.policy.model import Policy


def check_steps(policy: Policy, context: Context) -> None:
    """Warn of steps that lead back to where they began, and of environments without a step."""
    after: dict[str, set[str]] = {}
    for transition in policy.transitions:
        if transition.origin and transition.origin != transition.target:
            after.setdefault(transition.origin, set()).add(transition.target)
    told: set[str] = set()
    for transition in policy.transitions:
        start, target = transition.origin, transition.target
        reached = _reached(target, after)
        if start and start != target and start not in told and start in reached:
            told |= reached
            context.report(
                "RW519",
                f"`{transition.id}` leads from `{start}` to `{target}`, and other steps lead back",
                transition.span,
                hint="steps lead forward; what goes back is a rollback, and no promotion",
                severity="warning",
            )
    used = {name for step in policy.transitions for name in (step.origin, step.target)}
    if not policy.transitions or any(step.origin == step.target for step in policy.transitions):
        return
    for name in policy.environments if used - {"", None} <= policy.environments.keys() else ():
        if name not in used:
            span = policy.span if policy.source is None else policy.source.span(("environments", name))
            context.report(
                "RW519",
                f"no step leads to the environment `{name}`, and none begins there",
                span,
                hint="add a transition, or leave the environment out",
                severity="warning",
            )


def _reached(start: str, after: dict[str, set[str]]) -> set[str]:
    """All environments that steps lead to from `start`, itself among them."""
    found, pending = {start}, [start]
    while pending:
        for name in after.get(pending.pop(), ()):
            if name not in found:
                found.add(name)
                pending.append(name)
    return found
