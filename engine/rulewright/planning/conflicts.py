"""Where wishes contradict each other. A field that is fought over is blocked: nobody gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.actions.plan import Conflict, Effect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.policy.actions.declaration import Claim
    from rulewright.policy.json_types import Json


def claims(effect: Effect) -> tuple[Claim, ...]:
    """The fields that an effect speaks for, and what it wants them to be."""
    return tuple(effect.declaration.claims(effect.arguments))


def contradictions(wishes: Iterable[Effect], earlier: Iterable[Effect] = ()) -> tuple[Conflict, ...]:
    """Fields that two wishes want to be different things, or that a wish wants other than an effect made it.

    Two labels of one exclusive group contradict each other when a `set_label` is among those who ask.
    """
    wanted: dict[str, list[tuple[Json, Effect]]] = {}
    for effect in (*earlier, *wishes):
        for field, value in claims(effect):
            wanted.setdefault(field, []).append((value, effect))
    out = [
        _conflict(field, [effect for _, effect in asked])
        for field, asked in wanted.items()
        if any(value != asked[0][0] for value, _ in asked)
    ]
    for field, asked in wanted.items():
        if not field.startswith("label_group:"):
            continue
        prefix = f"label:{field.removeprefix('label_group:')}/"
        for other, others in wanted.items():
            adding = [effect for value, effect in others if value is True and effect.action == "add_labels"]
            if (
                other.startswith(prefix)
                and adding
                and all(value != other[len(prefix) :] for value, _ in asked)
            ):
                both = [*(effect for _, effect in asked), *adding]
                out += [_conflict(field, both), _conflict(other, both)]
    unique = {conflict.field: conflict for conflict in out}
    return tuple(unique.values())


def _conflict(field: str, effects: Sequence[Effect]) -> Conflict:
    rules = tuple(dict.fromkeys(effect.rule for effect in effects))
    kind, _, name = field.partition(":")
    what = f"{kind.replace('_', ' ')} `{name}`" if name else f"the {kind}"
    who = " and ".join(f"`{rule}`" for rule in rules)
    verb = "want" if len(rules) > 1 else "wants"
    message = f"{who} {verb} different things of {what}; nothing is done to it."
    return Conflict(field, effects[0].target, rules, message)


def unblocked(effect: Effect, blocked: frozenset[str]) -> Effect | None:
    """What is left of a wish without the blocked fields; None when nothing is. Of a list, a blocked item goes."""
    if not blocked:
        return effect
    asked = claims(effect)
    if not any(field in blocked for field, _ in asked):
        return effect
    name = effect.declaration.item_argument
    if not name:
        return None
    pairs = zip(effect.texts(name), asked, strict=True)
    left: list[Json] = [item for item, (field, _) in pairs if field not in blocked]
    return effect.with_arguments({name: left}) if left else None
