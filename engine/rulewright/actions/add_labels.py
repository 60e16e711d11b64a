"""add_labels: adds labels that the subject does not have, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, narrowed, undoing
from rulewright.actions.labels import claim, lacking, plus
from rulewright.actions.plan import Effect, Precondition

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    return (context.effect("add_labels", {"labels": list(context.words(arguments))}),)


def _needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    missing = lacking(effect.arguments["labels"], snapshot.labels)
    return narrowed(effect, {"labels": missing}) if missing else None


def _guard(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    return tuple(Precondition("label_absent", name) for name in effect.arguments["labels"])


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    return snapshot._replace(labels=plus(snapshot.labels, effect.arguments["labels"]))


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    names = effect.arguments["labels"]
    guard = (Precondition("label_present", name) for name in names)
    return (undoing(effect, "remove_labels", {"labels": list(names)}, *guard),)


def _claims(effect: Effect) -> tuple[tuple[str, Any], ...]:
    return tuple((claim(name), True) for name in effect.arguments["labels"])


ADD_LABELS: Final = Action(
    "add_labels", frozenset({"labels"}), _wish, _needed, _guard, _predict, _inverse, _claims
)
