"""Plans that were made before (`rulewright apply`, `rulewright undo`), applied one after the other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from rulewright.actions.names import declared_labels, drop_undeclared
from rulewright.planning.budget import cost, hold_back
from rulewright.policy.config import Budgets
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.quantity import format_moment
from rulewright.run.apply import apply
from rulewright.run.audit import audit_of_plan
from rulewright.run.execution import branch_of
from rulewright.run.journal import Journal, intent, run_record
from rulewright.run.pending_notifications import keep
from rulewright.run.write_port import open_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rulewright.actions.plan import Effect, Plan
    from rulewright.policy.config import Config
    from rulewright.run.connection import Connection
    from rulewright.run.journal import Halt, Record
    from rulewright.run.state.store import Store


class PlanOutcome(NamedTuple):
    """A plan, and the journal of its effects; None where it was only shown."""

    plan: Plan
    journal: Journal | None = None

    @property
    def records(self) -> tuple[Record, ...] | None:
        return None if self.journal is None else self.journal.records


def apply_plans(
    plans: Iterable[Plan],
    connection: Connection,
    store: Store,
    config: Config,
    tell: Callable[[str], None],
    watch: Callable[[Sequence[Plan]], Iterable[Plan]] = iter,
) -> list[PlanOutcome]:
    """Apply each plan in turn, within the run's budget. Intents first, a record after each effect.

    `tell` is given a message for each notification that is not sent yet. `watch` hands on the plans one by one as they
    are applied, so that a caller can count them.
    Raises UsageError, before anything is written, for a label that the repository does not declare.
    """
    plans = list(plans)
    _check_labels(plans, config)
    port = open_port(connection, config)
    outcomes: list[PlanOutcome] = []
    halt: Halt | None = None
    limit = config.budgets.effects_per_run
    spent = 0
    sent = frozenset(store.memory().sent)

    def record(one: Record) -> None:
        store.append([one.content()])

    def keep_unsent(effect: Effect, why: str, plan: Plan) -> bool:
        tell(f"not sent yet: {effect.target} to {effect.arguments['channel']}: {why}")
        if store.lasting:
            return True
        try:
            return connection.reader.knows_itself() and keep(effect, port, record=record, plan=plan.hash)
        except SourceError:  # GitHub fails; the journal says what was not done
            return False

    for plan in watch(plans):
        if limit is not None:
            kept, over = hold_back(plan.effects, Budgets(), max(0, limit - spent))
            plan = plan._replace(effects=kept, held_back=(*over, *plan.held_back))
            spent += cost(kept)
        if plan.effects or plan.held_back:
            store.append([intent(plan, port.now())])
            store.flush()

        def unsent(effect: Effect, why: str, plan: Plan = plan) -> bool:
            return keep_unsent(effect, why, plan)

        journal = apply(plan, port, record=record, sent=sent, halt=halt, unsent=unsent)
        halt = halt or journal.halt
        if journal.records:
            store.append([audit_of_plan(plan, journal, at=port.now(), branch=branch_of(os.environ))])
        outcomes.append(PlanOutcome(plan, journal))
    resume = store.memory().resume.get(connection.repository)
    at = format_moment(connection.clock.now())
    store.append([run_record(at, connection.repository, dry_run=False, halt=halt, resume=resume)])
    store.flush()
    return outcomes


def named_repositories(plans: Iterable[Plan]) -> tuple[str, ...]:
    """The repositories of the effects, sorted."""
    effects = (effect for plan in plans for effect in (*plan.effects, *plan.held_back))
    return tuple(sorted({_repository_of(effect) for effect in effects} - {""}))


def check_targets(plans: Iterable[Plan], repository: str) -> None:
    """Raises UsageError for an effect on anything outside the repository."""
    for plan in plans:
        for effect in (*plan.effects, *plan.held_back):
            named = _repository_of(effect)
            if named.casefold() != repository.casefold():
                whose = f"is for {named}" if named else "names no repository"
                raise UsageError(f"the plan {whose}, but the run is for {repository}")


def _repository_of(effect: Effect) -> str:
    return effect.target.partition("#")[0].partition("@")[0]


def _check_labels(plans: Iterable[Plan], config: Config) -> None:
    names = declared_labels(config)
    if names is None:
        return
    for plan in plans:
        _, unknown = drop_undeclared(plan.effects, names)
        if unknown:
            raise UsageError(
                f"the label file has no label `{unknown[0][:60]}`, which the plan would set; nothing was applied",
                hint="add it to the label file, or create the plan again",
            )
