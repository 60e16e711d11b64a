"""Plans that are there already, carried out: what `apply` and `undo` share."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from rulewright.actions.apply import apply
from rulewright.actions.audit import audit_of_plan
from rulewright.actions.budget import cost, hold_back
from rulewright.actions.journal import Journal, intent
from rulewright.actions.unsent import keep
from rulewright.cli import exit as codes
from rulewright.cli.execution import PAUSED, branch_of, iso
from rulewright.cli.output import Output, append_summary, complain
from rulewright.policy.diagnostics import SourceError
from rulewright.report.evaluation import counted
from rulewright.report.terminal import Paint, colourful, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.actions.journal import Halt, Record
    from rulewright.actions.plan import Effect, Plan
    from rulewright.actions.state.store import Store
    from rulewright.cli.connection import Connection

__all__ = ["Carried", "carried_out", "told", "told_paused"]


class Carried(NamedTuple):
    """A plan and what came of it; None where it was only shown."""

    plan: Plan
    journal: Journal | None = None


def carried_out(
    plans: Iterable[Plan], connection: Connection, store: Store, config: Mapping[str, Any]
) -> list[Carried]:
    """Apply each plan in turn, within the run's budget. Intents first, a record after each effect."""
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
