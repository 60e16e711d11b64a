"""What the actions of a policy refer to: templates, texts, facts, labels, channels; each is looked up at load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.compile.conditions import come
from rulewright.compile.taint import is_marked
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.program.template import check_template, in_addresses, paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.model import ActionUse, Policy


class Reference(NamedTuple):
    """`kind` is template, text, path, fact, rule, label, login or channel; `name` is what stands there.

    A label or login that is written with `{{ path }}` or `{fact: path}` comes as that text or path as well.
    """

    kind: str
    name: str


_TEMPLATE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def references(use: ActionUse, rule: str) -> Iterator[Reference]:
    """Everything that one entry of `then:` refers to; a bare `comment` refers to the template of its rule's id."""
    if use.name == "comment" and use.arguments is None:
        yield Reference("template", rule)
    declaration = ACTION_DECLARATIONS[use.name]
    arguments = declaration.named(use.arguments)
    for name, value in arguments.items():
        if name in declaration.refers_to:
            yield from _each(declaration.refers_to[name], value)
    if "group" in arguments and isinstance(arguments.get("value"), str):
        yield from _each("label", f"{arguments['group']}/{arguments['value']}")


def _each(kind: str, value: Any) -> Iterator[Reference]:
    for item in value if isinstance(value, list) else (value,):
        if isinstance(item, dict) and isinstance(item.get("fact"), str):
            yield Reference("path", item["fact"])
            if kind == "login":
                yield Reference("login", item["fact"])
        elif isinstance(item, str):
            if kind not in ("label", "login") or "{{" in item or "}}" in item:
                yield Reference("text" if kind in ("label", "login") else kind, item)
            elif kind == "label":
                yield Reference("label", item)
            if kind == "login":
                yield from (Reference("login", path) for path, _ in paths(item))


def check_uses(policy: Policy, context: Context) -> None:
    """Report every reference of the policy's actions and templates that leads nowhere."""
    steps = [(rule.id, rule.then) for rule in policy.rules]
    steps += [(transition.id, transition.then) for transition in policy.transitions]
    named: set[str] = set()
    for rule, then in steps:
        for use in then:
            for reference in dict.fromkeys(references(use, rule)):
                _check(reference, use, policy, context)
                if reference.kind == "template":
                    named.add(reference.name)
            _check_sinks(use, context)
    for name, template in policy.templates.items():
        # A library's template that this policy does not use may speak of facts that other policies have.
        if name in named or template.span.file == policy.file:
            _text(template.text, template.span, context)


def _check(reference: Reference, use: ActionUse, policy: Policy, context: Context) -> None:
    kind, name = reference
    if kind == "text":
        _text(name, use.span, context)
    elif kind == "path":
        _path(name, use.span, context)
    elif kind == "login":
        _trusted(name, use, policy, context)
    elif kind == "template" and _TEMPLATE.fullmatch(name):  # what is no name is told by the schema
        otherwise = "declare it under `templates:`"
        if use.name == "comment":
            otherwise += ", or write `comment: { text: … }`"
        _known("RW305", "template", name, policy.templates, use.span, context, otherwise)
    elif kind == "rule":
        rules = [rule.id for rule in policy.rules]
        _known("RW316", "rule", name, rules, use.span, context, "name a rule of this policy")
    elif kind == "fact":
        _known("RW302", "fact", name, policy.let, use.span, context, "declare it under `let:`")
        if name in policy.let:
            context.used_lets.add(name)
    elif kind == "channel" and context.config.get("channels") is not None:
        channels = context.config["channels"]
        _known("RW307", "channel", name, channels, use.span, context, "declare it in rulewright.yaml")
    elif kind == "label" and context.config.get("labels") is not None:
        labels = [label["name"] for label in context.config["labels"]]
        if name.casefold() not in {label.casefold() for label in labels}:
            _known("RW306", "label", name, labels, use.span, context, "add it to the label file")


def _check_sinks(use: ActionUse, context: Context) -> None:
    """Outputs and channels: what a shell reads, and who hears of it, is not for whoever writes an issue to say."""
    declaration = ACTION_DECLARATIONS[use.name]
    arguments = declaration.named(use.arguments)
    for name, what in declaration.forbids_marked_text.items():
        for path in _read(arguments.get(name)):
            _unmarked(path, what, use.span, context)


def _read(value: Any) -> Iterator[str]:
    """The paths in a value as written."""
    for item in value if isinstance(value, list) else (value,):
        if isinstance(item, dict) and isinstance(item.get("fact"), str):
            yield item["fact"]
        elif isinstance(item, str):
            yield from (path for path, _ in paths(item))


def _known(
    code: str, what: str, name: str, names: Iterable[str], span: Span, context: Context, otherwise: str
) -> None:
    if name in names:
        return
    from rulewright.policy.suggestions import nearest

    near = nearest(name, names)
    context.report(
        code, f"unknown {what} `{name}`", span, hint=f"did you mean `{near}`?" if near else otherwise
    )


def _text(text: str, span: Span, context: Context) -> None:
    for problem in check_template(text):
        context.report("RW310", f"broken template: {problem.message}", span, hint="write `{{ path }}`")
        return
    for path, _ in paths(text):
        _path(path, span, context)
    for path in in_addresses(text):
        _unmarked(path, "stand in an address", span, context)


def _unmarked(path: str, what: str, span: Span, context: Context) -> None:
    """Addresses, and outputs that a shell may read, take no text that anyone may have written."""
    if is_marked(path, tuple(context.policy.on), context.policy.let, numbers=False):
        context.report(
            "RW320",
            f"`{path}` may be written by anyone, or by a model; it may not {what}{come(path, context)}",
            span,
            hint="use a number, a login or a time of the event, or a value of the policy",
        )


def _path(path: str, span: Span, context: Context) -> None:
    if not path.startswith("lists."):
        context.path(path, span)
        return
    name = path[6:]
    _known("RW303", "list", name, context.policy.lists, span, context, "declare it under `lists:`")
    context.used_lists.add(name)


def _trusted(path: str, use: ActionUse, policy: Policy, context: Context) -> None:
    root = path.split(".")[0].split("[")[0]
    if root == "lists":
        return
    if root in policy.let:
        doubtful = policy.let[root].source != "value"
    else:
        before = len(context.findings)
        used = context.path(path, use.span)
        del context.findings[before:]  # `path` reports them already
        doubtful = used is not None and (used.untrusted or used.label)
    if doubtful:
        context.report(
            "RW309",
            f"`{path}` may be written by anyone, or by a model; it may not choose an assignee{come(path, context)}",
            use.span,
            hint="name a login, a list of the policy (`{fact: lists.NAME}`), or a login of the event",
        )
