"""Facts, lists and templates that nothing reads.

What a policy declares itself must be used there. A library's names may be meant for other policies: one is
reported only where several policies include it and none of them uses it, and then as a warning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.compile.reference_checks import find_references
from rulewright.program.template import paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.compile.analysis.analysis_context import AnalysedPolicy, AnalysisContext
    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.model import FactSpec

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WHAT: Final = {
    "let": ("RW508", "the fact", "remove it, or use it in a condition, a template or an action"),
    "lists": ("RW509", "the list", "remove it, or use it: `in: { fact: lists.NAME }`"),
    "templates": ("RW510", "the template", "remove it, or name it in an action"),
}


class _Declaration(NamedTuple):
    """A name that a policy declares or includes; `span` is None where a library has it and gives no place."""

    section: str
    name: str
    span: Span | None


def check_unused(analysis: AnalysisContext) -> None:
    """Reports what is declared and not used; keeps silent about policies of which parts are broken."""
    shared: dict[_Declaration, list[tuple[AnalysedPolicy, bool]]] = {}
    for policy in analysis.policies:
        used = _used_names(policy)
        own = policy.own_names
        for declaration in _declarations(policy):
            section, name, span = declaration
            is_used = name in used[section]
            if f"{section}.{name}" not in own:
                if span is not None:
                    shared.setdefault(declaration, []).append((policy, is_used))
            elif not is_used and policy.written.complete:
                code, what, hint = _WHAT[section]
                policy.report(code, f"{what} `{name}` is never used", span or policy.written.span, hint=hint)
    _check_shared(shared)


def _check_shared(shared: Mapping[_Declaration, list[tuple[AnalysedPolicy, bool]]]) -> None:
    """Reports names of libraries that several policies include and none uses."""
    for (section, name, span), uses in shared.items():
        if len(uses) > 1 and not any(is_used or not policy.written.complete for policy, is_used in uses):
            code, what, hint = _WHAT[section]
            message = f"{what} `{name}` is used by none of the {len(uses)} policies that include it"
            first = uses[0][0]
            first.report(code, message, span or first.written.span, hint=hint, severity="warning")


def _declarations(policy: AnalysedPolicy) -> Iterator[_Declaration]:
    written = policy.written
    for name, spec in written.let.items():
        yield _Declaration("let", name, spec.span)
    for name, template in written.templates.items():
        yield _Declaration("templates", name, template.span)
    for name in written.lists:
        document = written.source if f"lists.{name}" in policy.own_names else None
        span = document.span(("lists", name), key=True) if document is not None else None
        yield _Declaration("lists", name, span)


def _used_names(policy: AnalysedPolicy) -> dict[str, set[str]]:
    """What conditions, actions, templates and facts use, by section."""
    written, context = policy.written, policy.context
    templates = {
        reference.name
        for step in written.steps
        for use in step.then
        for reference in find_references(use, step.id)
        if reference.kind == "template"
    }
    lets, lists = set(context.used_lets), set(context.used_lists)
    free: list[object] = [
        *(spec.arguments for spec in written.let.values()),
        *(objective.body for objective in written.objectives),
        *(part for transition in written.transitions for part in transition.requires),
        written.environments,
        written.artifact,
    ]
    for text in _texts_in(free):
        lists.update(name for name in written.lists if f"lists.{name}" in text)
        lets.update(_WORD.findall(text))
    lets -= {spec.name for spec in written.let.values() if not _is_used_elsewhere(spec, context, free)}
    for name in templates & written.templates.keys():
        for path, _ in paths(written.templates[name].text):
            lists.update(listed for listed in written.lists if path.startswith(f"lists.{listed}"))
    return {"let": lets, "lists": lists, "templates": templates}


def _is_used_elsewhere(spec: FactSpec, context: Context, free: list[object]) -> bool:
    """Whether another part than the fact itself names it: its name may be that of what it detects."""
    others = [part for part in free if part is not spec.arguments]
    return spec.name in context.used_lets or any(
        spec.name in _WORD.findall(text) for text in _texts_in(others)
    )


def _texts_in(value: object) -> Iterator[str]:
    """Every text in a value, and the keys of its mappings: what names a fact may stand in either."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "description":
                continue
            yield str(key)
            yield from _texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts_in(item)
