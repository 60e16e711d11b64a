"""One event all the way: recognised, gathered for, decided, planned, and shown in the format asked for.

Whatever runs it (a single event, a stream, a worker process) gets back plain data, so that results cross
processes and arrive in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import rulewright
from rulewright.cli import exit as codes
from rulewright.cli.output import complain
from rulewright.events.content_hash import event_sha256
from rulewright.events.fact_source import is_failure
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import subject
from rulewright.policy.diagnostics import UsageError
from rulewright.report.evaluation import Evaluation, PolicyView, RuleView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.plan import Plan
    from rulewright.evaluate.decision import Decision, RuleResult
    from rulewright.events.model import Event
    from rulewright.program.program import CompiledPolicy, Program
    from rulewright.report.github import Annotation

GATES: Mapping[str, int] = {
    "FAIL": codes.NEGATIVE,
    "DENIED": codes.NEGATIVE,
    "NO_DATA": codes.UNDETERMINED,
    "INCONCLUSIVE": codes.UNDETERMINED,
    "UNDETERMINED": codes.UNDETERMINED,
    "ERROR": codes.FAILED,
}
"""Verdict of a gate or promotion → exit code; every other verdict is 0."""


SHARED: Final = frozenset({"RW508", "RW509", "RW510"})
"""Warnings about names of a library; `validate`, which is given all policies, tells them."""


class Settings(NamedTuple):
    """What holds for every event of a run. `form` is the format; `columns` the width of text.

    `every`: list all rules; else only those that are not `not_matched`. `stream`: one of many events.
    """

    form: str = "text"
    now: str | None = None
    given: Mapping[str, Any] | None = None
    name: str | None = None
    every: bool = True
    stream: bool = False
    colour: bool = False
    columns: int = 100
    plans: bool = False


def load(paths: tuple[str, ...], *, fresh: bool = False) -> Program:
    """The program of these policies. `fresh` compiles anew. Raises PolicyError, SourceError."""
    return rulewright.load(*paths, cache=False) if fresh else rulewright.load(*paths)


def remark(program: Program) -> None:
    """Say on stderr what the load found, but for what a library declares and these policies do not use.

    Who evaluates some of the policies that share a library does not want to hear of the others' part of it.
    """
    for found in program.diagnostics:
        if found.code not in SHARED:
            where = f"{found.span.file}:{found.span.line}:{found.span.column}"
            complain(f"{where}: {found.severity}: {found.message}", hint=found.hint)


class Outcome(NamedTuple):
    """What one event came to. `plan` is the whole plan as canonical JSON, where asked for."""

    text: str
    code: int
    plan: bytes = b""
    summary: str = ""
    remarks: tuple[Annotation, ...] = ()


def judged(
    program: Program,
    document: Any,
    settings: Settings,
    where: str,
    *,
    path: str | None = None,
    environ: Mapping[str, str] | None = None,
    stats: Mapping[str, Any] | None = None,
) -> Outcome:
    """Take one decoded JSON document through the whole flow. `where` names it in messages.

    Raises UsageError for what is no event.
    """
    try:
        event = recognise(document, name=settings.name, environ=environ, path=path)
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from error
    facts = rulewright.gather(program, event, now=settings.now, given=settings.given)
    decision = rulewright.evaluate(program, facts)
    plan = rulewright.plan(decision)
    view = shown(event, decision, plan, every=settings.every, gates=settings.form != "json")
    return presented(view, exit_code(decision, plan), settings, stats)


def presented(
    view: Evaluation, code: int, settings: Settings, stats: Mapping[str, Any] | None = None
) -> Outcome:
    """An evaluation in the format asked for, with its exit code and, where asked for, its whole plan."""
    whole = b""
    if settings.plans:
        from rulewright.planning.plan_json import plan_json
        from rulewright.policy.canonical import canonical_json

        whole = canonical_json(plan_json(view.plan))
    if settings.form == "json":
        from rulewright.report.document import evaluation_document, json_line, json_text

        written = evaluation_document(view, stats)
        return Outcome(json_line(written) if settings.stream else json_text(written), code, whole)
    if settings.form == "markdown":
        from rulewright.report.markdown import evaluation_markdown

        return Outcome(evaluation_markdown(view), code, whole)
    if settings.form == "github":
        from rulewright.report.github import evaluation_annotations
        from rulewright.report.markdown import evaluation_markdown

        return Outcome("", code, whole, evaluation_markdown(view), tuple(evaluation_annotations(view)))
    from rulewright.report.terminal import Paint
    from rulewright.report.text import evaluation_text

    return Outcome(evaluation_text(view, columns=settings.columns, paint=Paint(settings.colour)), code, whole)


def shown(event: Event, decision: Decision, plan: Plan, *, every: bool, gates: bool = False) -> Evaluation:
    """The decision and the plan as the reports show them; with `gates`, all rows of gates and promotions."""
    about = subject(event)
    policies = []
    later = later_rounds(plan)
    for part in decision.policies:
        policy = part.policy
        whole = every or (gates and part.kind in ("SLOGate", "Promotion"))
        results = part.rules if whole else part.notable
        if later and not whole:
            shown_ids = {result.id for result in results}
            results = tuple(
                result
                for result in part.rules
                if result.id in shown_ids or f"{policy.name}/{result.id}" in later
            )
        skips = part.skips if part.skipped_by is not None else ()
        policies.append(
            PolicyView(
                name=policy.name,
                kind=policy.kind,
                mode=policy.mode,
                verdict=part.verdict,
                file=policy.file,
                rules=rule_views(policy, results, later),
                not_matched=0 if whole else part.not_matched - (len(results) - len(part.notable)),
                description=policy.description,
                skips=rule_views(policy, skips, {}),
            )
        )
    return Evaluation(
        name=event.name,
        action=event.action,
        subject=about.target if about is not None else None,
        sha256=plan.event_sha256 or event_sha256(event),
        policies=tuple(policies),
        plan=plan,
        every=every,
        absent=decision.facts.absent,
    )


def later_rounds(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Rule → the rounds behind the first in which it wanted something that the plan has."""
    found: dict[str, set[int]] = {}
    for effect in (*plan.effects, *plan.held_back, *plan.observed):
        if effect.round > 1:
            found.setdefault(effect.rule, set()).add(effect.round)
    return {rule: tuple(sorted(rounds)) for rule, rounds in found.items()}


def rule_views(
    policy: CompiledPolicy, results: tuple[RuleResult, ...], later: Mapping[str, tuple[int, ...]]
) -> tuple[RuleView, ...]:
    if not results:
        return ()
    entries = {entry.id: entry for entry in policy.entries}
    return tuple(
        RuleView(
            id=result.id,
            status=result.status,
            reason=result.reason,
            role=entries[result.id].role,
            description=entries[result.id].description,
            file=policy.file,
            line=entries[result.id].at[0],
            detail=result.detail,
            later=later.get(f"{policy.name}/{result.id}", ()) if result.status != "matched" else (),
        )
        for result in results
    )


def exit_code(decision: Decision, plan: Plan) -> int:
    """Negative verdicts 1, undetermined gates 3, failed sources 4, conflicts and spent budgets 5.

    A policy in `mode: observe` decides nothing, so that its verdict has no say.
    """
    held = {
        GATES.get(part.verdict, codes.DONE)
        for part in decision.policies
        if part.mode == "enforce" and part.kind in ("SLOGate", "Promotion")
    }
    if any(is_failure(reason) for reason in decision.facts.absent.values()):
        held.add(codes.FAILED)
    if plan.failures:
        held.add(codes.NEGATIVE)
    if plan.conflicts or plan.held_back:
        held.add(codes.PARTLY)
    return codes.combine(held)
