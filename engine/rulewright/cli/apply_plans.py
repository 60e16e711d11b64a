"""Plans that are there already, carried out: what `apply` and `undo` share."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from rulewright.actions.names import declared_labels, drop_undeclared
from rulewright.cli import exit as codes
from rulewright.cli.execution import PAUSED, branch_of, iso
from rulewright.cli.output import Output, append_summary, complain
from rulewright.planning.budget import cost, hold_back
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.report.evaluation import counted
from rulewright.report.terminal import Paint, colourful, width
from rulewright.run.apply import apply
from rulewright.run.audit import audit_of_plan
from rulewright.run.journal import Journal, intent
from rulewright.run.pending_notifications import keep

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.actions.plan import Effect, Plan
    from rulewright.cli.connection import Connection
    from rulewright.run.journal import Halt, Record
    from rulewright.run.state.store import Store


class Carried(NamedTuple):
    """A plan and what came of it; None where it was only shown."""

    plan: Plan
    journal: Journal | None = None


def carried_out(
    plans: Iterable[Plan], connection: Connection, store: Store, config: Mapping[str, Any]
) -> list[Carried]:
    """Apply each plan in turn, within the run's budget. Intents first, a record after each effect."""
    plans = list(plans)
    _check_labels(plans, config)
    port = connection.port(config)
    out: list[Carried] = []
    halt: Halt | None = None
    limit = (config.get("budgets") or {}).get("effects_per_run")
    spent = 0
    sent = frozenset(store.memory().sent)
    for plan in plans:
        if type(limit) is int:
            kept, over = hold_back(plan.effects, {}, max(0, limit - spent))
            plan = plan._replace(effects=kept, held_back=(*over, *plan.held_back))
            spent += cost(kept)
        now = port.now()
        if plan.effects or plan.held_back:
            store.append([intent(plan, now)])
            store.flush()

        def record(one: Record) -> None:
            store.append([one.content()])

        def unsent(effect: Effect, why: str, plan: Plan = plan) -> bool:
            complain(f"not sent yet: {effect.target} to {effect.arguments['channel']}: {why}")
            if store.lasting:
                return True
            try:
                return connection.reader.knows_itself() and keep(effect, port, record=record, plan=plan.hash)
            except SourceError:  # GitHub fails; the journal says what was not done
                return False

        journal = apply(plan, port, record=record, sent=sent, halt=halt, unsent=unsent)
        halt = halt or journal.halt
        if journal.records:
            store.append([audit_of_plan(plan, journal, at=port.now(), branch=branch_of(os.environ))])
        out.append(Carried(plan, journal))
    store.append(
        [
            {
                "kind": "run",
                "at": iso(connection.clock.now()),
                "repository": connection.repository,
                "dry_run": False,
                "halt": halt.message if halt is not None else None,
                "missed": 0,
                "resume": store.memory().resume.get(connection.repository),
            }
        ]
    )
    store.flush()
    return out


def check_targets(plan: Plan, repository: str) -> None:
    """Raises UsageError for an effect on anything outside the repository."""
    for effect in (*plan.effects, *plan.held_back):
        named = effect.target.partition("#")[0].partition("@")[0]
        if named.casefold() != repository.casefold():
            whose = f"is for {named}" if named else "names no repository"
            raise UsageError(f"the plan {whose}, and the run is for {repository}")


def _check_labels(plans: Iterable[Plan], config: Mapping[str, Any]) -> None:
    """Raises UsageError for a label that the repository does not declare: nothing is written then."""
    names = declared_labels(config)
    if names is None:
        return
    for plan in plans:
        _, unknown = drop_undeclared(plan.effects, names)
        if unknown:
            raise UsageError(
                f"the label file has no label `{unknown[0][:60]}`, which the plan would set; nothing is done",
                hint="add it to the label file, or make the plan again",
            )


def told(every: list[Carried], form: str, output: str | None, dry: str = "") -> int:
    """Write what came of the plans, and return the exit code."""
    from rulewright.report import applied as report

    with Output(output) as out:
        if form == "json":
            from rulewright.report.document import json_line

            for one in every:
                records = one.journal.records if one.journal is not None else None
                out.write(json_line(report.plan_outcome(one.plan, records, dry)))
        elif form == "text":
            paint = Paint(output is None and colourful(sys.stdout))
            for number, one in enumerate(every):
                records = one.journal.records if one.journal is not None else None
                out.write("\n" if number else "")
                out.write(report.plan_text(one.plan, records, dry, columns=width(), paint=paint))
        else:
            text = "\n".join(
                report.plan_markdown(one.plan, one.journal.records if one.journal is not None else None, dry)
                for one in every
            )
            if form == "markdown":
                out.write(text)
            else:
                append_summary(text)
    found = {one.journal.exit_code for one in every if one.journal is not None}
    halts = {
        one.journal.halt.message for one in every if one.journal is not None and one.journal.halt is not None
    }
    for message in sorted(halts):
        complain(f"stopped: {message}")
    if not every:
        complain("nothing to do")
    else:
        effects = sum(len(one.plan.effects) for one in every)
        complain(f"{counted(len(every), 'plan')}, {counted(effects, 'effect')}{'; dry run' if dry else ''}")
    return codes.combine(found)


def told_paused(plans: Iterable[Plan], form: str, output: str | None) -> int:
    """Show the plans, say that writing is paused, and return the exit code: 5 where there was anything to do."""
    shown = [Carried(plan) for plan in plans]
    code = told(shown, form, output, PAUSED)
    complain(f"nothing was done: {PAUSED}")
    return codes.combine((code, codes.PARTLY)) if any(one.plan.effects for one in shown) else code
