"""Plan → Journal: the only writer. A dry run is a plan that nobody applies.

Every write is preceded by a fresh look: what holds already is left alone, what no longer may be done is
refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

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

__all__ = ["HALTS", "apply", "halt_of"]

HALTS: Final[Mapping[str, bool]] = {"rate_limited": False, "unreachable": True, "unauthorised": True}
"""Kinds of SourceErrors after which nothing else is tried → whether it is a failure (4), or a pause (5)."""


def is_sent(action: object) -> bool:
    """Whether an action's effects are emissions that reach somebody outside the run."""
    declaration = ACTION_DECLARATIONS.get(str(action))
    return declaration is not None and declaration.emission and not declaration.stays_in_run


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
    application = _Application(plan.hash, port, record, sent, resumed, halt, unsent, meanwhile)
    for effect in plan.effects:
        application.apply(effect)
    for effect in plan.held_back:
        application.note(effect, "held_back", "over budget")
    return Journal(tuple(application.records), application.halt)


class _Outcome(NamedTuple):
    """What came of one effect, as far as it was done."""

    effect: Effect
    status: Status
    reason: str | None = None


class _Application:
    """One plan under way. The arguments are those of `apply`."""

    def __init__(
        self,
        plan: str,
        port: Port,
        record: Callable[[Record], None] | None,
        sent: Container[str],
        resumed: bool,
        halt: Halt | None,
        unsent: Callable[[Effect, str], bool] | None,
        meanwhile: Meanwhile | None,
    ) -> None:
        self.records: list[Record] = []
        self.halt = halt
        self._plan, self._port, self._record, self._sent = plan, port, record, sent
        self._resumed, self._keep_unsent, self._meanwhile = resumed, unsent, meanwhile
        self._unmasked: dict[str, Status] = {}
        self._unreported: set[tuple[str, str]] = set()

    def note(self, effect: Effect, status: Status, reason: str | None = None) -> None:
        """Record what came of an effect."""
        self.records.append(Record(effect, status, self._plan, self._port.now(), reason))
        if self._record is not None:
            self._record(self.records[-1])

    def apply(self, effect: Effect) -> None:
        """Try one effect, and record what came of it."""
        obstacle = self._obstacle(effect)
        if obstacle is not None:
            self.note(*obstacle)
            return
        try:
            outcome = self._emit(effect) if effect.emission else self._change(effect)
        except Impossible as error:
            self.note(effect, "unchanged", error.message)
        except Refused as error:
            if error.done is not None:
                self.note(error.done, "applied")
            self.note(error.left, "precondition_failed", error.message)
        except Changed as error:
            self.note(effect, "precondition_failed", error.message)
        except SourceError as error:
            self._note_failure(effect, error)
        else:
            if effect.action == "mask" and outcome.status == "precondition_failed":
                self._unmasked[effect.target] = outcome.status
            if self._resumed and outcome.status == "unchanged" and not effect.emission:
                outcome = _Outcome(outcome.effect, "recovered", "already applied by an interrupted run")
            self.note(*outcome)

    def _obstacle(self, effect: Effect) -> _Outcome | None:
        """What earlier effects of the plan say against this one."""
        if self.halt is not None:
            return _Outcome(effect, "held_back", self.halt.message)
        if effect.target in self._unmasked and not effect.emission:
            return _Outcome(effect, self._unmasked[effect.target], "its text could not be masked")
        if effect.declaration.memory == "lasting" and self._unreported & _rules_on(effect):
            reason = "its notification could neither be sent nor stored for a later run"
            return _Outcome(effect, "held_back", reason)
        return None

    def _note_failure(self, effect: Effect, error: SourceError) -> None:
        if effect.action == "notify":
            kept = self._keep_unsent is not None and self._keep_unsent(effect, error.message)
            self._unreported |= frozenset() if kept else _rules_on(effect)
        if isinstance(error, NotReady):
            self.note(effect, "held_back", error.message)
            return
        self.halt = halt_of(error)
        waits = self.halt is not None and not self.halt.failed and not getattr(error, "uncertain", False)
        if effect.action == "mask":
            self._unmasked[effect.target] = "held_back"
        self.note(effect, "held_back" if waits else "failed", error.message)

    def _emit(self, effect: Effect) -> _Outcome:
        """Send an emission. Raises SourceError.

        What is resumed was not sent, whatever the rest of its plan has left on the subject.
        """
        if is_sent(effect.action) and effect.key in self._sent:
            return _Outcome(effect, "unchanged", "sent before")
        if effect.preconditions and not self._resumed:
            state = self._port.read(effect.target, parts_read(effect.preconditions))
            if state is not None and not all(holds(one, state) for one in effect.preconditions):
                return _Outcome(effect, "unchanged", "sent before, or no longer needed")
            why = self._intervention(effect, state)
            if why is not None and not _is_of_mask(effect):
                return _Outcome(effect, "precondition_failed", why)
        if self._port.emit(effect):
            return _Outcome(effect, "applied")
        return _Outcome(effect, "unchanged", "sent before")

    def _change(self, effect: Effect) -> _Outcome:
        """Change the subject, as far as it is not so already. Raises SourceError."""
        action = ACTIONS[effect.action]
        self._port.ready(effect)
        state = self._port.read(effect.target, action.declaration.changes)
        if state is None:
            return _Outcome(effect, "precondition_failed", "the issue or pull request no longer exists")
        # A mask goes on: what it hides must not stay public.
        why = self._intervention(effect, state) if effect.action != "mask" else None
        if why is not None:
            return _Outcome(effect, "precondition_failed", why)
        left = action.select_needed(effect, state)
        if left is None:
            return _Outcome(effect, "unchanged")
        failing = first_failing(effect, left, state)
        if failing is not None:
            return _Outcome(effect, "precondition_failed", f"{failing.kind} no longer holds")
        try:
            self._port.write(left)
        except Refused as error:
            if error.done is not None:
                self._expect(error.done, state)
            raise
        self._expect(left, state)
        return _Outcome(left, "applied")

    def _expect(self, done: Effect, state: Snapshot) -> None:
        if self._meanwhile is not None:
            self._meanwhile.expect(done.target, ACTIONS[done.action].predict(done, state))

    def _intervention(self, effect: Effect, state: Snapshot | None) -> str | None:
        """What a person did on the subject since the plan was decided, as a reason to leave the effect."""
        if self._meanwhile is None or state is None:
            return None
        why = self._meanwhile.reason(effect.target, state)
        return None if why is None else f"{why}, after the decision"


def _rules_on(effect: Effect) -> frozenset[tuple[str, str]]:
    return frozenset((effect.target, rule) for rule in (effect.rule, *effect.also))


def halt_of(error: SourceError) -> Halt | None:
    """What an error means for all that would come after it; None when the rest may be tried."""
    failed = HALTS.get(getattr(error, "kind", ""))
    return None if failed is None else Halt(error.message, failed)


def _is_of_mask(effect: Effect) -> bool:
    """Whether a notification goes along with a mask, which nothing keeps from being done."""
    return any(
        inner.get("kind") == "text_sha256"
        for precondition in effect.preconditions
        for inner in as_objects(precondition.value)
    )
