"""Policies → Program, with every finding of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.compile.context import Context
from rulewright.compile.fact_compiler import compile_fact, fact_keys
from rulewright.compile.reference_checks import check_references
from rulewright.policy.canonical import digest
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import Diagnostic, ordered
from rulewright.policy.kinds import KINDS
from rulewright.program.compiled_policy import CompiledPolicy
from rulewright.program.paths import PathTable
from rulewright.program.program import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.policy.model import Policy
    from rulewright.program.compiled_policy import Entry


def compile_policies(
    policies: Sequence[Policy], config: Config | None = None
) -> tuple[Program, tuple[Diagnostic, ...]]:
    """The compiled program and all findings, sorted. With errors among them the program must not be used."""
    table, config = PathTable(), config or Config()
    return link_policies([compile_policy(policy, table, config) for policy in policies], table, config)


class PolicyUnit(NamedTuple):
    """A policy, what it compiles to, and the context that holds the findings about it."""

    policy: Policy
    compiled: CompiledPolicy
    context: Context


def compile_policy(policy: Policy, table: PathTable, config: Config) -> PolicyUnit:
    """Compile one policy; its paths are interned in `table`."""
    context = Context(policy, table, config=config)
    return PolicyUnit(policy, _compile(policy, context), context)


def link_policies(
    units: Sequence[PolicyUnit], table: PathTable, config: Config
) -> tuple[Program, tuple[Diagnostic, ...]]:
    """The program of policies that were compiled with the same table, and all findings, sorted: those about each
    policy, and those of the static analysis about all of them."""
    policies, contexts = [unit.policy for unit in units], [unit.context for unit in units]
    findings = [finding for context in contexts for finding in context.findings]
    program = Program(
        tuple(unit.compiled for unit in units),
        tuple(table.asts),
        sha256=digest([[policy.name, policy.sha256] for policy in policies]),
        config=config,
    )
    from rulewright.compile.analysis import analyse_policies

    # What is left of a policy with broken parts may look contradictory or unused without being so.
    partial = {policy.file for policy in policies if not policy.complete}
    findings.extend(
        finding
        for finding in analyse_policies(policies, contexts, program)
        if not (finding.code.startswith("RW5") and finding.span.file in partial)
    )
    return program, ordered(findings)


def _compile(policy: Policy, context: Context) -> CompiledPolicy:
    from rulewright.policy.event_catalog import check_trigger

    for trigger, span in zip(policy.on, policy.on_spans, strict=False):
        problem = check_trigger(trigger)
        if problem is not None:
            context.report("RW304", problem, span)
    context.lets.update(fact_keys(context))
    facts = {name: compile_fact(spec, context) for name, spec in policy.let.items()}
    entries: tuple[Entry, ...] = KINDS[policy.kind].compile(policy, context)
    check_references(policy, context)
    return CompiledPolicy(
        name=policy.name,
        kind=policy.kind,
        mode=policy.mode,
        file=policy.file,
        sha256=policy.sha256,
        on=policy.on,
        facts=facts,
        templates={name: template.text for name, template in policy.templates.items()},
        entries=entries,
        owner=policy.owner,
        description=policy.description,
        lists=policy.lists,
        is_decided_once=policy.is_decided_once,
    )
