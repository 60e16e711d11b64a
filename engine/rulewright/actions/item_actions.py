"""Actions that add or remove the items of a list, one by one: labels, assignees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rulewright.actions.action import Action
from rulewright.actions.names import add_names, fold_names, missing_names, remove_names
from rulewright.actions.plan import Effect, Precondition
from rulewright.actions.words import Phrase, format_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.actions.context import ActionContext
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.actions.declaration import ActionDeclaration
    from rulewright.policy.json_types import Json

Part = Literal["labels", "assignees"]


def adding_action(
    declaration: ActionDeclaration,
    part: Part,
    resolve: Callable[[Json, ActionContext], list[str]],
    *,
    inverse: str,
    verbs: tuple[str, str],
) -> Action:
    """An action that adds what `resolve` makes of its arguments.

    `inverse` names the action that removes it; `verbs` are the words for one item and for several.
    """
    items = declaration.item_argument

    def needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
        missing = missing_names(effect.texts(items), _names(snapshot, part))
        return effect.with_arguments({items: [*missing]}) if missing else None

    def predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
        return _with_names(snapshot, part, add_names(_names(snapshot, part), effect.texts(items)))

    return Action(
        declaration,
        _describe("+", items, verbs),
        _propose(declaration, resolve),
        needed,
        lambda effect, _: _each_is(part, "absent", effect.texts(items)),
        predict,
        lambda effect: (_undo(effect, inverse, items, _each_is(part, "present", effect.texts(items))),),
    )


def removing_action(
    declaration: ActionDeclaration,
    part: Part,
    resolve: Callable[[Json, ActionContext], list[str]],
    *,
    inverse: str,
    verbs: tuple[str, str],
) -> Action:
    """An action that removes what `resolve` makes of its arguments; see `adding_action`."""
    items = declaration.item_argument

    def needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
        """Named as the subject has them, so that taking it back brings the same name."""
        unwanted = fold_names(effect.texts(items))
        present: list[Json] = [name for name in _names(snapshot, part) if name.casefold() in unwanted]
        return effect.with_arguments({items: present}) if present else None

    def predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
        return _with_names(snapshot, part, remove_names(_names(snapshot, part), effect.texts(items)))

    return Action(
        declaration,
        _describe("-", items, verbs),
        _propose(declaration, resolve),
        needed,
        lambda effect, _: _each_is(part, "present", effect.texts(items)),
        predict,
        lambda effect: (_undo(effect, inverse, items, _each_is(part, "absent", effect.texts(items))),),
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


def _each_is(part: Part, state: Literal["absent", "present"], names: list[str]) -> tuple[Precondition, ...]:
    return tuple(Precondition(f"{part.removesuffix('s')}_{state}", name) for name in names)


def _names(snapshot: Snapshot, part: Part) -> tuple[str, ...]:
    return snapshot.labels if part == "labels" else snapshot.assignees


def _with_names(snapshot: Snapshot, part: Part, names: tuple[str, ...]) -> Snapshot:
    return snapshot._replace(labels=names) if part == "labels" else snapshot._replace(assignees=names)
