"""What `apply` needs of the outside: the `Port`, its errors, and one that keeps everything in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rulewright.actions.table import ACTIONS
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from rulewright.actions.plan import Effect
    from rulewright.events.snapshot import Snapshot

__all__ = ["Changed", "Impossible", "NotReady", "Port", "RecordingPort", "Refused"]


class Impossible(SourceError):
    """A write for which something is not set up: said, and no failure of the run."""


class Refused(SourceError):
    """A write of which the outside did a part, or nothing, as its answer says: `left` was not done, `done` was."""

    def __init__(
        self, message: str, left: Effect, done: Effect | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.left = left
        self.done = done


class Changed(SourceError):
    """A write that was not done: what it changes became something else after the preconditions were checked."""


class NotReady(SourceError):
    """An emission whose channel is not set up yet: it waits, and is no failure of the run."""


class Port(Protocol):
    """What apply needs of the outside. All but `now` raise SourceError when the outside fails.

    A SourceError with a `kind` that HALTS names ends the run. One with `uncertain` set is of a write that may have
    happened.
    """

    def ready(self, effect: Effect) -> None:
        """Wait until the effect may be written, so that no time passes between the look and the write."""

    def read(self, target: str, parts: frozenset[str]) -> Snapshot | None:
        """The state of the target now, with those parts of it at least; None when it is gone.

        `parts` are members of Snapshot: an action names those that it touches, and what it does not touch
        need not be asked for.
        """

    def write(self, effect: Effect) -> None:
        """Do it. The effect holds only what is still needed.

        Raises Impossible and Refused where the outside does not do it, and Changed where it had to wait all the same
        and what its preconditions ask no longer holds."""

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

    def ready(self, effect: Effect) -> None:
        pass

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
