"""Effects and the plan that holds them: what apply will do, exactly, and under which preconditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.policy.actions.table import ACTION_DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.actions.declaration import ActionDeclaration

__all__ = ["Conflict", "Effect", "Note", "Plan", "Precondition"]


NOTHING: Final[Mapping[str, Any]] = {}


class Precondition(NamedTuple):
    """What must hold when the effect is written: `{"kind": "label_absent", "value": "security"}` for one."""

    kind: str
    value: Any = None

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind} if self.value is None else {"kind": self.kind, "value": self.value}


class Effect(NamedTuple):
    """One idempotent change of one target, or one emission (`emission`: changes no state, at least once).

    `target` names the subject: `octo/repo#12`; `rule` is `policy/rule`; `key` is unique within a plan and the
    same for the same effect in every run.
    """

    action: str
    target: str
    arguments: Mapping[str, Any]
    rule: str
    preconditions: tuple[Precondition, ...] = ()
    emission: bool = False
    key: str = ""
    round: int = 1
    also: tuple[str, ...] = ()
    """Other rules that want the same."""

    @property
    def declaration(self) -> ActionDeclaration:
        return ACTION_DECLARATIONS[self.action]


class Conflict(NamedTuple):
    """Two rules that want different things of one field; neither is applied."""

    field: str
    target: str
    rules: tuple[str, ...]
    message: str
    is_loop: bool = False
    """Whether it is rules that call each other forth without end; no part of the plan's JSON."""


class Note(NamedTuple):
    """An action of a matched rule that could not be planned, and why."""

    rule: str
    action: str
    reason: str


class Plan(NamedTuple):
    """What apply will do. `hash` is over effects, preconditions, policy and input hashes; not over time."""

    effects: tuple[Effect, ...]
    hash: str
    conflicts: tuple[Conflict, ...] = ()
    predicted: Mapping[str, Any] = NOTHING
    policies: Mapping[str, str] = NOTHING
    event_sha256: str = ""
    rounds: int = 1
    held_back: tuple[Effect, ...] = ()
    """Effects beyond the budget: said, not applied; exit code 5."""
    notes: tuple[Note, ...] = ()
    observed: tuple[Effect, ...] = ()
    """What policies in `mode: observe` would have done; never applied."""
    models: Mapping[str, Mapping[str, Any]] = NOTHING
    """Facts for which a model was asked: who answered, how surely (`evaluate/inferred.py`). Not part of the hash."""

    @property
    def failures(self) -> tuple[Effect, ...]:
        """The `fail` effects: one of them makes the exit code 1."""
        return tuple(effect for effect in self.effects if effect.action == "fail")

    @property
    def warnings(self) -> tuple[Effect, ...]:
        """The `warn` effects."""
        return tuple(effect for effect in self.effects if effect.action == "warn")
