"""Facts, lists and templates that nothing reads.

What a policy declares itself must be used there. A library's names may be meant for other policies: one is
reported only where several policies include it and none of them uses it, and then as a warning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.reference_checks import references
from rulewright.program.template import paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.compile.analysis.analysis_context import Study, Subject
    from rulewright.policy.diagnostics import Span

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WHAT: Final = {
    "let": ("RW508", "the fact", "remove it, or use it in a condition, a template or an action"),
    "lists": ("RW509", "the list", "remove it, or use it: `in: { fact: lists.NAME }`"),
    "templates": ("RW510", "the template", "remove it, or name it in an action"),
}


def unused(study: Study) -> None:
    """Reports what is declared and not used; keeps silent about policies of which parts are broken."""
    shared: dict[tuple[str, str, Span], list[tuple[Subject, bool]]] = {}
    for subject in study.subjects:
        used = _used(subject)
        own = subject.own
        for section, name, span in _declared(subject):
            is_used = name in used[section]
            if f"{section}.{name}" not in own:
                if span is not None:
                    shared.setdefault((section, name, span), []).append((subject, is_used))
            elif not is_used and subject.policy.complete:
                code, what, hint = _WHAT[section]
                subject.report(code, f"{what} `{name}` is never used", span or subject.policy.span, hint=hint)
    for (section, name, span), uses in shared.items():
        if len(uses) > 1 and not any(is_used or not one.policy.complete for one, is_used in uses):
            code, what, hint = _WHAT[section]
            message = f"{what} `{name}` is used by none of the {len(uses)} policies that include it"
            uses[0][0].report(code, message, span, hint=hint, severity="warning")


def _declared(subject: Subject) -> Iterator[tuple[str, str, Span | None]]:
    policy = subject.policy
    for name, spec in policy.let.items():
        yield "let", name, spec.span
    for name, template in policy.templates.items():
        yield "templates", name, template.span
    for name in policy.lists:
        own = f"lists.{name}" in subject.own and policy.source is not None
        yield "lists", name, policy.source.span(("lists", name), key=True) if own else None


def _used(subject: Subject) -> dict[str, set[str]]:
    """What conditions, actions, templates and facts use, by section."""
    policy, context = subject.policy, subject.context
    steps = [(rule.id, rule.then) for rule in policy.rules]
    steps += [(transition.id, transition.then) for transition in policy.transitions]
    templates = {
        reference.name
        for rule, then in steps
        for use in then
        for reference in references(use, rule)
        if reference.kind == "template"
    }
    lets, lists = set(context.used_lets), set(context.used_lists)
    free = [spec.arguments for spec in policy.let.values()]
    free += [objective.body for objective in policy.objectives]
    free += [part for transition in policy.transitions for part in transition.requires]
    free += [policy.environments, policy.artifact]
    for text in _texts(free):
        lists.update(name for name in policy.lists if f"lists.{name}" in text)
        lets.update(_WORD.findall(text))
    for spec in policy.let.values():
        # A fact's own words do not use it: its name may be that of what it detects.
        if spec.name not in context.used_lets and not _elsewhere(spec.name, subject, free):
            lets.discard(spec.name)
    for name in templates & policy.templates.keys():
        for path, _ in paths(policy.templates[name].text):
            lists.update(one for one in policy.lists if path.startswith(f"lists.{one}"))
    return {"let": lets, "lists": lists, "templates": templates}


def _elsewhere(name: str, subject: Subject, free: list[Any]) -> bool:
    own = subject.policy.let[name].arguments
    return any(name in _WORD.findall(text) for part in free if part is not own for text in _texts(part))


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, and the keys of its mappings: what names a fact may stand in either."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "description":
                continue
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
