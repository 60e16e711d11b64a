"""set_label: the one label of an exclusive group; every other label `group/…` goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, narrowed, undoing
from rulewright.actions.labels import claim, held, minus, of_group, plus
from rulewright.actions.plan import Effect, Precondition

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    group, value = arguments["group"], context.word(arguments["value"])
    return (context.effect("set_label", {"group": group, "value": value, "label": f"{group}/{value}"}),)


def _needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    """A planned effect names what goes in `remove`, and never takes more than that along."""
    label, planned = effect.arguments["label"], effect.arguments.get("remove")
    present = of_group(snapshot.labels, effect.arguments["group"])
    others = list(minus(present, (label,)))
    if planned is not None:
        allowed = held(planned)
        others = [name for name in others if name.casefold() in allowed]
    if label.casefold() in held(present) and not others:
        return None
    return narrowed(effect, {**effect.arguments, "remove": others})


def _guard(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    group = effect.arguments["group"]
    return (
        Precondition("label_group_is", {"group": group, "labels": sorted(of_group(snapshot.labels, group))}),
    )


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    left = minus(snapshot.labels, effect.arguments.get("remove", ()))
    return snapshot._replace(labels=plus(left, (effect.arguments["label"],)))


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    label, removed = effect.arguments["label"], list(effect.arguments.get("remove", ()))
    before: list[str] = next(
        (p.value["labels"] for p in effect.preconditions if p.kind == "label_group_is"), removed
    )
    out = []
    if label.casefold() not in held(before):
        out.append(
            undoing(effect, "remove_labels", {"labels": [label]}, Precondition("label_present", label))
        )
    if removed:
        guard = (Precondition("label_absent", name) for name in removed)
        out.append(undoing(effect, "add_labels", {"labels": removed}, *guard))
    return tuple(out)


def _claims(effect: Effect) -> tuple[tuple[str, Any], ...]:
    group = effect.arguments["group"].casefold()
    return (
        (f"label_group:{group}", effect.arguments["value"].casefold()),
        (claim(effect.arguments["label"]), True),
        *((claim(name), False) for name in effect.arguments.get("remove", ())),
    )


SET_LABEL: Final = Action(
    "set_label", frozenset({"labels"}), _wish, _needed, _guard, _predict, _inverse, _claims
)
