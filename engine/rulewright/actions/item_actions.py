"""Actions that add or remove the items of a list, one by one: labels, assignees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from rulewright.actions.action import Action
from rulewright.actions.names import add_names, missing_names, present_names, remove_names
from rulewright.actions.plan import Effect, Precondition
from rulewright.actions.words import Phrase, format_value
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rulewright.actions.context import ActionContext
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.actions.declaration import ActionDeclaration
    from rulewright.policy.json_types import Json

Part = Literal["labels", "assignees"]
State = Literal["absent", "present"]


class ItemChange(NamedTuple):
    """Adding to a list, or removing from it. An item is in the state `before`, and afterwards in the state `after`."""

    glyph: str
    select: Callable[[Iterable[str], Iterable[str]], list[str]]
    """(wanted names, names of the subject) → those that have to change."""
    predict: Callable[[Sequence[str], Iterable[str]], tuple[str, ...]]
    """(names of the subject, those that change) → the names after it."""
    before: State
    after: State


ADDING: Final = ItemChange("+", missing_names, add_names, "absent", "present")
REMOVING: Final = ItemChange("-", present_names, remove_names, "present", "absent")
"""Items are named as the subject has them, so that undoing brings the same name."""


def item_action(
    declaration: ActionDeclaration,
    change: ItemChange,
    part: Part,
    resolve: Callable[[Json, ActionContext], list[str]],
    *,
    inverse: str,
    verbs: tuple[str, str],
) -> Action:
    """An action that adds or removes what `resolve` makes of its arguments.

    `inverse` names the action that does the opposite; `verbs` are the words for one item and for several.
    """
    items = declaration.item_argument

    def select_needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
        changing: list[Json] = [*change.select(effect.texts(items), _names(snapshot, part))]
        return effect.with_arguments({items: changing}) if changing else None

    def predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
        return _with_names(snapshot, part, change.predict(_names(snapshot, part), effect.texts(items)))

    return Action(
        declaration,
        _describe(change.glyph, items, verbs),
        _propose(declaration, resolve),
        select_needed,
        lambda effect, _: _each_is(part, change.before, effect.texts(items)),
        predict,
        lambda effect: (_undo(effect, inverse, items, _each_is(part, change.after, effect.texts(items))),),
    )


def _propose(
    declaration: ActionDeclaration, resolve: Callable[[Json, ActionContext], list[str]]
) -> Callable[[Json, ActionContext], tuple[Effect, ...]]:
    def propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
        names = resolve(arguments, context)
        return (context.effect(declaration.name, {declaration.item_argument: [*names]}),)

    return propose


def _describe(glyph: str, items: str, verbs: tuple[str, str]) -> Callable[[Effect], Phrase]:
    def describe(effect: Effect) -> Phrase:
        names = effect.texts(items)
        return glyph, verbs[len(names) > 1], format_value(names)

    return describe


def _undo(effect: Effect, inverse: str, items: str, preconditions: tuple[Precondition, ...]) -> Effect:
    return effect.undone_by(inverse, {items: [*effect.texts(items)]}, *preconditions)


def _each_is(part: Part, state: State, names: list[str]) -> tuple[Precondition, ...]:
    return tuple(Precondition(f"{part.removesuffix('s')}_{state}", name) for name in names)


def _names(snapshot: Snapshot, part: Part) -> tuple[str, ...]:
    return snapshot.labels if part == "labels" else snapshot.assignees


def _with_names(snapshot: Snapshot, part: Part, names: tuple[str, ...]) -> Snapshot:
    return snapshot._replace(labels=names) if part == "labels" else snapshot._replace(assignees=names)
