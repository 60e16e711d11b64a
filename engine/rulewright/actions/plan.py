"""Effects and the plan that holds them: what apply will do, exactly, and under which preconditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.canonical import digest
from rulewright.policy.json_types import as_texts
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.actions.declaration import ActionDeclaration, Claim
    from rulewright.policy.json_types import Json, JsonObject

__all__ = ["Conflict", "Effect", "Note", "Plan", "Precondition"]


NOTHING: Final[JsonObject] = {}


class Precondition(NamedTuple):
    """What must hold when the effect is written: `{"kind": "label_absent", "value": "security"}` for one."""

    kind: str
    value: Json = None

    def as_json(self) -> JsonObject:
        return {"kind": self.kind} if self.value is None else {"kind": self.kind, "value": self.value}


def text_sha256(text: str | None) -> str:
    """The SHA-256 of a text, of the empty one for None; surrogates are hashed as they are."""
    return digest(text or "")


def effect_key(action: str, target: str, rule: str, content: object) -> str:
    """The same for the same effect in every run, whatever the order of keys: 16 hexadecimal digits."""
    return digest([action, target, rule, content])[:16]


class Effect(NamedTuple):
    """One idempotent change of one target, or one emission (`emission`: changes no state, at least once).

    `target` names the subject: `octo/repo#12`; `rule` is `policy/rule`; `key` is unique within a plan and the
    same for the same effect in every run.
    """

    action: str
    target: str
    arguments: Mapping[str, Json]
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

    def claims(self) -> tuple[Claim, ...]:
        """The fields that it speaks for, and what it wants them to be."""
        return tuple(self.declaration.claims(self.arguments))

    def text(self, name: str) -> str:
        """The text of an argument. Raises KeyError when the effect has none of that name."""
        return str(self.arguments[name])

    def texts(self, name: str) -> list[str]:
        """The texts of an argument that is a list; none when the effect has no such argument."""
        return as_texts(self.arguments.get(name))

    def precondition_value(self, kind: str) -> Json:
        """The value of its precondition of that kind; None where it has none."""
        return next((one.value for one in self.preconditions if one.kind == kind), None)

    def has_precondition(self, kind: str) -> bool:
        """Whether it has a precondition of that kind."""
        return any(one.kind == kind for one in self.preconditions)

    def with_arguments(self, arguments: Mapping[str, Json]) -> Effect:
        """The same effect with other arguments, and the key that goes with them."""
        key = effect_key(self.action, self.target, self.rule, arguments)
        return self._replace(arguments=arguments, key=key)

    def undone_by(self, action: str, arguments: Mapping[str, Json], *preconditions: Precondition) -> Effect:
        """An effect of the same rule that takes this one back."""
        key = effect_key(action, self.target, self.rule, arguments)
        return Effect(action, self.target, arguments, self.rule, preconditions, key=key)


class Conflict(NamedTuple):
    """Two rules that want different things of one field; neither is applied."""

    field: str
    target: str
    rules: tuple[str, ...]
    message: str
    is_loop: bool = False
    """Whether it is rules that make each other match again without end; no part of the plan's JSON."""

    def as_json(self) -> JsonObject:
        rules: list[Json] = [*self.rules]
        return {"field": self.field, "target": self.target, "rules": rules, "message": self.message}


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
    predicted: Mapping[str, Json] = NOTHING
    policies: Mapping[str, str] = {}
    event_sha256: str = ""
    rounds: int = 1
    held_back: tuple[Effect, ...] = ()
    """Effects beyond the budget: said, not applied; exit code 5."""
    notes: tuple[Note, ...] = ()
    observed: tuple[Effect, ...] = ()
    """What policies in `mode: observe` would have done; never applied."""
    models: Mapping[str, Mapping[str, Json]] = {}
    """Facts for which a model was asked: who answered, how surely (`evaluate/model_results.py`). Not in the hash."""

    @property
    def failures(self) -> tuple[Effect, ...]:
        """The `fail` effects: one of them makes the exit code 1."""
        return tuple(effect for effect in self.effects if effect.action == "fail")
