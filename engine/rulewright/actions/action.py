"""What an action does: effects proposed from its arguments, reduced to what the state lacks, predicted, undone.

All functions of an `Action` are pure. An emission changes no state: it has no preconditions, and a key by which
receivers drop repetitions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.actions.context import ActionContext
    from rulewright.actions.plan import Effect, Precondition
    from rulewright.actions.words import Phrase
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.actions.declaration import ActionDeclaration
    from rulewright.policy.json_types import Json


class Action(NamedTuple):
    """One action: its declaration and its behaviour."""

    declaration: ActionDeclaration
    describe: Callable[[Effect], Phrase]
    """An effect in words."""
    propose: Callable[[Json, ActionContext], tuple[Effect, ...]]
    """What the rule asks for, whatever the state. Raises Undetermined."""
    select_needed: Callable[[Effect, Snapshot], Effect | None] = lambda effect, snapshot: effect
    """The part of an effect that the state does not hold yet; None when it holds all."""
    preconditions: Callable[[Effect, Snapshot], tuple[Precondition, ...]] = lambda effect, snapshot: ()
    """What must hold when the effect is written, so that it changes nothing that was not seen."""
    predict: Callable[[Effect, Snapshot], Snapshot] = lambda effect, snapshot: snapshot
    """The state after it."""
    inverse: Callable[[Effect], tuple[Effect, ...]] = lambda effect: ()
    """The effects that undo it; none where it cannot be undone."""
    disagreement: Callable[[Mapping[str, Json], str], str | None] = lambda arguments, key: None
    """Which of an effect's arguments, and its key, contradict each other; the schema of plans cannot say that."""

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def emission(self) -> bool:
        return self.declaration.emission

    def plan(self, arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
        """The effects that the state lacks, with their preconditions. Raises Undetermined."""
        reduced = (self.reduce(effect, context.snapshot) for effect in self.propose(arguments, context))
        return tuple(effect for effect in reduced if effect is not None)

    def reduce(self, effect: Effect, snapshot: Snapshot | None) -> Effect | None:
        """What is needed of `effect` in this state, with its preconditions; emissions are always needed."""
        if self.emission:
            return effect
        if snapshot is None:
            return None
        left = self.select_needed(effect, snapshot)
        return None if left is None else left._replace(preconditions=self.preconditions(left, snapshot))
