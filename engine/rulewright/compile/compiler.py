"""Policies → Program, with every finding of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.compile.context import Context
from rulewright.compile.kinds import KINDS
from rulewright.compile.lets import PURE_SOURCES
from rulewright.compile.paths import PathTable
from rulewright.compile.program import CompiledPolicy, Program
from rulewright.compile.uses import check_uses
from rulewright.policy.canonical import digest
from rulewright.policy.diagnostics import Diagnostic, ordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.model import FactSpec, Policy

__all__ = ["compile_policies"]


def compile_policies(
    policies: Sequence[Policy], config: Mapping[str, Any] | None = None
) -> tuple[Program, tuple[Diagnostic, ...]]:
    """The compiled program and all findings, sorted. With errors among them the program must not be used."""
    table = PathTable()
    contexts = [Context(policy, table, config=config or {}) for policy in policies]
    compiled = tuple(_compile(policy, context) for policy, context in zip(policies, contexts, strict=True))
    findings = [finding for context in contexts for finding in context.findings]
    program = Program(
        compiled,
        tuple(table.asts),
        sha256=digest([[policy.name, policy.sha256] for policy in policies]),
        config=config,
    )
    from rulewright.compile.analysis import analyse

    findings.extend(analyse(policies, contexts, program))
    return program, ordered(findings)


def _compile(policy: Policy, context: Context) -> CompiledPolicy:
    from rulewright.policy.vocabulary import check_trigger

    for trigger, span in zip(policy.on, policy.on_spans, strict=False):
        problem = check_trigger(trigger)
        if problem is not None:
            context.report("RW304", problem, span)
    for name, spec in policy.let.items():
        context.lets[name] = f"$let:{name}#{digest(_plain(spec))[:12]}"
    lets = {name: _let(spec, context) for name, spec in policy.let.items()}
    entries, extra = KINDS[policy.kind](policy, context)
    check_uses(policy, context)
    extra["lists"] = {name: list(values) for name, values in policy.lists.items()}
    return CompiledPolicy(
        name=policy.name,
        kind=policy.kind,
        mode=policy.mode,
        file=policy.file,
        sha256=policy.sha256,
        on=policy.on,
        lets=lets,
        templates={name: template.text for name, template in policy.templates.items()},
        entries=entries,
        owner=policy.owner,
        description=policy.description,
        extra=extra,
    )


def _plain(spec: FactSpec) -> dict[str, Any]:
    return {"source": spec.source, "arguments": spec.arguments}


def _let(spec: FactSpec, context: Context) -> dict[str, Any]:
    """A named fact in compiled form: source, arguments, key, gathered, at, and path or otherwise where it has one."""
    key = context.lets[spec.name]
    data = _source(spec.source, dict(spec.arguments), spec, context)
    gathered = key.replace("$let:", "$got:", 1)
    return {**data, "key": key, "gathered": gathered, "at": [spec.span.line, spec.span.column]}


def _source(source: str, arguments: dict[str, Any], spec: FactSpec, context: Context) -> dict[str, Any]:
    data: dict[str, Any] = {"source": source, "arguments": arguments}
    if source == "jmespath":
        use = context.path(str(arguments["jmespath"]), spec.span, strict=False)
        data["path"] = (
            use.number
            if use is not None
            else context.table.number({"type": "literal", "children": [], "value": None})
        )
    otherwise = arguments.get("otherwise") if source in PURE_SOURCES else None
    if isinstance(otherwise, dict) and otherwise:
        inner = next(iter(otherwise))
        data["otherwise"] = _source(inner, otherwise, spec, context)
    return data
