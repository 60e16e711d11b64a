"""What the actions of a policy refer to: templates, texts, facts, labels, channels; each is looked up at load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.compile.conditions import describe_origin
from rulewright.compile.taint import is_marked
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.suggestions import nearest
from rulewright.program.template import check_template, in_addresses, paths, paths_in_argument

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import ActionUse, Policy


class Reference(NamedTuple):
    """`kind` is template, text, path, fact, rule, label, login or channel; `name` is what stands there.

    A label or login that is written with `{{ path }}` or `{fact: path}` comes as that text or path as well.
    """

    kind: str
    name: str


_TEMPLATE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def find_references(use: ActionUse, rule: str) -> Iterator[Reference]:
    """Everything that one entry of `then:` refers to; a bare `comment` refers to the template of its rule's id."""
    if use.name == "comment" and use.arguments is None:
        yield Reference("template", rule)
    declaration = ACTION_DECLARATIONS[use.name]
    arguments = declaration.named(use.arguments)
    for name, value in arguments.items():
        if name in declaration.refers_to:
            yield from _references_in(declaration.refers_to[name], value)
    if "group" in arguments and isinstance(arguments.get("value"), str):
        yield from _references_in("label", f"{arguments['group']}/{arguments['value']}")


def _references_in(kind: str, value: Json) -> Iterator[Reference]:
    """What the text, or each item of the list, of an argument refers to."""
    for item in value if isinstance(value, list) else (value,):
        fact = _fact_path(item)
        if fact is not None:
            yield Reference("path", fact)
        elif isinstance(item, str):
            is_template = kind in ("label", "login") and ("{{" in item or "}}" in item)
            if is_template or kind != "login":
                yield Reference("text" if is_template else kind, item)
        if kind == "login":
            yield from (Reference("login", path) for path in paths_in_argument(item))


def _fact_path(value: Json) -> str | None:
    """The path of `{fact: path}`; None for any other value."""
    return as_text((as_object(value) or {}).get("fact"))


def check_references(policy: Policy, context: Context) -> None:
    """Report every reference of the policy's actions and templates that leads nowhere."""
    named: set[str] = set()
    for step in policy.steps:
        for use in step.then:
            for reference in dict.fromkeys(find_references(use, step.id)):
                _check_reference(reference, use, context)
                if reference.kind == "template":
                    named.add(reference.name)
            _check_sinks(use, context)
    for name, template in policy.templates.items():
        # A library's template that this policy does not use may speak of facts that other policies have.
        if name in named or template.span.file == policy.file:
            _check_text(template.text, template.span, context)


def _check_reference(reference: Reference, use: ActionUse, context: Context) -> None:
    kind, name = reference
    if kind == "text":
        _check_text(name, use.span, context)
    elif kind == "path":
        _check_path(name, use.span, context)
    elif kind == "login":
        _check_login(name, use, context)
    elif kind == "label":
        _check_label(name, use, context)
    else:
        _check_declared(reference, use, context)


def _check_declared(reference: Reference, use: ActionUse, context: Context) -> None:
    """Report a template, a rule, a fact or a channel that is not declared."""
    (kind, name), policy, span = reference, context.policy, use.span
    if kind == "template" and _TEMPLATE.fullmatch(name):  # what is no name is told by the schema
        otherwise = "declare it under `templates:`"
        if use.name == "comment":
            otherwise += ", or write `comment: { text: … }`"
        _check_name("RW305", "template", name, policy.templates, span, context, otherwise)
    elif kind == "rule":
        rules = [rule.id for rule in policy.rules]
        _check_name("RW316", "rule", name, rules, span, context, "use a rule of this policy")
    elif kind == "fact":
        _check_name("RW302", "fact", name, policy.let, span, context, "declare it under `let:`")
        context.used_lets.update({name} & policy.let.keys())
    elif kind == "channel" and (channels := context.config.channels) is not None:
        _check_name("RW307", "channel", name, channels, span, context, "declare it in rulewright.yaml")


def _check_label(name: str, use: ActionUse, context: Context) -> None:
    """Report a label that the label file does not have, where there is one. Labels compare without case."""
    declared = context.config.labels
    labels = [label.name for label in declared or ()]
    if declared is not None and name.casefold() not in map(str.casefold, labels):
        _check_name("RW306", "label", name, labels, use.span, context, "add it to the label file")


def _check_sinks(use: ActionUse, context: Context) -> None:
    """Outputs and channels: what a shell reads, and who hears of it, is not for whoever writes an issue to say."""
    declaration = ACTION_DECLARATIONS[use.name]
    arguments = declaration.named(use.arguments)
    for name, what in declaration.forbids_marked_text.items():
        value = arguments.get(name)
        for item in value if isinstance(value, list) else (value,):
            for path in paths_in_argument(item):
                _check_unmarked(path, what, use.span, context)


def _check_name(
    code: str, what: str, name: str, names: Iterable[str], span: Span, context: Context, otherwise: str
) -> None:
    if name in names:
        return
    near = nearest(name, names)
    context.report(
        code, f"unknown {what} `{name}`", span, hint=f"did you mean `{near}`?" if near else otherwise
    )


def _check_text(text: str, span: Span, context: Context) -> None:
    for problem in check_template(text):
        context.report("RW310", f"broken template: {problem.message}", span, hint="write `{{ path }}`")
        return
    for path, _ in paths(text):
        _check_path(path, span, context)
    for path in in_addresses(text):
        _check_unmarked(path, "be part of a URL", span, context)


def _check_unmarked(path: str, what: str, span: Span, context: Context) -> None:
    """Addresses, and outputs that a shell may read, take no text that anyone may have written."""
    if is_marked(path, tuple(context.policy.on), context.policy.let, numbers=False):
        context.report(
            "RW320",
            f"`{path}` is untrusted (anyone, or a model, may write it) and must not {what}"
            f"{describe_origin(path, context)}",
            span,
            hint="use a number, a login or a time of the event, or a value of the policy",
        )


def _check_path(path: str, span: Span, context: Context) -> None:
    if not path.startswith("lists."):
        context.path(path, span)
        return
    name = path[6:]
    _check_name("RW303", "list", name, context.policy.lists, span, context, "declare it under `lists:`")
    context.used_lists.add(name)


def _check_login(path: str, use: ActionUse, context: Context) -> None:
    root = path.split(".")[0].split("[")[0]
    if root == "lists":
        return
    if root in context.policy.let:
        doubtful = context.policy.let[root].source != "value"
    else:
        before = len(context.findings)
        used = context.path(path, use.span)
        del context.findings[before:]  # `path` reports them already
        doubtful = used is not None and (used.untrusted or used.label)
    if doubtful:
        context.report(
            "RW309",
            f"`{path}` is untrusted (anyone, or a model, may write it) and must not choose an assignee"
            f"{describe_origin(path, context)}",
            use.span,
            hint="use a login, a list of the policy (`{fact: lists.NAME}`), or a login of the event",
        )
