"""Plan → Journal: the only writer. A dry run is a plan that nobody applies.

Every write is preceded by a fresh look: what holds already is left alone, what no longer may be done is
refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rulewright.actions.journal import Journal, Record
from rulewright.actions.preconditions import first_failing
from rulewright.actions.table import ACTIONS
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from rulewright.actions.journal import Status
    from rulewright.actions.plan import Effect, Plan
    from rulewright.facts.event.snapshot import Snapshot

__all__ = ["Port", "RecordingPort", "apply"]


class Port(Protocol):
    """What apply needs of the outside. All three raise SourceError when the outside fails."""

    def read(self, target: str, parts: frozenset[str]) -> Snapshot | None:
        """The state of the target now, with those parts of it at least; None when it is gone.

        `parts` are members of Snapshot: an action names those that it touches, and what it does not touch
        need not be asked for.
        """

    def write(self, effect: Effect) -> None:
        """Do it. The effect holds only what is still needed."""

    def emit(self, effect: Effect) -> bool:
        """Send it; False when its key says that it was sent before."""

    def now(self) -> str:
        """The moment, for the journal."""


@dataclass(slots=True)
class RecordingPort:
    """A port in memory: snapshots by target, changed as effects predict; emissions, each key once."""

    snapshots: dict[str, Snapshot]
    moment: str = "1970-01-01T00:00:00Z"
    written: list[Effect] = field(default_factory=list)
    emitted: dict[str, Effect] = field(default_factory=dict)

    def read(self, target: str, parts: frozenset[str]) -> Snapshot | None:
        return self.snapshots.get(target)

    def write(self, effect: Effect) -> None:
        self.snapshots[effect.target] = ACTIONS[effect.action].predict(effect, self.snapshots[effect.target])
        self.written.append(effect)

    def emit(self, effect: Effect) -> bool:
        if effect.key in self.emitted:
            return False
        self.emitted[effect.key] = effect
        return True

    def now(self) -> str:
        return self.moment


def apply(plan: Plan, port: Port) -> Journal:
    """Carry out the plan, in order; one effect that fails does not keep the others from being tried.

    The journal has a record for every effect of the plan and for every one that the budget held back.
    """
    records = []
    for effect in plan.effects:
        status, reason, done = _one(effect, port)
        records.append(Record(done, status, plan.hash, port.now(), reason))
    for effect in plan.held_back:
        records.append(Record(effect, "held_back", plan.hash, port.now(), "beyond the budget"))
    return Journal().add(records)


def _one(effect: Effect, port: Port) -> tuple[Status, str | None, Effect]:
    """Status, reason, and the effect as far as it was done."""
    action = ACTIONS[effect.action]
    try:
        if action.emission:
            sent = port.emit(effect)
            return ("applied", None, effect) if sent else ("unchanged", "sent before", effect)
        state = port.read(effect.target, action.touches)
        if state is None:
            return "precondition_failed", "the subject is gone", effect
        left = action.needed(effect, state)
        if left is None:
            return "unchanged", None, effect
        failing = first_failing(effect, left, state)
        if failing is not None:
            return "precondition_failed", f"{failing.kind} no longer holds", effect
        port.write(left)
    except SourceError as error:
        return "failed", error.message, effect
    return "applied", None, left
