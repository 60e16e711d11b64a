"""Where proposed effects contradict each other. A field that is fought over is blocked: nobody gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.actions.plan import Conflict, Effect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rulewright.policy.json_types import Json


def find_contradictions(proposed: Iterable[Effect], earlier: Iterable[Effect] = ()) -> tuple[Conflict, ...]:
    """Fields that two proposals want to be different things, or that one wants other than an effect made it.

    Two labels of one exclusive group contradict each other when a `set_label` is among those who ask.
    """
    wanted: dict[str, list[tuple[Json, Effect]]] = {}
    for effect in (*earlier, *proposed):
        for field, value in effect.claims():
            wanted.setdefault(field, []).append((value, effect))
    found = [
        _conflict(field, [effect for _, effect in asked])
        for field, asked in wanted.items()
        if any(value != asked[0][0] for value, _ in asked)
    ]
    for field, asked in wanted.items():
        if field.startswith("label_group:"):
            found += _group_conflicts(field, asked, wanted)
    return tuple({conflict.field: conflict for conflict in found}.values())


def _group_conflicts(
    group: str, asked: Sequence[tuple[Json, Effect]], wanted: Mapping[str, Sequence[tuple[Json, Effect]]]
) -> Iterator[Conflict]:
    """Labels of an exclusive group that are added beside the one that the group shall have."""
    prefix = f"label:{group.removeprefix('label_group:')}/"
    for field, others in wanted.items():
        if not field.startswith(prefix) or any(value == field.removeprefix(prefix) for value, _ in asked):
            continue
        adding = [effect for value, effect in others if value is True and effect.action == "add_labels"]
        if adding:
            both = [*(effect for _, effect in asked), *adding]
            yield _conflict(group, both)
            yield _conflict(field, both)


def _conflict(field: str, effects: Sequence[Effect]) -> Conflict:
    rules = tuple(dict.fromkeys(effect.rule for effect in effects))
    kind, _, name = field.partition(":")
    what = f"{kind.replace('_', ' ')} `{name}`" if name else f"the {kind}"
    who = " and ".join(f"`{rule}`" for rule in rules)
    verb = "want" if len(rules) > 1 else "wants"
    message = f"{who} {verb} different things of {what}; nothing is done to it."
    return Conflict(field, effects[0].target, rules, message)


def drop_blocked(effect: Effect, blocked: frozenset[str]) -> Effect | None:
    """What is left of an effect without the blocked fields; None when nothing is. Of a list, a blocked item goes."""
    if not blocked:
        return effect
    asked = effect.claims()
    if not any(field in blocked for field, _ in asked):
        return effect
    name = effect.declaration.item_argument
    if not name:
        return None
    pairs = zip(effect.texts(name), asked, strict=True)
    left: list[Json] = [item for item, (field, _) in pairs if field not in blocked]
    return effect.with_arguments({name: left}) if left else None
