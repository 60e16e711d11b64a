"""Plan → Journal: the only writer. A dry run is a plan that nobody applies.

Every write is preceded by a fresh look: what holds already is left alone, what no longer may be done is
refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.port import Changed, Impossible, NotReady, Port, Refused
from rulewright.actions.preconditions import first_failing, holds, parts_read
from rulewright.actions.table import ACTIONS
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.json_types import as_objects
from rulewright.run.journal import Halt, Journal, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from rulewright.actions.plan import Effect, Plan
    from rulewright.events.snapshot import Snapshot
    from rulewright.run.concurrent_changes import Meanwhile
    from rulewright.run.journal import Status

__all__ = ["HALTS", "apply", "halted"]

HALTS: Final[Mapping[str, bool]] = {"rate_limited": False, "unreachable": True, "unauthorised": True}
"""Kinds of SourceErrors after which nothing else is tried → whether it is a failure (4), or a pause (5)."""

SENT: Final = frozenset(
    name
    for name, declaration in ACTION_DECLARATIONS.items()
    if declaration.emission and not declaration.stays_in_run
)
"""Emissions that reach somebody outside the run; the others are this run's own."""


def apply(
    plan: Plan,
    port: Port,
    *,
    record: Callable[[Record], None] | None = None,
    sent: Container[str] = (),
    resumed: bool = False,
    halt: Halt | None = None,
    unsent: Callable[[Effect, str], bool] | None = None,
    meanwhile: Meanwhile | None = None,
) -> Journal:
    """Carry out the plan, in order; one effect that fails does not keep the others from being tried.

    The journal has a record for every effect of the plan and for every one that the budget held back. `record`
    is called right after each effect, so that a crash loses the record of one write at most. `sent` are keys of
    emissions that went out before. `resumed`: the plan is the rest of an interrupted run, so what is found done
    is told as `recovered`. `halt`: why nothing is tried any more; all is held back then. `unsent` is called with each
    notification that was tried and did not go out, and why, before anything after it is done; it says whether the
    notification is kept for a later run. Where it is not, the labels and comments that would remember it are held back.

    `meanwhile`: what people do to subjects while this is under way; the rest of what was planned for them is left.

    An error whose `kind` is in HALTS ends it: the rest is held back, and `Journal.halt` says why.

    A subject whose text could not be masked is not changed further: one that is closed is not looked at again, and
    its secret would stay. That is planned anew, with the mask; what is sent out is sent.
    """
    records: list[Record] = []
    unmasked: dict[str, Status] = {}
    untold: set[tuple[str, str]] = set()

    def note(effect: Effect, status: Status, reason: str | None) -> None:
        records.append(Record(effect, status, plan.hash, port.now(), reason))
        if record is not None:
            record(records[-1])

    for effect in plan.effects:
        if halt is not None:
            note(effect, "held_back", halt.message)
            continue
        if effect.target in unmasked and not effect.emission:
            note(effect, unmasked[effect.target], "its text could not be masked first")
            continue
        if effect.declaration.memory == "lasting" and untold & _rules_on(effect):
            note(effect, "held_back", "its notification could neither be sent nor kept for a later run")
            continue
        try:
            status, reason, done = _one(effect, port, sent, resumed=resumed, meanwhile=meanwhile)
        except Impossible as error:
            note(effect, "unchanged", error.message)
            continue
        except Refused as error:
            if error.done is not None:
                note(error.done, "applied", None)
            note(error.left, "precondition_failed", error.message)
            continue
        except Changed as error:
            note(effect, "precondition_failed", error.message)
            continue
        except SourceError as error:
            if effect.action == "notify" and not (unsent is not None and unsent(effect, error.message)):
                untold |= _rules_on(effect)
            if isinstance(error, NotReady):
                note(effect, "held_back", error.message)
                continue
            halt = halted(error)
            waits = halt is not None and not halt.failed and not getattr(error, "uncertain", False)
            if effect.action == "mask":
                unmasked[effect.target] = "held_back"
            note(effect, "held_back" if waits else "failed", error.message)
            continue
        if effect.action == "mask" and status == "precondition_failed":
            unmasked[effect.target] = status
        if resumed and status == "unchanged" and not effect.emission:
            status, reason = "recovered", "an interrupted run had done it"
        note(done, status, reason)
    for effect in plan.held_back:
        note(effect, "held_back", "beyond the budget")
    return Journal(tuple(records), halt)


def _rules_on(effect: Effect) -> frozenset[tuple[str, str]]:
    return frozenset((effect.target, rule) for rule in (effect.rule, *effect.also))


def halted(error: SourceError) -> Halt | None:
    """What an error means for all that would come after it; None when the rest may be tried."""
    failed = HALTS.get(getattr(error, "kind", ""))
    return None if failed is None else Halt(error.message, failed)


def _one(
    effect: Effect, port: Port, sent: Container[str], *, resumed: bool, meanwhile: Meanwhile | None
) -> tuple[Status, str | None, Effect]:
    """Status, reason, and the effect as far as it was done. Raises SourceError.

    What is resumed was not sent, whatever the rest of its plan has left on the subject.
    """
    action = ACTIONS[effect.action]
    if action.emission:
        if effect.action in SENT and effect.key in sent:
            return "unchanged", "sent before", effect
        if effect.preconditions and not resumed:
            state = port.read(effect.target, parts_read(effect.preconditions))
            if state is not None and not all(holds(one, state) for one in effect.preconditions):
                return "unchanged", "sent before, or no longer needed", effect
            why = _intervention(effect, state, meanwhile)
            if why is not None and not _is_of_mask(effect):
                return "precondition_failed", why, effect
        return ("applied", None, effect) if port.emit(effect) else ("unchanged", "sent before", effect)
    port.ready(effect)
    state = port.read(effect.target, action.declaration.changes)
    if state is None:
        return "precondition_failed", "the subject is gone", effect
    # A mask goes on: what it hides must not stay public.
    why = _intervention(effect, state, meanwhile) if effect.action != "mask" else None
    if why is not None:
        return "precondition_failed", why, effect
    left = action.needed(effect, state)
    if left is None:
        return "unchanged", None, effect
    failing = first_failing(effect, left, state)
    if failing is not None:
        return "precondition_failed", f"{failing.kind} no longer holds", effect
    try:
        port.write(left)
    except Refused as error:
        if meanwhile is not None and error.done is not None:
            meanwhile.expect(effect.target, action.predict(error.done, state))
        raise
    if meanwhile is not None:
        meanwhile.expect(effect.target, action.predict(left, state))
    return "applied", None, left


def _intervention(effect: Effect, state: Snapshot | None, meanwhile: Meanwhile | None) -> str | None:
    """What a person did on the subject since the plan was decided, as a reason to leave the effect."""
    why = meanwhile.reason(effect.target, state) if meanwhile is not None and state is not None else None
    return None if why is None else f"{why}, after this was decided"


def _is_of_mask(effect: Effect) -> bool:
    """Whether a notification goes along with a mask, which nothing keeps from being done."""
    return any(
        inner.get("kind") == "text_sha256"
        for precondition in effect.preconditions
        for inner in as_objects(precondition.value)
    )
