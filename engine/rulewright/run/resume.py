"""What an interrupted run left to do: the effects of its intents that have no outcome, as plans that are taken up."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.actions.plan import Plan
from rulewright.actions.table import ACTIONS
from rulewright.planning.budget import cost, hold_back
from rulewright.planning.plan_json import read_effect
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.json_types import as_object, as_objects
from rulewright.run.apply import apply
from rulewright.run.context import WaitingNotification
from rulewright.run.journal import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from rulewright.actions.plan import Effect
    from rulewright.actions.port import Port
    from rulewright.events.snapshot import Snapshot
    from rulewright.run.context import RunContext
    from rulewright.run.state.memory import Memory

IN_FLIGHT: Final = timedelta(hours=1)
"""How long the intent of a subject that this run does not look at may still be another run's."""


UNREPEATED: Final = "its text is not in the journal; it is planned again"


class Rest(NamedTuple):
    """One interrupted plan. `dropped`: effects that are not taken up, with the reason, as records.

    `masks` are the masks of the plan, which a journal cannot repeat: where one was not done, nothing that stood after
    it may be.
    """

    target: str
    plan: Plan
    dropped: tuple[Record, ...]
    at: str = ""
    """When it was planned."""
    now: str = ""
    masks: tuple[Effect, ...] = ()

    def masked(self, state: Snapshot | None) -> Rest:
        """With the masks as the state shows them: done, or to be planned anew with all that stood after them."""
        left = [
            effect for effect in self.masks if state is None or ACTIONS["mask"].select_needed(effect, state)
        ]
        records = tuple(
            Record(effect, "precondition_failed", self.plan.hash, self.now, UNREPEATED)
            if effect in left
            else Record(
                effect, "recovered", self.plan.hash, self.now, "already applied by an interrupted run"
            )
            for effect in self.masks
        )
        rest = self._replace(dropped=(*self.dropped, *records), masks=())
        return rest.without_changes("the mask before it is planned again, and so is this") if left else rest

    def without_changes(self, why: str) -> Rest:
        """Only what it would send: somebody changed the subject since, and what to change there is planned anew."""
        kept = tuple(effect for effect in self.plan.effects if effect.emission)
        gone = (effect for effect in self.plan.effects if not effect.emission)
        records = tuple(
            Record(effect, "precondition_failed", self.plan.hash, self.now, why) for effect in gone
        )
        return self._replace(plan=self.plan._replace(effects=kept), dropped=(*self.dropped, *records))


def take_up_interrupted(context: RunContext, wanted: Container[str]) -> None:
    """Do what an interrupted run left, before anything is planned on top of it.

    `wanted`: the targets of this run. What comes of it is in `context.summary`: `resumed`, `failed`, `waiting`.
    """
    if context.port is None:
        return
    policies = {policy.name: policy.sha256 for policy in context.program.policies}
    memory, repository = context.store.memory(), context.repository
    for rest in rests(memory, policies, lambda target: target in wanted, repository, context.now()):
        failure = context.guard(rest.target, partial(_take_up, context, context.port, rest))
        if failure is not None:
            context.summary.failed.append(failure)
            context.summary.waiting += len(rest.plan.effects) + len(rest.masks)


def _take_up(context: RunContext, port: Port, rest: Rest) -> None:
    """Do the rest of one interrupted plan."""
    summary = context.summary
    try:
        rest = _reconsider(context, port, rest)
    except SourceError as error:
        # Whether a person speaks against it is not known: it stays open.
        context.note_halt(error)
        summary.waiting += len(rest.plan.effects) + len(rest.masks)
        return
    for record in rest.dropped:
        context.record(record)
    sent = [effect for effect in rest.plan.effects if effect.key in context.sent]
    due = [effect for effect in rest.plan.effects if effect.key not in context.sent]
    # What waits on stays open as it is; the journal says once that it does.
    kept, over = hold_back(due, context.program.config.budgets, context.allowance())
    plan = rest.plan._replace(effects=(*sent, *kept))
    journal = apply(plan, port, record=context.record, sent=context.sent, resumed=True, halt=summary.halt)
    summary.resumed += [*rest.dropped, *journal.records]
    summary.unsent += [
        WaitingNotification(
            record.effect.target, str(record.effect.arguments["channel"]), record.reason or ""
        )
        for record in journal.records
        if record.effect.action == "notify" and record.noteworthy
    ]
    summary.waiting += len(over)
    # What was read before this was done, such as the timeline, does not show it.
    context.forget([rest.target])
    summary.halt = summary.halt or journal.halt
    context.spent += cost(kept)


def _reconsider(context: RunContext, port: Port, rest: Rest) -> Rest:
    """The rest without what a person or a missing mask speaks against. Raises SourceError."""
    # Emissions and masks are not made obsolete by what a person changed.
    changes = any(not effect.emission for effect in rest.plan.effects)
    why = context.human_change(rest.target, rest.at) if changes else None
    if rest.masks:
        rest = rest.masked(port.read(rest.target, ACTIONS["mask"].declaration.changes))
    return rest if why is None else rest.without_changes(why)


def rests(
    memory: Memory, policies: Mapping[str, str], wanted: Callable[[str], bool], repository: str, now: str
) -> list[Rest]:
    """The open plans of the subjects that are `wanted`, and of others in the repository after an hour.

    `policies`: name → hash of those in force. A plan of other policies is dropped, but for its notifications: its rules
    may be gone.
    """
    out = []
    for content in memory.open.values():
        target = str(content.get("target"))
        if target.partition("#")[0] != repository:
            continue
        if not wanted(target) and _young(str(content.get("at")), now):
            continue
        out.append(_rest(target, content, policies, now))
    return out


def _rest(target: str, content: Mapping[str, object], policies: Mapping[str, str], now: str) -> Rest:
    planned_by = {name: str(sha) for name, sha in (as_object(content.get("policies")) or {}).items()}
    name, kept, dropped, masks = str(content.get("plan")), [], [], []
    changed = any(policies.get(policy) != sha for policy, sha in planned_by.items())
    for data in as_objects(content["effects"]):
        effect = read_effect(
            {key: value for key, value in data.items() if key != "masked"}, masked=bool(data.get("masked"))
        )
        _check_target(effect, target)
        # What somebody is to be told of has happened, whatever the policies say by now.
        outdated = changed and effect.action != "notify"
        why = "its policies changed since it was planned" if outdated else _unfit(effect, data)
        if effect.action == "mask" and not changed:
            masks.append(effect)
        elif why is None:
            kept.append(effect)
        else:
            dropped.append(Record(effect, "precondition_failed", name, now, why))
    plan = Plan(tuple(kept), name, policies=planned_by)
    return Rest(target, plan, tuple(dropped), str(content.get("at")), now, tuple(masks))


def _check_target(effect: Effect, target: str) -> None:
    """Raises UsageError for an effect on something else than its intent is about: no plan makes one."""
    repository = target.partition("#")[0]
    if effect.target not in (target, repository):
        raise UsageError(
            f"The journal's intent for {target} has an effect on {effect.target}.",
            hint="Another program wrote it. Restore the journal, and `memory.json` beside it, from their history.",
        )


def _unfit(effect: Effect, data: Mapping[str, object]) -> str | None:
    if data.get("masked"):
        return UNREPEATED
    if effect.declaration.stays_in_run:
        return "it was for the run that ended"
    return None


def _young(at: str, now: str) -> bool:
    try:
        return datetime.fromisoformat(now) - datetime.fromisoformat(at) < IN_FLIGHT
    except (ValueError, TypeError):
        return False
