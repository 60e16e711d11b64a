"""References that `compile/reference_checks.py` does not follow: masks, project fields, milestones, inputs of facts,
evidence of gates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.compile.analysis.claims import literal_arguments
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.fact_sources import fact_steps, written_paths
from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.kinds import KINDS
from rulewright.policy.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.compile.analysis.analysis_context import AnalysedPolicy, AnalysisContext
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import ActionUse


def check_references(analysis: AnalysisContext) -> None:
    """Reports names in actions, facts and evidence that stand for something else, or for nothing."""
    gates = {policy.written.name for policy in analysis.policies if KINDS[policy.written.kind].is_evidence}
    for policy in analysis.policies:
        written = policy.written
        for use in (use for step in written.steps for use in step.then):
            _check_use(use, policy)
        for spec in written.let.values():
            if f"let.{spec.name}" not in policy.own_names:
                continue  # a library's fact may be made for other events
            for source, step in fact_steps(spec.arguments):
                for path in written_paths(source, step):
                    policy.context.path(path, spec.span)
        if gates:
            _check_gates(policy, gates)


def _check_use(use: ActionUse, policy: AnalysedPolicy) -> None:
    declaration, given = ACTION_DECLARATIONS[use.name], use.arguments
    if declaration.refers_to.get(declaration.short_form) == "fact" and isinstance(given, str):
        spec = policy.written.let.get(given)
        if spec is not None and spec.source != "detect":
            policy.report(
                "RW512",
                f"`{use.name}` needs a `detect` fact; `{given}` is a `{spec.source}` fact",
                use.span,
                hint="use a fact that is declared with `detect:`",
            )
    for what, name, known in declaration.configured_names(literal_arguments(use), policy.context.config):
        _check_declared(what, name, known, use.span, policy)


def _check_declared(
    what: str, name: Json, declared: Iterable[str], span: Span, policy: AnalysedPolicy
) -> None:
    """Report a written-out name that is not declared."""
    names = list(declared)
    if not isinstance(name, str) or name in names:
        return
    near = nearest(name, names)
    hint = f"did you mean `{near}`?" if near else "declare it in rulewright.yaml"
    policy.report("RW513", f"unknown {what} `{name}`", span, hint=hint)


def _check_gates(policy: AnalysedPolicy, gates: set[str]) -> None:
    for transition in policy.written.transitions:
        for number, requirement in enumerate(transition.requires):
            name = as_text((as_object(requirement.get("evidence")) or {}).get("gate"))
            if name is not None and name not in gates:
                span = transition.spans[number] if number < len(transition.spans) else transition.span
                near = nearest(name, gates)
                policy.report(
                    "RW322",
                    f"unknown gate `{name[:60]}`",
                    span,
                    hint=f"did you mean `{near}`?" if near else f"use one of {', '.join(sorted(gates))}",
                )
