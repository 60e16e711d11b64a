"""References that `compile/reference_checks.py` does not follow: masks, project fields, milestones, inputs of facts,
evidence of gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.compile.analysis.claims import literal_arguments
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.json_types import as_object, as_text, as_texts
from rulewright.policy.kinds import KINDS
from rulewright.policy.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.compile.analysis.analysis_context import AnalysedPolicy, AnalysisContext
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import ActionUse

_PATHS: Final = ("in", "input", "with")


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
            for path in _input_paths(spec.arguments):
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


def _input_paths(arguments: Mapping[str, Json]) -> Iterator[str]:
    """The paths that a gathered fact reads."""
    for key in _PATHS:
        value = arguments.get(key)
        yield from as_texts(list(value.values()) if isinstance(value, dict) else value)
    for value in arguments.values():  # `classify: { input: [title, body] }` and its like
        yield from as_texts((as_object(value) or {}).get("input"))
    otherwise = as_object(arguments.get("otherwise"))
    if otherwise is not None:
        yield from _input_paths(otherwise)


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
