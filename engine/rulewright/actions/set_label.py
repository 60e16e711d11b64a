"""set_label: the one label of an exclusive group; every other label `group/…` goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.names import add_names, fold_names, group_members, remove_names
from rulewright.actions.plan import Effect, Precondition
from rulewright.actions.words import Phrase, format_value
from rulewright.policy.actions import set_label as declared
from rulewright.policy.json_types import as_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.context import ActionContext
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    given = declared.SET_LABEL.named(arguments)
    group, value = given["group"], context.word(given["value"])
    return (context.effect("set_label", {"group": group, "value": value, "label": f"{group}/{value}"}),)


def _select_needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    """A planned effect names what goes in `remove`, and never takes more than that along."""
    label = effect.text("label")
    present = group_members(snapshot.labels, effect.text("group"))
    others = remove_names(present, (label,))
    if effect.arguments.get("remove") is not None:
        planned = fold_names(effect.texts("remove"))
        others = tuple(name for name in others if name.casefold() in planned)
    if label.casefold() in fold_names(present) and not others:
        return None
    return effect.with_arguments({**effect.arguments, "remove": [*others]})


def _preconditions(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    group = effect.text("group")
    labels: Json = [*sorted(group_members(snapshot.labels, group))]
    return (Precondition("label_group_is", {"group": group, "labels": labels}),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    left = remove_names(snapshot.labels, effect.texts("remove"))
    return snapshot._replace(labels=add_names(left, (effect.text("label"),)))


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    label, removed = effect.text("label"), effect.texts("remove")
    group = effect.precondition_value("label_group_is")
    before = as_texts(group["labels"]) if isinstance(group, dict) else removed
    out = []
    if label.casefold() not in fold_names(before):
        added = Precondition("label_present", label)
        out.append(effect.undone_by("remove_labels", {"labels": [label]}, added))
    if removed:
        absent = (Precondition("label_absent", name) for name in removed)
        out.append(effect.undone_by("add_labels", {"labels": [*removed]}, *absent))
    return tuple(out)


def _disagreement(arguments: Mapping[str, Json], key: str) -> str | None:
    if arguments["label"] == f"{arguments['group']}/{arguments['value']}":
        return None
    return "a label is not its `group/value`"


def _describe(effect: Effect) -> Phrase:
    label, gone = format_value(effect.arguments.get("label")), effect.texts("remove")
    return "~", "set label", f"{format_value(gone)} → {label}" if gone else label


SET_LABEL: Final = Action(
    declared.SET_LABEL,
    _describe,
    _propose,
    _select_needed,
    _preconditions,
    _predict,
    _inverse,
    _disagreement,
)
