"""References that `compile/reference_checks.py` does not follow: masks, project fields, milestones, inputs of facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.analysis.desired_state import literal_arguments
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.compile.analysis.analysis_context import Study, Subject
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.model import ActionUse

_PATHS: Final = ("in", "input", "with")


def references(study: Study) -> None:
    """Reports names in actions and facts that stand for something else, or for nothing."""
    for subject in study.subjects:
        policy = subject.policy
        steps = [rule.then for rule in policy.rules] + [transition.then for transition in policy.transitions]
        for then in steps:
            for use in then:
                _use(use, subject)
        for spec in policy.let.values():
            if f"let.{spec.name}" not in subject.own:
                continue  # a library's fact may be made for other events
            for path in _inputs(spec.arguments):
                subject.context.path(path, spec.span)


def _use(use: ActionUse, subject: Subject) -> None:
    declaration, given = ACTION_DECLARATIONS[use.name], use.arguments
    if declaration.refers_to.get(declaration.short_form) == "fact" and isinstance(given, str):
        spec = subject.policy.let.get(given)
        if spec is not None and spec.source != "detect":
            subject.report(
                "RW512",
                f"`{use.name}` needs a fact that finds text; `{given}` comes from `{spec.source}`",
                use.span,
                hint="name a fact that is declared with `detect:`",
            )
    for what, name, known in declaration.configured_names(literal_arguments(use), subject.context.config):
        _check_declared(what, name, known, use.span, subject)


def _check_declared(what: str, name: object, known: Iterable[str], span: Span, subject: Subject) -> None:
    """Report a written-out name that is not declared."""
    names = list(known)
    if not isinstance(name, str) or name in names:
        return
    near = nearest(name, names)
    hint = f"did you mean `{near}`?" if near else "declare it in rulewright.yaml"
    subject.report("RW513", f"there is no {what} `{name}`", span, hint=hint)


def _inputs(arguments: Mapping[str, Any]) -> Iterator[str]:
    """The paths that a gathered fact reads."""
    for key in _PATHS:
        value = arguments.get(key)
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        yield from (part for part in parts if isinstance(part, str))
    for value in arguments.values():  # `classify: { input: [title, body] }` and its like
        written = value.get("input") if isinstance(value, dict) else None
        yield from (part for part in written or () if isinstance(part, str))
    otherwise = arguments.get("otherwise")
    if isinstance(otherwise, dict):
        yield from _inputs(otherwise)
